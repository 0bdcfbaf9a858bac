"""Experts in the system's file cache, fetched and dropped by advice. It cannot go wrong.

Whatever advice does, llama.cpp reads the right bytes: an expert that is absent is read page by
page when it is touched, which is slow. Pages are advised to be touched at random, or the kernel
would read ahead what was not called. Dropping keeps the file cache from growing over the budget
where no control group does.
"""

from __future__ import annotations

import os
from functools import cached_property

from models.flash.experts import ExpertKeeper
from models.flash.pages import PAGE, Advice
from models.flash.spans import Span

# The kernel cuts a longer wish off at the device's read-ahead without a word; 128 KB is usual.
WISH_BYTES = 128 * 1024


class Advise(ExpertKeeper):
    """See ``ExpertKeeper``."""

    mode = "advise"

    def _lay(self) -> None:
        for span in self._pages.areas:
            self._memory.mapping.advise(span, Advice.RANDOM)
        self._fd = os.open(self._memory.mapping.path, os.O_RDONLY | os.O_CLOEXEC)

    def _load(self, span: Span) -> None:
        wider = self._with_edges(span)
        for at in range(wider.offset, wider.end, WISH_BYTES):
            part = Span(at, min(WISH_BYTES, wider.end - at))
            self._memory.mapping.advise(part, Advice.WILL_NEED)

    def _free(self, span: Span) -> None:
        self._memory.mapping.advise(span, Advice.DO_NOT_NEED)
        os.posix_fadvise(self._fd, span.offset, span.length, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        super().close()
        os.close(self._fd)

    @cached_property
    def _edges(self) -> frozenset[int]:
        return frozenset(
            at for span in self._pages.edges for at in range(span.offset, span.end, PAGE)
        )

    def _with_edges(self, span: Span) -> Span:
        """Pages it shares with its neighbours, too."""
        start = span.offset - PAGE if span.offset - PAGE in self._edges else span.offset
        end = span.end + PAGE if span.end in self._edges else span.end
        return Span(start, end - start)
