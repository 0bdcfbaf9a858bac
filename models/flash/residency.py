"""Opens a model as a plan says, checks that it computes the same, and falls back if not.

Runs in the process that owns llama.cpp, on the thread that computes; ``set_budget`` and
``meter`` may be called from any thread. Modes are tried in order: the plan's own, then a
simpler one, plain mapping last. Whatever stands in the way of a mode becomes the reason of the
fall-back, never an error: only a model that llama.cpp itself refuses cannot be opened.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from models.errors import BadModelFile, GenerationFailed
from models.flash.eval_hook import EvalHook, HookUnavailable
from models.flash.meter import Meter, WeightKeeper
from models.flash.pages import (
    DirectFile,
    PagesUnavailable,
    Segment,
    require,
    segments_of,
)
from models.flash.passes import Passes
from models.flash.placing import CheckFailed, ModeUnsuitable, Placing, key_of
from models.flash.plan import Mode, Plan
from models.flash.process_figures import device_bytes, process_figures
from models.flash.self_check import CheckStore
from models.gguf_tensors import TensorTable, read_tensors

# What to try when a mode cannot be used; plain mapping comes after all of them.
_TRIED: dict[Mode, tuple[Mode, ...]] = {
    "ring": ("ring",),
    "slots": ("slots", "advise"),
    "advise": ("advise",),
}


class NativeModel(Protocol):
    """A model as llama.cpp has loaded it: pointers, and who knows how to free them."""

    @property
    def model(self) -> Any: ...

    @property
    def context(self) -> Any: ...

    def close(self) -> None: ...


# Loads the model by mapping. Given a hook, its callback belongs into the context's parameters,
# and weights must not be repacked: that copies them to memory of llama.cpp's own.
Load = Callable[[EvalHook | None], NativeModel]


class Residency:
    """A loaded model and what keeps its weights.

    Attributes:
        native: the model; closed by ``close``.
        plan: what was asked for.
        mode: what runs.
        reason: why that mode, a sentence or two for a person.
        check_failed: a self-check is among the reasons.
    """

    def __init__(
        self,
        native: NativeModel,
        plan: Plan,
        mode: Mode,
        reason: str,
        *,
        size_bytes: int,
        hook: EvalHook | None = None,
        keeper: WeightKeeper | None = None,
        overhead_bytes: int = 0,
        check_failed: bool = False,
    ) -> None:
        self.native = native
        self.plan = plan
        self.mode = mode
        self.reason = reason
        self.check_failed = check_failed
        self._size_bytes = size_bytes
        self._hook = hook
        self._keeper = keeper
        self._overhead_bytes = overhead_bytes
        self._read_before = device_bytes()

    @property
    def streams(self) -> bool:
        """Passes wait for weights from flash."""
        return self.mode != "fits"

    def set_budget(self, budget_bytes: int) -> None:
        """Everything the process may occupy from now on; any thread.

        It takes hold at the next layer at the latest, or with ``settle``. Plain mapping has
        nothing that could follow.
        """
        if self._keeper is not None:
            self._keeper.set_budget(budget_bytes - self._overhead_bytes)

    def settle(self) -> None:
        """To be called when nothing computes, after an answer: put-off changes are made."""
        if self._keeper is not None:
            self._keeper.settle()

    def meter(self) -> Meter:
        """A reading; any thread. Plain mapping counts what came from devices."""
        if self._keeper is not None:
            return self._keeper.meter()
        read = device_bytes() - self._read_before
        return Meter(self.mode, 0, self._size_bytes, read, 0, 1.0, 0.0)

    def check(self) -> None:
        """To be called after every pass: whether its weights were really there.

        Raises:
            GenerationFailed: they could not be read; what the pass computed is worthless. The
                next pass tries again.
        """
        failure = self._hook.forgive() if self._hook is not None else None
        if failure is None:
            return
        why = failure.strerror if isinstance(failure, OSError) else None
        raise GenerationFailed(
            "The model's weights could not be read",
            f"The answer stopped: {why or failure or type(failure).__name__}.",
            "Check that the model's file is still there and its disk works, then ask again.",
        ) from failure

    def close(self) -> None:
        """Ends reading and closes the model."""
        if self._keeper is not None:
            self._keeper.close()
        self.native.close()


def open_resident(
    load: Load,
    path: Path,
    plan: Plan,
    checks: Path | None,
    library: Any,
    *,
    parameters: Mapping[str, object] | None = None,
    progress: Callable[[float], None] = lambda _share: None,
    check_again: bool = False,
    open_file: Callable[[Path], DirectFile] = DirectFile,
) -> Residency:
    """Loads the model at ``path`` and places its weights as ``plan`` says.

    Args:
        checks: file in which results of self-checks are remembered; None remembers nothing.
        library: the module ``llama_cpp``.
        parameters: of the context; a remembered self-check holds for the same ones only.
        progress: told the share of a self-check that is done, 0 before anything slow begins.
            There is one when a mode is used with a model for the first time; it takes about
            twenty slow passes.
        check_again: self-checks that failed are not believed, but made anew.

    Raises:
        Whatever ``load`` raises.
    """
    modes = _TRIED.get(plan.mode, ())
    size = _size(path)
    if not modes:
        return Residency(load(None), plan, plan.mode, plan.reason, size_bytes=size)
    try:
        table, hook, before = _examine(path, library)
    except (ModeUnsuitable, PagesUnavailable, HookUnavailable, BadModelFile, OSError) as error:
        return Residency(load(None), plan, "mmap", _fallen(plan, [str(error)]), size_bytes=size)
    store, given = CheckStore(checks, check_again), parameters or {}
    if store.get(key_of(library, table, modes[0], given)) is None:
        progress(0.0)
    native = load(hook)
    overhead = _overhead(plan)
    placing = Placing(
        library=library,
        passes=Passes(library, native.model, native.context),
        hook=hook,
        table=table,
        before=before,
        weights_bytes=plan.budget_bytes - overhead,
        store=store,
        parameters=given,
        progress=progress,
        open_file=open_file,
    )
    mode, keeper, why = _place(placing, modes)
    reason = _fallen(plan, [str(one) for one in why], mode) if why else plan.reason
    return Residency(
        native, plan, mode, reason,
        size_bytes=size, hook=hook, keeper=keeper, overhead_bytes=overhead,
        check_failed=any(isinstance(one, CheckFailed) for one in why),
    )  # fmt: skip


def _place(
    placing: Placing, modes: tuple[Mode, ...]
) -> tuple[Mode, WeightKeeper | None, list[ModeUnsuitable]]:
    """The first of ``modes`` that can be used, else plain mapping, and why not those before."""
    reasons: list[ModeUnsuitable] = []
    for mode in modes:
        try:
            return mode, placing.keeper(mode), reasons
        except ModeUnsuitable as error:
            reasons.append(error)
    return "mmap", None, reasons


def _examine(path: Path, library: Any) -> tuple[TensorTable, EvalHook, tuple[Segment, ...]]:
    """What must be there before the model is loaded."""
    require()
    table = read_tensors(path)
    if table.parts > 1:
        raise ModeUnsuitable("the model consists of several files")
    return table, EvalHook(library), segments_of(path)


def _overhead(plan: Plan) -> int:
    """What the process takes besides weights: as reckoned, or as it is where that is more."""
    try:
        return max(plan.overhead_bytes, process_figures().anonymous)
    except OSError:
        return plan.overhead_bytes


def _size(path: Path) -> int:
    with contextlib.suppress(OSError):
        return os.path.getsize(path)
    return 0


def _fallen(plan: Plan, reasons: list[str], mode: Mode = "mmap") -> str:
    why = "; ".join(dict.fromkeys(reasons))
    instead = (
        "What is missing in memory is read as the system sees fit, which is slow."
        if mode == "mmap"
        else f"The mode {mode} is used instead."
    )
    return f"The weights could not be placed as planned ({plan.mode}): {why}. {instead}"
