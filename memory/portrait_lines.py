"""Who the person is, in lines made from the facts that hold now. Pure.

The layers follow Second Me (arXiv 2503.08102): what was said, facts made of it, and above them
this page in plain sentences, each with the fact it was made of. Only facts about the person and
those close to them are in it, and of these none that is doubtful, over, or a plan of the past.
The order is that of ``SECTIONS``; the same facts give the same lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from memory.clock import DAY_MS
from memory.facts.fold import Folded, State
from memory.facts.statements import YOU, Mode, Statement
from memory.facts.values import key_of
from memory.facts.wording import sentence
from memory.store.facts import Stored
from memory.store.portrait import Mark

SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "own": ("In your own words", ()),
    "home": (
        "Name and home",
        ("name", "nickname", "lives_in", "address", "age", "birthday", "born", "origin"),
    ),
    "work": ("Work", ("works_as", "works_at", "studies", "studies_at")),
    "people": (
        "People and animals",
        ("partner", "marital", "child", "parent", "sibling", "relative", "friend", "pet"),
    ),
    "health": ("Health", ("allergic", "health", "takes", "diet", "avoids")),
    "likes": ("Likes", ("favourite", "likes", "prefers", "dislikes")),
    "habits": ("Habits and skills", ("habit", "speaks", "learns", "plays", "drives", "owns")),
    "plans": ("Plans", ("plan",)),
    "reach": ("How to reach you", ("phone", "email")),
}
"""Name, title and relations of each section, in the order of the page."""

# For a prompt with little room: what answers lean on comes before what is only pleasant to know.
_FIRST = (
    "name lives_in allergic health takes diet works_as works_at partner marital child studies"
    " studies_at parent sibling pet age birthday avoids nickname origin friend relative"
    " favourite prefers likes plan speaks dislikes habit learns plays drives owns born".split()
)
_OF_OTHERS = len(_FIRST)
# Never in a prompt: an answer that needs one of them finds it, and a page may show them.
_NOT_TOLD = frozenset(("phone", "email", "address"))
_CLOSE = ("partner", "child", "parent", "sibling", "relative", "friend", "pet")
_PLAN_DAYS = 180
"""A plan without a day is believed so long after it was last told."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the portrait.

    Attributes:
        id: of its fact, or its own where the person wrote it themself.
        made: as made from the fact; empty for a line of the person's own.
        text: as it is shown.
        weight: the smaller, the sooner it is told in a prompt.
    """

    id: str
    section: str
    text: str
    made: str
    fact: Stored | None
    hidden: bool
    weight: int

    @property
    def edited(self) -> bool:
        return self.fact is not None and self.text != self.made

    @property
    def told(self) -> bool:
        """Whether answers may use it."""
        return not self.hidden and (self.fact is None or self.fact.relation not in _NOT_TOLD)


def close_to(own: Iterable[Stored]) -> dict[str, int]:
    """Keys of the people and animals close to the person, by the facts about the person, in the
    order of the page."""
    known = [fact for fact in own if fact.relation in _CLOSE and fact.topic[0] == YOU]
    known.sort(key=lambda fact: (_CLOSE.index(fact.relation), fact.learnt_ms, fact.id))
    found: dict[str, int] = {}
    for fact in known:
        named = bool(fact.value) and fact.value.lower() != fact.detail
        for key in [key_of(fact.value)] if named else []:
            found.setdefault(key, len(found))
        if fact.detail:
            found.setdefault(f"your {fact.detail}", len(found))
    return found


def lines(
    own: Sequence[Stored],
    others: Sequence[Stored],
    marks: Mapping[str, Mark],
    written: Sequence[Mark],
    now_ms: int,
    zone: tzinfo | None = None,
) -> list[Line]:
    """The page, hidden lines included.

    Args:
        own: facts about the person. others: facts about those close to them.
        marks: what the person made of lines, by fact. written: lines of their own.
    """
    found = [Line(mark.id, "own", mark.text, "", None, mark.hidden, -1) for mark in written]
    order = close_to(own)
    about_own = [_line(fact, zone) for fact in own if _holds(fact, now_ms)]
    people = [
        _line(fact, zone) for fact in others if fact.topic[0] in order and _holds(fact, now_ms)
    ]
    made = [one for one in [*about_own, *people] if one is not None]
    made.sort(key=lambda one: _place(one, order))
    return found + [_marked(one, marks.get(one.id)) for one in made]


def in_order_of_weight(page: Sequence[Line]) -> list[Line]:
    """What a prompt tells first, if not all of it fits."""
    told = [one for one in page if one.told]
    return sorted(told, key=lambda one: one.weight)


def _holds(fact: Stored, now_ms: int) -> bool:
    if fact.state is not State.CURRENT:
        return False
    if fact.relation != "plan":
        return True
    if fact.begins is None:
        return now_ms - fact.said_ms < _PLAN_DAYS * DAY_MS
    return now_ms < fact.begins.ms + max(1, fact.begins.days) * DAY_MS


def _line(fact: Stored, zone: tzinfo | None) -> Line | None:
    section = _section(fact)
    if section is None:
        return None
    made = said(fact, zone)
    return Line(fact.id, section, made, made, fact, False, _weight(fact))


def _section(fact: Stored) -> str | None:
    if fact.topic[0] != YOU:
        return "people"
    return next((name for name, (_t, known) in SECTIONS.items() if fact.relation in known), None)


def _weight(fact: Stored) -> int:
    place = _FIRST.index(fact.relation) if fact.relation in _FIRST else _OF_OTHERS
    return place if fact.topic[0] == YOU else _OF_OTHERS + 1 + place


def _place(one: Line, order: Mapping[str, int]) -> tuple[int, int, int, int, str]:
    """Where a line stands on the page; what is known of somebody follows them."""
    fact = one.fact
    assert fact is not None
    section = list(SECTIONS).index(one.section)
    relation = _FIRST.index(fact.relation) if fact.relation in _FIRST else _OF_OTHERS
    if one.section != "people":
        known = SECTIONS[one.section][1]
        return section, known.index(fact.relation), 0, fact.learnt_ms, fact.id
    if fact.topic[0] == YOU:
        who = order.get(key_of(fact.value), order.get(f"your {fact.detail}", len(order)))
        return section, who, -1, fact.learnt_ms, fact.id
    return section, order[fact.topic[0]], relation, fact.learnt_ms, fact.id


def _marked(one: Line, mark: Mark | None) -> Line:
    if mark is None:
        return one
    return replace(one, text=mark.text or one.text, hidden=mark.hidden)


def said(fact: Stored, zone: tzinfo | None = None) -> str:
    """A fact in a sentence, without what held before it."""
    statement = Statement(
        fact.subject, fact.relation, fact.value, Mode.IS, fact.said_ms, fact.confidence,
        slot=fact.slot, detail=fact.detail,
    )  # fmt: skip
    told = Folded(
        fact.subject, fact.relation, fact.slot, fact.value, fact.detail, fact.state,
        begins=fact.begins, ends=fact.ends, confidence=fact.confidence, sources=[statement],
    )  # fmt: skip
    text = sentence(told, None, zone)
    return text[:1].upper() + text[1:]
