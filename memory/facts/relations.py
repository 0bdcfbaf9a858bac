"""The relations there are, how many values each may have at a time, and how each is told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Many(StrEnum):
    """How many values hold at a time."""

    ONE = "one"  # a new value supersedes the old: where one lives
    FIXED = "fixed"  # one for good; another value is a contradiction: a birthday
    SET = "set"  # values stand side by side: languages


@dataclass(frozen=True, slots=True)
class Relation:
    """``you`` and ``other`` are the present tense; ``was`` and ``were`` replace them for the past.
    "{s}" is the subject, "{p}" whose it is, "{v}" the value, "{d}" the detail, "{slot}" the
    slot."""

    name: str
    many: Many
    you: str
    other: str
    you_past: str
    other_past: str


def _one(name: str, many: Many, you: str, other: str, past: str, you_past: str = "") -> Relation:
    return Relation(
        name, many, f"You {you}", f"{{s}} {other}", f"You {you_past or past}", f"{{s}} {past}"
    )


def _owned(name: str, many: Many, what: str) -> Relation:
    """ "Your birthday is ..."."""
    now, past = f"{{p}} {what} is {{v}}", f"{{p}} {what} was {{v}}"
    return Relation(name, many, now, now, past, past)


_S, _O, _F = Many.SET, Many.ONE, Many.FIXED

_ALL = (
    _owned("name", _F, "name"),
    _one("nickname", _S, "are called {v}", "is called {v}", "was called {v}", "were called {v}"),
    _one("lives_in", _O, "live in {v}", "lives in {v}", "lived in {v}"),
    _one("origin", _F, "are from {v}", "is from {v}", "was from {v}", "were from {v}"),
    _one("works_at", _O, "work at {v}", "works at {v}", "worked at {v}"),
    _one("works_as", _O, "work as {v}", "works as {v}", "worked as {v}"),
    _one("studies", _O, "study {v}", "studies {v}", "studied {v}"),
    _one("studies_at", _O, "study at {v}", "studies at {v}", "studied at {v}"),
    _owned("birthday", _F, "birthday"),
    _one("born", _F, "were born in {v}", "was born in {v}", "was born in {v}", "were born in {v}"),
    _one("age", _O, "are {v} years old", "is {v} years old", "was {v} years"
        " old", "were {v} years old"),
    _owned("partner", _O, "{d}"),
    _owned("child", _S, "{d}"),
    _owned("parent", _S, "{d}"),
    _owned("sibling", _S, "{d}"),
    _owned("relative", _S, "{d}"),
    _owned("friend", _S, "friend"),
    _owned("pet", _S, "{d}"),
    _one("marital", _O, "are {v}", "is {v}", "was {v}", "were {v}"),
    _one("likes", _S, "like {v}", "likes {v}", "liked {v}"),
    _one("dislikes", _S, "dislike {v}", "dislikes {v}", "disliked {v}"),
    _one("prefers", _S, "prefer {v}", "prefers {v}", "preferred {v}"),
    _owned("favourite", _O, "favourite {slot}"),
    _one("allergic", _S, "are allergic to {v}", "is allergic to {v}", "was allergic to {v}",
         "were allergic to {v}"),
    _one("avoids", _S, "avoid {v}", "avoids {v}", "avoided {v}"),
    _one("diet", _O, "are {v}", "is {v}", "was {v}", "were {v}"),
    _one("owns", _S, "own {v}", "owns {v}", "owned {v}"),
    _one("drives", _O, "drive {v}", "drives {v}", "drove {v}"),
    _owned("phone", _O, "{slot} phone number"),
    _owned("email", _O, "{slot} email address"),
    _owned("address", _O, "address"),
    _one("speaks", _S, "speak {v}", "speaks {v}", "spoke {v}"),
    _one("learns", _S, "are learning {v}", "is learning {v}", "was learning {v}",
         "were learning {v}"),
    _one("plays", _S, "play {v}", "plays {v}", "played {v}"),
    _one("plan", _S, "plan to {v}", "plans to {v}", "planned to {v}"),
    _one("habit", _S, "{v}", "{v}", "{v}"),
    _one("health", _S, "have {v}", "has {v}", "had {v}"),
    _one("takes", _S, "take {v}", "takes {v}", "took {v}"),
)  # fmt: skip

RELATIONS: dict[str, Relation] = {relation.name: relation for relation in _ALL}

# What is liked is not disliked: a claim of the one ends the other.
OPPOSITES = {"likes": "dislikes", "dislikes": "likes"}
