"""Which layer a ring may load when, and how much of each layer it streams. Pure.

A ring has fewer slots than layers, and layer ``i`` can only lie in slot ``i % slots``, because
its place in the mapping shows that slot for good. Layers are needed in a circle: 0 to the last,
then 0 again. So the rule is the best one there is for known requests (L. A. Belady, "A study of
replacement algorithms for a virtual-storage computer", 1966): what is needed sooner takes the
place of what is needed later, never the other way round. The layer in use is needed now, so
nothing ever takes its place, whatever the number of slots.
"""

from __future__ import annotations

from collections.abc import Sequence


def slot_of(layer: int, slots: int) -> int:
    """The only slot in which ``layer`` can lie."""
    return layer % slots


class RingSchedule:
    """What each slot holds, and what to load next. No threads, no memory, no time.

    Attributes:
        layers, slots: how many there are.
        cursor: the layer in use, or the one needed next while none is.
    """

    def __init__(self, layers: int, slots: int) -> None:
        if layers < 1 or slots < 1:
            raise ValueError("a ring needs a layer and a slot")
        self.layers = layers
        self.slots = slots
        self.cursor = 0
        self._holds: list[int | None] = [None] * slots
        self._loading: set[int] = set()

    def slot_of(self, layer: int) -> int:
        return slot_of(layer, self.slots)

    def ready(self, layer: int) -> bool:
        """All its bytes are in its slot."""
        return self._holds[self.slot_of(layer)] == layer and layer not in self._loading

    @property
    def loading(self) -> frozenset[int]:
        """Layers whose bytes are being read."""
        return frozenset(self._loading)

    def enter(self, layer: int) -> None:
        """Computing reaches ``layer``; from here on its slot stays as it is once it is ready."""
        if not 0 <= layer < self.layers:
            raise ValueError(f"there is no layer {layer}")
        self.cursor = layer

    def leave(self, layer: int) -> None:
        """Computing is done with ``layer``."""
        if layer != self.cursor:
            raise ValueError(f"layer {layer} was not in use")
        self.cursor = (layer + 1) % self.layers

    def next_load(self) -> int | None:
        """The layer to load now: the one needed soonest that may have its slot."""
        for distance in range(self.layers):
            layer = (self.cursor + distance) % self.layers
            held = self._holds[self.slot_of(layer)]
            if held == layer:
                continue
            if held is None or (held not in self._loading and self._distance(held) > distance):
                return layer
        return None

    def begin(self, layer: int) -> None:
        """Reading starts; what the slot held is lost."""
        slot = self.slot_of(layer)
        held = self._holds[slot]
        if held in self._loading:
            raise ValueError(f"slot {slot} is being filled with layer {held}")
        self._holds[slot] = layer
        self._loading.add(layer)

    def finish(self, layer: int) -> None:
        """All bytes are there."""
        self._loading.remove(layer)

    def drop(self, layer: int) -> None:
        """What is in the slot of ``layer`` is not to be used; nobody reads into it any more."""
        slot = self.slot_of(layer)
        if self._holds[slot] == layer:
            self._holds[slot] = None
        self._loading.discard(layer)

    def drop_all(self) -> None:
        for layer in list(self._holds):
            if layer is not None:
                self.drop(layer)

    def _distance(self, layer: int) -> int:
        """How many layers come before ``layer`` is needed."""
        return (layer - self.cursor) % self.layers


def most_slots(layers: int, wanted: int) -> int:
    """Slots that make sense for so many layers: with as many as layers nothing would stream."""
    return max(1, min(wanted, layers - 1))


def ring_bytes(sizes: Sequence[int], slots: int, streamed: int) -> int:
    """Memory for layers of which at most ``streamed`` bytes each come through the slots."""
    largest = min(streamed, max(sizes, default=0))
    return sum(max(0, size - streamed) for size in sizes) + slots * largest


def streamed_share(sizes: Sequence[int], slots: int, room: int, page: int) -> int | None:
    """The least number of bytes of each layer to stream so that all fits into ``room``.

    Args:
        sizes: bytes of each layer, whole pages.
        room: memory for pinned shares and slots together, in bytes.
        page: the answer is a multiple of it.

    Returns:
        0 where everything fits; None where not even streaming all of every layer is enough.
    """
    if sum(sizes) <= room:
        return 0
    largest = max(sizes, default=0)
    # Memory falls while more layers than slots reach further than the share, then rises.
    tall = sorted(sizes, reverse=True)
    turn = tall[slots] if slots < len(tall) else 0
    if ring_bytes(sizes, slots, turn) > room:
        return None
    low, high = 0, -(-min(turn, largest) // page)  # in pages: low is too little, high enough
    while high - low > 1:
        middle = (low + high) // 2
        if ring_bytes(sizes, slots, middle * page) <= room:
            high = middle
        else:
            low = middle
    return high * page
