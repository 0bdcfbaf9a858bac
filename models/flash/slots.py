"""Experts in memory of our own, laid over llama.cpp's mapping and read past the file cache.

Pages of an absent expert hold nothing and would read as zeros: a mistake here is a wrong answer,
not a crash. That is why this mode is used only where the self-check has passed.
"""

from __future__ import annotations

import contextlib

from models.flash.experts import ExpertKeeper
from models.flash.pages import Advice, advise
from models.flash.spans import Span


class Slots(ExpertKeeper):
    """See ``ExpertKeeper``."""

    mode = "slots"

    def _lay(self) -> None:
        memory = self._memory
        for span in self._pages.areas:
            address = memory.mapping.lay_private(span, huge=False)
            # A huge page would belong to several experts and stay when one of them goes.
            with contextlib.suppress(OSError):  # a kernel without them
                advise(address, span.length, Advice.NO_HUGE_PAGES)
        memory.fill(self._pages.edges)

    def _load(self, span: Span) -> None:
        memory = self._memory
        memory.file.read(memory.mapping.address(span), span.offset, span.length)

    def _free(self, span: Span) -> None:
        advise(self._memory.mapping.address(span), span.length, Advice.DO_NOT_NEED)
