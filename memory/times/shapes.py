"""The shapes a time expression can have, as rows of what its words can be. Pure.

A shape is written in the words of ``memory.times.wordlists``; "?" marks what may be missing, and
"the" and "of" may stand anywhere between. Each has one function that makes days of it
(``memory.times.meanings``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from memory.times import meanings as means
from memory.times.days import Days
from memory.times.meanings import Values
from memory.times.tokens import Token

Make = Callable[[Values, date], Days | None]
Guard = Callable[[Sequence[Token], int], bool]

_FILLERS = ("the", "of")


@dataclass(frozen=True, slots=True)
class Shape:
    """``bare`` shapes count only behind "before", "between" and the like; ``only`` names the
    languages it is for, empty for all; ``guard`` looks at what stands before, and ``sure`` ones
    count only where the question's language is known to be that."""

    parts: tuple[tuple[str, bool], ...]
    make: Make
    bare: bool = False
    only: str = ""
    guard: Guard | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Matched:
    """A shape found in tokens ``first`` to before ``after``."""

    first: int
    after: int
    shape: Shape
    values: Values


def match(
    tokens: Sequence[Token], at: int, language: str, shapes: Sequence[Shape]
) -> Matched | None:
    """The longest shape that begins here."""
    best: Matched | None = None
    for shape in shapes:
        if shape.only and language not in shape.only:
            continue
        if shape.guard is not None and not shape.guard(tokens, at):
            continue
        values: dict[str, Any] = {}
        after = _fit(tokens, at, shape.parts, values)
        if after is not None and (best is None or after > best.after):
            if "relpost" in values:
                values["rel"] = values.pop("relpost")
            best = Matched(at, after, shape, values)
    return best


def _fit(
    tokens: Sequence[Token], at: int, parts: Sequence[tuple[str, bool]], values: dict[str, Any]
) -> int | None:
    """The place after these parts, begun at ``at``; their values go into ``values``."""
    begun = at
    for kind, optional in parts:
        here = at
        # Words like "the" and "of" may stand between parts, never before the first.
        while here > begun and here < len(tokens) and kind not in tokens[here].meanings:
            if not any(filler in tokens[here].meanings for filler in _FILLERS):
                break
            here += 1
        if here < len(tokens) and kind in tokens[here].meanings:
            values[kind] = tokens[here].meanings[kind]
            at = here + 1
        elif not optional:
            return None
    return at if at > begun else None


def _no_article(tokens: Sequence[Token], at: int) -> bool:
    """Le mardi is every Tuesday, mardi is the last one."""
    return at == 0 or "the" not in tokens[at - 1].meanings


def _after_small(tokens: Sequence[Token], at: int) -> bool:
    """German says years bare; behind a noun (Zimmer 2022) it is a number."""
    return at == 0 or not (tokens[at - 1].capital or tokens[at - 1].meanings)


# -- the table


def _shape(
    text: str,
    make: Make,
    *,
    bare: bool = False,
    only: str = "",
    guard: Guard | None = None,
    sure: bool = False,
) -> Shape:
    parts = ((part.rstrip("?"), part.endswith("?")) for part in text.split())
    return Shape(tuple(parts), make, bare, only, guard, sure)


SHAPES: tuple[Shape, ...] = (
    _shape("date", means.exact_date),
    _shape("weekday? day month year?", means.day_month),
    _shape("weekday? month day year?", means.day_month, only="en"),
    _shape("now", means.now),
    _shape("prep weekday", means.weekday, only="en de es"),
    _shape("prep weekday relpost", means.weekday, only="es"),
    _shape("weekday", means.weekday, only="fr", guard=_no_article),
    _shape("weekday", means.weekday, bare=True),
    _shape("rel weekday", means.weekday),
    _shape("weekday relpost", means.weekday),
    _shape("weekday prep? rel unit", means.weekday),
    _shape("part? month year", means.month),
    _shape("within month year?", means.month),
    _shape("part month", means.month),
    _shape("rel month", means.month),
    _shape("month relpost", means.month),
    _shape("month", means.month, bare=True),
    _shape("part? season year", means.season),
    _shape("prep part? season year?", means.season),
    _shape("prep season relpost", means.season),
    _shape("part season", means.season),
    _shape("rel season", means.season),
    _shape("season relpost", means.season),
    _shape("season", means.season, bare=True),
    _shape("feast year", means.feast),
    _shape("prep feast year?", means.feast),
    _shape("prep feast relpost", means.feast),
    _shape("rel feast", means.feast),
    _shape("feast relpost", means.feast),
    _shape("feast", means.feast, bare=True),
    *(
        _shape(f"within? {what} {after}", means.of_that_year)
        for what in ("part? month", "part? season", "feast")
        for after in ("rel unit", "unit relpost")
    ),
    _shape("q year?", means.quarter),
    _shape("ord unit year?", means.quarter),
    _shape("prep unit? year", means.year),
    _shape("part unit? year", means.year),
    _shape("year", means.year, only="de", guard=_after_small, sure=True),
    _shape("year", means.year, bare=True),
    _shape("part? rel unit", means.unit),
    _shape("part? unit relpost", means.unit),
    _shape("unit prior", means.unit),
    _shape("rel num unit", means.rolling),
    _shape("rel few unit", means.rolling),
    _shape("num rel unit", means.rolling, only="fr es"),
    _shape("agopre num unit", means.ago_exact),
    _shape("num unit agopost", means.ago_exact),
    _shape("agopre few unit", means.ago_few),
    _shape("few unit agopost", means.ago_few),
)
