"""Dense models bigger than the memory they may take: a pinned share of each layer, and a ring.

Every pass needs every weight, so a cache of the ones used last never hits. What helps is to
keep a fixed share for good and to read the rest, in the order in which it is needed, without
ever letting the flash idle. The rest of each layer goes through a few slots that all layers
share; reader threads fill them ahead, past the file cache, and the computing thread is held at
the gates between layers until what it needs is there.

Three parties meet under one lock: the computing thread (``_begin_pass``, ``_end_layer``, called
through the evaluation hook), the readers, and whoever changes the budget. Pages are laid only
while the computing thread stands at a gate or no pass runs, and no reader reads.
"""

from __future__ import annotations

import contextlib
import threading
import time

from models.flash.eval_hook import EvalHook, Node
from models.flash.gates import Gates
from models.flash.meter import Meter
from models.flash.pages import PAGE, DirectFile, FileMapping
from models.flash.ring_memory import Piece, RingMemory
from models.flash.schedule import RingSchedule, most_slots, ring_bytes, streamed_share
from models.flash.spans import PageLayout, page_layout, total
from models.gguf_tensors import TensorTable

SLOTS = 3
READERS = 4
PIECE_BYTES = 1 << 20
# While the budget grows, a pass pins at most this share of a layer more, so that the slots,
# which shrink only afterwards, never carry it over the budget by much.
GROW_SHARE = 8


class RingUnsuitable(Exception):
    """This model cannot run as a ring in this memory; the text says why."""


