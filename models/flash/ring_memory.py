"""Where the weights of a ring lie: pinned pages, and windows onto slots that layers share.

Each layer's pages are cut in two. The first part is pinned: anonymous pages over llama.cpp's
mapping, filled once. The last part, of at most a common length, is a window onto the layer's
slot. Slots are filled from behind, so that the last byte of every layer lies at the end of its
slot whatever the length of its window, and lengths can change while the model is loaded.

Not locked: the ring calls it with its lock held and nothing computing on the pages concerned.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from models.flash.pages import Advice, DirectFile, FileMapping, SharedBlock, drop_cached
from models.flash.schedule import slot_of
from models.flash.spans import PageLayout, Span, Spans, split, total

# Threads that fill pages at the start, and what each takes at a time.
FILLERS = 2
FILL_BYTES = 4 << 20


@dataclass(frozen=True)
class Piece:
    """``length`` bytes of the file from ``offset`` on that belong at ``address``."""

    address: int
    offset: int
    length: int


class RingMemory:
    """The pages of one loaded model.

    Attributes:
        sizes: bytes of each layer, in whole pages of its own.
        streamed: of each layer, how many of its last bytes come through its slot.
        always_bytes: pinned outside the layers.
    """

    def __init__(
        self, mapping: FileMapping, file: DirectFile, layout: PageLayout, slots: int
    ) -> None:
        """Nothing is placed yet. Raises PagesUnavailable where it could not be."""
        self._mapping = mapping
        self._file = file
        self._layout = layout
        self._slots = slots
        self.sizes = [total(spans) for spans in layout.layers]
        self.streamed = [0] * len(self.sizes)
        self.always_bytes = total(layout.always)
        self._stride = max(self.sizes)
        self._block = SharedBlock(slots * self._stride)
        self._trimmed = self._stride

    @property
    def pinned_bytes(self) -> int:
        return self.always_bytes + sum(self.sizes) - sum(self.streamed)

    @property
    def slot_bytes(self) -> int:
        return self._slots * self._trimmed

    def place(self, streamed: int) -> None:
        """Lays everything out and reads what is pinned; windows are empty.

        Raises:
            OSError: no memory, or the file cannot be read. ``restore`` then still works.
        """
        self._drop_file_pages()
        fresh: list[Piece] = []
        for span in self._layout.always:
            fresh += self._private(span)
        for layer, size in enumerate(self.sizes):
            self.streamed[layer] = min(size, streamed)
            pinned, _ = self._parts(layer)
            for span in pinned:
                fresh += self._private(span)
            self._lay_windows(layer, self.streamed[layer])
        self._fill(fresh)
        self._trimmed = max(self.streamed)
        for span in self._layout.rows:
            self._mapping.advise(span, Advice.RANDOM)
        drop_cached(self._mapping.path)

    def pieces(self, layer: int, length: int) -> list[Piece]:
        """What to read into the slot of ``layer``, in pieces of at most ``length`` bytes."""
        end = self._block.address + (slot_of(layer, self._slots) + 1) * self._stride
        at = end - self.streamed[layer]
        made: list[Piece] = []
        for span in self._parts(layer)[1]:
            made += _cut(at, span, length)
            at += span.length
        return made

    def pins_too_much(self, streamed: int) -> bool:
        """Some layer could stream more of itself, up to ``streamed``."""
        return any(
            now < min(size, streamed) for now, size in zip(self.streamed, self.sizes, strict=True)
        )

    def stream_more(self, streamed: int) -> None:
        """Frees pinned pages of all layers: windows become ``streamed`` long. Slots are void.

        Raises:
            OSError: the system refused; what was not freed is pinned, and nothing is wrong.
        """
        for layer, size in enumerate(self.sizes):
            longer = min(size, streamed)
            if longer > self.streamed[layer]:
                # First: a page that is read without need does no harm, the other way it would.
                self.streamed[layer] = longer
                self._trimmed = max(self._trimmed, longer)
                self._lay_windows(layer, longer)

    def pin_more(self, layer: int, streamed: int) -> None:
        """Makes the window of a layer shorter; its slot must hold it.

        Raises:
            OSError: the system refused; the window counts as before, and nothing is wrong.
        """
        old = self.streamed[layer]
        if streamed >= old:
            return
        at = self._block.address + (slot_of(layer, self._slots) + 1) * self._stride - old
        moved, _ = split(self._parts(layer)[1], old - streamed)
        for span in moved:
            address = self._mapping.lay_private(span)
            ctypes.memmove(address, at, span.length)
            at += span.length
        self.streamed[layer] = streamed

    def trim(self) -> None:
        """Gives back what no window shows any more of the slots."""
        longest = max(self.streamed)
        if longest >= self._trimmed:
            return
        for slot in range(self._slots):
            end = (slot + 1) * self._stride
            self._block.give_back(end - self._trimmed, self._trimmed - longest)
        self._trimmed = longest

    def restore(self) -> None:
        """Plain mapping again, and the memory of the ring is free."""
        for spans in (self._layout.always, *self._layout.layers):
            for span in spans:
                self._mapping.lay_file(span)
        for span in self._layout.rows:
            self._mapping.advise(span, Advice.NORMAL)
        self._block.close()

    # -- inside -------------------------------------------------------------------------

    def _parts(self, layer: int) -> tuple[Spans, Spans]:
        """Pinned spans and streamed ones."""
        pinned = self.sizes[layer] - self.streamed[layer]
        return split(self._layout.layers[layer], pinned)

    def _lay_windows(self, layer: int, streamed: int) -> None:
        _, spans = split(self._layout.layers[layer], self.sizes[layer] - streamed)
        at = (slot_of(layer, self._slots) + 1) * self._stride - streamed
        for span in spans:
            self._mapping.lay_window(span, self._block, at)
            at += span.length

    def _private(self, span: Span) -> Iterator[Piece]:
        yield from _cut(self._mapping.lay_private(span), span, FILL_BYTES)

    def _fill(self, pieces: Iterable[Piece]) -> None:
        def read(piece: Piece) -> None:
            self._file.read(piece.address, piece.offset, piece.length)

        with ThreadPoolExecutor(FILLERS, "fill") as pool:
            for _ in pool.map(read, pieces):
                pass

    def _drop_file_pages(self) -> None:
        """Pages that loading has left in memory. Only while nothing is laid over the file."""
        for spans in (self._layout.rows, self._layout.always, *self._layout.layers):
            for span in spans:
                self._mapping.advise(span, Advice.DO_NOT_NEED)
        drop_cached(self._mapping.path)


def _cut(address: int, span: Span, length: int) -> list[Piece]:
    return [
        Piece(address + at, span.offset + at, min(length, span.length - at))
        for at in range(0, span.length, length)
    ]
