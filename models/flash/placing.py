"""Makes one way of keeping weights after the other work on a loaded model, and checks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.flash.eval_hook import EvalHook
from models.flash.gates import GraphUnsuitable, find_gates, layers_by_address
from models.flash.meter import WeightKeeper
from models.flash.pages import DirectFile, FileMapping, PagesUnavailable, Segment
from models.flash.passes import Operation, Passes, PassFailed
from models.flash.plan import Mode
from models.flash.self_check import (
    PASS_TOKENS,
    CheckStore,
    Verdict,
    check_key,
    compare,
    logits_of,
)
from models.gguf_tensors import TensorTable

# Passes with one and with several tokens have different graphs.
_GRAPH_TOKENS = (1, 3)
# Counted into the key of remembered self-checks; to be raised when a mode changes.
_VERSIONS: dict[Mode, int] = {"ring": 1, "advise": 1, "slots": 1}


class ModeUnsuitable(Exception):
    """A mode that cannot be used here; the text says why, without a full stop."""


class CheckFailed(ModeUnsuitable):
    """A mode that computed other bits than plain mapping, now or when it was last looked at."""


@dataclass
class Placing:
    """A loaded model whose weights are to be placed. On the thread that computes.

    Attributes:
        hook: in the context's parameters.
        before: mappings of the file from before it was loaded.
        weights_bytes: memory for weights.
        parameters: what else a verdict holds for only.
        progress: told the share of the self-check that is done.
        open_file: opens the model's file for direct reads.
    """

    library: Any
    passes: Passes
    hook: EvalHook
    table: TensorTable
    before: tuple[Segment, ...]
    weights_bytes: int
    store: CheckStore
    parameters: Mapping[str, object]
    progress: Callable[[float], None]
    open_file: Callable[[Path], DirectFile] = DirectFile

    def __post_init__(self) -> None:
        self._graphs: list[list[Operation]] = []
        self._plain: Any = None

    def keeper(self, mode: Mode) -> WeightKeeper:
        """The mode at work, checked.

        Raises:
            ModeUnsuitable: with the reason; all is plain mapping then.
        """
        try:
            return self._checked(mode)
        except (PagesUnavailable, GraphUnsuitable, PassFailed) as error:
            raise ModeUnsuitable(str(error)) from error
        except (OSError, MemoryError) as error:
            raise ModeUnsuitable(f"the system refused ({error})") from error

    def _checked(self, mode: Mode) -> WeightKeeper:
        key = key_of(self.library, self.table, mode, self.parameters)
        verdict = self.store.get(key)
        if verdict is not None and not verdict.passed:
            raise _failed(verdict)
        if verdict is None and self._plain is None:
            self._plain = logits_of(self.passes, self._half(0))
        keeper = self._made(mode)
        try:
            if verdict is None:
                verdict = self._compared()
                self.store.put(key, verdict)
            if not verdict.passed:
                raise _failed(verdict)
        except BaseException:
            keeper.close()
            raise
        return keeper

    def _compared(self) -> Verdict:
        placed = logits_of(self.passes, self._half(1))
        failure = self.hook.forgive()
        if failure is not None:  # says nothing about the mode
            raise ModeUnsuitable(f"weights could not be read ({failure})") from failure
        return compare(self._plain, placed)

    def _half(self, half: int) -> Callable[[int], None]:
        return lambda done: self.progress((half + done / len(PASS_TOKENS)) / 2)

    def _made(self, mode: Mode) -> WeightKeeper:
        """Places the weights; see ``keeper`` for what may be raised."""
        if not self._graphs:
            self._graphs = [self.passes.graph(self.hook, count) for count in _GRAPH_TOKENS]
        mapping = FileMapping(self.table.path, self.before)
        gates = find_gates(self._graphs, layers_by_address(self.table, mapping))
        file = self.open_file(self.table.path)
        if mode == "ring":
            from models.flash.ring import Ring, RingUnsuitable

            try:
                return Ring(self.table, mapping, self.hook, gates, self.weights_bytes, file=file)
            except RingUnsuitable as error:
                raise ModeUnsuitable(str(error)) from error
        from models.flash.advise import Advise
        from models.flash.expert_pages import ExpertsUnsuitable
        from models.flash.slots import Slots

        kind = Slots if mode == "slots" else Advise
        try:
            return kind(
                self.table, mapping, self.hook, self.weights_bytes, layers=gates.layers, file=file
            )
        except ExpertsUnsuitable as error:
            raise ModeUnsuitable(str(error)) from error


def key_of(library: Any, table: TensorTable, mode: Mode, parameters: Mapping[str, object]) -> str:
    """What the verdict on ``mode`` is remembered under."""
    return check_key(table, mode, _VERSIONS[mode], library.__version__, parameters)


def _failed(verdict: Verdict) -> CheckFailed:
    return CheckFailed(f"its self-check failed ({verdict.detail})")