class Ring:
    """The weights of one loaded dense model. Made and closed by the thread that computes."""

    def __init__(
        self,
        table: TensorTable,
        mapping: FileMapping,
        hook: EvalHook,
        gates: Gates,
        weights_bytes: int,
        *,
        slots: int = SLOTS,
        readers: int = READERS,
        piece_bytes: int = PIECE_BYTES,
        file: DirectFile | None = None,
    ) -> None:
        """Places the weights and starts reading ahead.

        Args:
            mapping: of the loaded model, with nothing laid over it.
            gates: of its graph.
            weights_bytes: memory for weights.
            slots: how many, if the layers are enough for them.
            file: to read from, the model's own by default; closed here in any case.

        Raises:
            RingUnsuitable: the memory is too small, or the file's layout does not allow it.
            PagesUnavailable, OSError: the system does not play along; all is plain mapping.
        """
        self._file = file or DirectFile(table.path)
        self._piece_bytes = piece_bytes
        try:
            layout = _layout(table, mapping, gates)
            sizes = [total(spans) for spans in layout.layers]
            room = weights_bytes - total(layout.always)
            self._slots, streamed = _fitting(sizes, slots, room)
            self._memory = _placed(RingMemory(mapping, self._file, layout, self._slots), streamed)
        except BaseException:
            self._file.close()
            raise
        self._start(hook, gates, readers, streamed)

    def _start(self, hook: EvalHook, gates: Gates, readers: int, streamed: int) -> None:
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)  # for readers: there may be something to do
        self._news = threading.Condition(self._lock)  # for the others: something was read
        self._schedule = RingSchedule(len(self._memory.sizes), self._slots)
        self._wanted = streamed  # of each layer, by the budget
        self._step = streamed  # of each layer, at the end of this pass
        self._job: _Job | None = None
        self._reading = 0  # readers in a read
        self._moving = False  # pages are laid anew
        self._closing = False
        self._failure: OSError | None = None
        self._current: int | None = None  # layer in use
        self._in_pass = False
        self._passes = 0
        self._streamed_bytes = 0
        self._needed_bytes = self._missed_bytes = 0
        self._wait_s = 0.0
        self._gates = gates
        self._ends = {name: at for at, name in enumerate(gates.ends)}
        self._listening = [hook.listen(gates.start, asked=self._begin_pass)]
        self._listening += [hook.listen(name, done=self._end_layer) for name in gates.ends]
        self._readers = [
            threading.Thread(target=self._read_on, name=f"flash-{number}", daemon=True)
            for number in range(readers)
        ]
        for thread in self._readers:
            thread.start()

    # -- for its owner ------------------------------------------------------------------

    @property
    def least_bytes(self) -> int:
        """Less than this is not enough whatever is asked for."""
        return self._memory.always_bytes + least_room(self._memory.sizes, self._slots)

    def set_budget(self, weights_bytes: int) -> None:
        """Memory for weights from now on; any thread.

        Less takes hold at the next gate, or at once while no pass runs. More takes hold over
        the next passes, each of which keeps a little more of what it has read anyway. Less
        than ``least_bytes`` is taken for that.
        """
        sizes = self._memory.sizes
        room = weights_bytes - self._memory.always_bytes
        share = streamed_share(sizes, self._slots, room, PAGE)
        with self._lock:
            if self._closing:
                return
            self._wanted = max(sizes) if share is None else share
            self._step = max(self._step, self._wanted)
            if not self._in_pass:
                self._free_pinned()

    def settle(self) -> None:
        """No pass runs, even if the last one never came to its end. Computing thread."""
        with self._lock:
            self._in_pass, self._current = False, None
            self._free_pinned()

    def meter(self) -> Meter:
        """A reading; any thread."""
        with self._lock:
            needed = self._needed_bytes
            return Meter(
                mode="ring",
                pinned_bytes=self._memory.pinned_bytes,
                cached_bytes=self._memory.slot_bytes,
                streamed_bytes=self._streamed_bytes,
                passes=self._passes,
                hit_rate=1 - self._missed_bytes / needed if needed else 1.0,
                wait_s=self._wait_s,
            )

    def close(self) -> None:
        """Stops reading and leaves the model as plain mapping. Computing thread."""
        with self._lock:
            while self._moving:
                self._news.wait()
            self._closing = True
            self._work.notify_all()
        for thread in self._readers:
            thread.join()
        for end in self._listening:
            end()
        self._memory.restore()
        self._file.close()

    # -- computing thread ---------------------------------------------------------------

    def _begin_pass(self, node: Node) -> None:
        """Holds computing until the first layer is there."""
        if node.name != self._gates.start:
            return
        with self._lock:
            # Whatever the last pass was about when it was broken off, it uses nothing now.
            self._in_pass, self._current = True, None
            self._passes += 1
            self._failure = None
            grown = max(self._memory.sizes) // GROW_SHARE // PAGE * PAGE
            self._step = max(self._wanted, self._step - max(PAGE, grown))
            self._free_pinned()
            self._enter(0)

    def _end_layer(self, node: Node) -> None:
        """Gives the layer's slot free, and holds computing until the next one is there."""
        layer = self._ends[node.name]
        with self._lock:
            if layer != self._current:
                raise RuntimeError(f"layer {layer} ended while {self._current} was in use")
            self._pin_more(layer)
            self._current = None
            self._schedule.leave(layer)
            self._free_pinned()
            if layer + 1 < len(self._memory.sizes):
                self._enter(layer + 1)
            else:
                self._in_pass = False
                self._memory.trim()
                self._work.notify_all()

    def _enter(self, layer: int) -> None:
        self._schedule.enter(layer)
        self._work.notify_all()
        self._needed_bytes += self._memory.sizes[layer]
        if not self._usable(layer):
            self._missed_bytes += self._memory.streamed[layer]
            begun = time.perf_counter()
            while not self._usable(layer):
                if self._failure is not None:
                    raise self._failure
                self._news.wait()
            self._wait_s += time.perf_counter() - begun
        self._current = layer

    def _usable(self, layer: int) -> bool:
        pinned = not self._memory.streamed[layer]
        return not self._moving and (pinned or self._schedule.ready(layer))

    # -- budget -------------------------------------------------------------------------

    def _pin_more(self, layer: int) -> None:
        """Keeps more of the layer just used, if the budget allows it."""
        try:
            self._memory.pin_more(layer, self._step)
        except OSError:  # the system has less than the budget says
            self._wanted = self._step = max(self._memory.streamed)

    def _free_pinned(self) -> None:
        """Streams more of each layer, if the budget wants it. Lock held, nothing in use."""
        while self._moving:
            self._news.wait()
        if not self._memory.pins_too_much(self._wanted):
            return
        self._moving = True
        while self._reading:
            self._news.wait()
        self._job = None
        self._schedule.drop_all()
        # A system that refuses leaves pages pinned that hold the right bytes.
        with contextlib.suppress(OSError):
            self._memory.stream_more(self._wanted)
        self._moving = False
        self._work.notify_all()
        self._news.notify_all()

    # -- readers ------------------------------------------------------------------------

    def _read_on(self) -> None:
        """A reader: takes piece after piece until the ring is closed."""
        while (taken := self._take()) is not None:
            job, piece = taken
            failure = None
            try:
                self._file.read(piece.address, piece.offset, piece.length)
            except OSError as error:
                failure = error
            with self._lock:
                self._put_back(job, piece, failure)

    def _take(self) -> tuple[_Job, Piece] | None:
        """The next piece to read; None when the ring is closed."""
        with self._lock:
            while not self._closing:
                job = None if self._moving or self._failure else self._next_job()
                if job is not None:
                    self._reading += 1
                    job.open += 1
                    return job, job.pieces.pop()
                self._work.wait()
            return None

    def _next_job(self) -> _Job | None:
        """The layer being read, while a piece of it is left, or the next one."""
        if self._job is not None and self._job.pieces:
            return self._job
        while (layer := self._schedule.next_load()) is not None:
            self._schedule.begin(layer)
            pieces = self._memory.pieces(layer, self._piece_bytes)
            if pieces:
                self._job = _Job(layer, pieces[::-1])
                return self._job
            self._schedule.finish(layer)  # it is pinned as a whole
        return None

    def _put_back(self, job: _Job, piece: Piece, failure: OSError | None) -> None:
        self._reading -= 1
        job.open -= 1
        if failure is not None:
            self._failure = failure
            job.failed = True
            job.pieces.clear()
        else:
            self._streamed_bytes += piece.length
        if not job.open and not job.pieces:
            if job.failed:
                self._schedule.drop(job.layer)
            else:
                self._schedule.finish(job.layer)
        self._news.notify_all()


