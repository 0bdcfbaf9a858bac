"""Experts in memory of our own, laid over llama.cpp's mapping and read past the file cache.

Pages of an absent expert hold nothing and would read as zeros: a mistake here is a wrong answer,
not a crash. That is why this mode is used only where the self-check has passed.

The pages of an expert that goes are moved to the one that comes. Giving them back and getting
new ones, which the kernel fills with zeros, took 0.33 ms of processor time a megabyte, moving
and reading take 0.06 to 0.14.
"""

from __future__ import annotations

import contextlib
import threading

from models.flash.expert_pages import Expert
from models.flash.experts import ExpertKeeper
from models.flash.pages import Advice, advise, most_pieces, move
from models.flash.spans import Span

# Pieces of memory left to everything else in the process when every span is one of its own.
_OTHER_PIECES = 16_384


class Slots(ExpertKeeper):
    """See ``ExpertKeeper``."""

    mode = "slots"

    def _lay(self) -> None:
        memory = self._memory
        spans = sum(len(one) for experts in self._pages.slices for one in experts)
        self._spare = _SparePages(moving=spans + _OTHER_PIECES <= most_pieces())
        for span in self._pages.areas:
            address = memory.mapping.lay_private(span, huge=False)
            # A huge page would belong to several experts and stay when one of them goes.
            with contextlib.suppress(OSError):  # a kernel without them
                advise(address, span.length, Advice.NO_HUGE_PAGES)
        memory.fill(self._pages.edges)

    def _load(self, span: Span) -> None:
        memory = self._memory
        address = memory.mapping.address(span)
        self._spare.use(address, span.length)
        memory.file.read(address, span.offset, span.length)

    def _free(self, span: Span) -> None:
        self._spare.put(self._memory.mapping.address(span), span.length)

    def _await(self, needed: list[Expert]) -> None:
        super()._await(needed)
        if not self._fetcher.coming():
            self._spare.give_back()

    def settle(self) -> None:
        super().settle()
        self._spare.give_back()


class _SparePages:
    """Pages of experts that went, until one that comes takes them. Any thread.

    Only whole places are filled by moving, so the pieces into which the memory falls are never
    smaller than an expert's span, and each span stays within one.
    """

    def __init__(self, moving: bool) -> None:
        """
        Args:
            moving: pages may move; otherwise they only wait for their own expert.
        """
        self._moving = moving
        self._lock = threading.Lock()
        self._lengths: dict[int, int] = {}  # by address

    def put(self, address: int, length: int) -> None:
        """Nobody reads these pages any more."""
        with self._lock:
            self._lengths[address] = length

    def use(self, address: int, length: int) -> None:
        """Brings pages to ``address`` if there are enough to spare; what they hold is old.

        All under the lock: once pages are nobody's any more, the expert they belonged to may be
        read anew to the very place they are being taken from.
        """
        with self._lock:
            if self._lengths.pop(address, None) is not None or not self._moving:
                return  # its own are still there
            source = next((one for one, held in self._lengths.items() if held >= length), None)
            if source is None:
                return
            held = self._lengths.pop(source)
            if held > length:
                _give_back(source + length, held - length)
            try:
                move(source, address, length)
            except OSError:  # an older kernel: it gets new ones
                _give_back(source, length)

    def give_back(self) -> None:
        """The system gets all of them."""
        with self._lock:
            given, self._lengths = self._lengths, {}
            for address, length in given.items():
                _give_back(address, length)


def _give_back(address: int, length: int) -> None:
    advise(address, length, Advice.DO_NOT_NEED)
