"""What a memory is about, as one value that is kept version by version. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Cause(StrEnum):
    """Why there is a version."""

    FIRST = "first"
    EDITED = "edited"
    TOLD_ANEW = "told anew"  # a later memory tells the same otherwise
    SUPERSEDED = "superseded"  # a fact in it holds no longer
    FORGOTTEN = "forgotten"  # what brought about an earlier version is gone
    UNDONE = "undone"  # by the person


TOLD_ANEW = "told anew"
NO_LONGER = "no longer so"


@dataclass(frozen=True, slots=True)
class Content:
    """Attributes:
    keywords: words of the text, best first.
    tags: kinds of things in small letters, and names.
    anew: id of the later memory that tells the same otherwise. Its topic, source and day belong
        to its context too; they stand with the memory itself.
    """

    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    anew: str | None = None

    def context_json(self) -> str:
        return json.dumps({"anew": self.anew} if self.anew else {})


def content(keywords: str, tags: str, context: str) -> Content:
    """A row as a value."""
    said = json.loads(context)
    return Content(tuple(json.loads(keywords)), tuple(json.loads(tags)), said.get("anew"))


def evolved(old: Content, cause: Cause, anew: str, lost: Sequence[str] = ()) -> Content:
    """What an old memory is about now that a newer one tells of the same.

    Its keywords lose the words that hold no longer (``lost``, folded); none of the newer one's
    words come in, so that nothing of that is left here when it is forgotten.
    """
    tag = NO_LONGER if cause is Cause.SUPERSEDED else TOLD_ANEW
    gone = frozenset(lost)
    kept = tuple(one for one in old.keywords if gone.isdisjoint(one.casefold().split()))
    tags = tuple(dict.fromkeys((*old.tags, tag)))
    return replace(old, keywords=kept or old.keywords, tags=tags, anew=anew)