class _Job:
    """A layer on its way into its slot.

    Attributes:
        pieces: not yet taken by a reader, the next one last.
        open: pieces being read.
    """

    def __init__(self, layer: int, pieces: list[Piece]) -> None:
        self.layer = layer
        self.pieces = pieces
        self.open = 0
        self.failed = False


def _layout(table: TensorTable, mapping: FileMapping, gates: Gates) -> PageLayout:
    layout = page_layout(table, PAGE, gates.layers)
    if not any(layout.layers):
        raise RingUnsuitable("its layers are smaller than a page of memory")
    spans = [*layout.always, *layout.rows, *(one for layer in layout.layers for one in layer)]
    if not all(mapping.holds(span) for span in spans):
        raise RingUnsuitable("llama.cpp keeps some of its weights elsewhere")
    return layout


def _placed(memory: RingMemory, streamed: int) -> RingMemory:
    try:
        memory.place(streamed)
    except BaseException:
        memory.restore()
        raise
    return memory


def least_room(sizes: list[int], slots: int) -> int:
    """Memory for pinned shares and slots below which nothing helps, in bytes."""
    turns = {0, *sizes}
    return min(ring_bytes(sizes, slots, turn) for turn in turns)


def _fitting(sizes: list[int], slots: int, room: int) -> tuple[int, int]:
    """Slots and bytes of each layer to stream; fewer slots where the wanted ones do not fit."""
    for count in range(most_slots(len(sizes), slots), 0, -1):
        share = streamed_share(sizes, count, room, PAGE)
        if share is not None:
            return count, share
    least = least_room(sizes, 1)
    raise RingUnsuitable(
        f"its layers need {least / 1e6:.0f} MB at least, and {max(0, room) / 1e6:.0f} MB are left"
    )
