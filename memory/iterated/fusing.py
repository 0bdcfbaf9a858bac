"""Many looks, one list: what the plain look found stays as it is, and the best of the later ones
follow. Pure.

Memories that only later looks found are ordered by reciprocal rank fusion (Cormack, Clarke and
Buettcher, SIGIR 2009): the sum of 1 / (K + rank) over the looks that found them. They get places
of their own, so silly drafts can add something useless but take nothing away.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from memory.recall.duplicates import gist, same
from memory.recall.found import Found

K = 60
# Places for what only later looks found.
PLACES = 4


def added(plain: Sequence[Found], looks: Sequence[Sequence[Found]]) -> list[Found]:
    """The best of the later looks that the plain one did not find, each told once.

    Args:
        plain: what the plain look found, all of which stays.
        looks: what each later query found, best first.
    """
    known = {id_ for one in plain for id_ in (one.row.memory.id, *one.similar)}
    gained: dict[str, float] = {}
    best: dict[str, Found] = {}
    for look in looks:
        for rank, one in enumerate(look, 1):
            id_ = one.row.memory.id
            if id_ in known:
                continue
            gained[id_] = gained.get(id_, 0.0) + 1 / (K + rank)
            if id_ not in best or best[id_].score < one.score:
                best[id_] = one
    order = sorted(best, key=lambda id_: (-gained[id_], -best[id_].score, id_))
    return _told_once([best[id_] for id_ in order], plain)


def fresh(found: Sequence[Found], before: Collection[str]) -> list[str]:
    """Ids that were not there before, in order."""
    return [one.row.memory.id for one in found if one.row.memory.id not in before]


def _told_once(found: Sequence[Found], plain: Sequence[Found]) -> list[Found]:
    said = [gist(one.row.memory.text) for one in plain]
    kept: list[Found] = []
    for one in found:
        own = gist(one.row.memory.text)
        if any(same(own, other) for other in said):
            continue
        said.append(own)
        kept.append(one)
        if len(kept) == PLACES:
            break
    return kept
