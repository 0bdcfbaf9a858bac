"""Where the weights of the loaded model are, for the rest of the worker.

A budget (the person's, or what the machine can spare) makes a plan, the plan is carried out by
``models.flash``, and while weights come from flash a thread "budget" follows the machine's free
memory. Made and closed on the main thread; budget and meter from any.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from models.budget import Elastic, default_budget, follow, read_memory
from models.flash.eval_hook import EvalHook
from models.flash.plan import Mode
from models.flash.process_figures import own_bytes
from models.flash.residency import NativeModel, Residency, open_resident
from models.meter import Meter
from models.planning import plan_for
from models.worker.pipe import Order

# How often the free memory is looked at.
LOOK_S = 2.0
_PARAMETERS = ("context_tokens", "threads", "kv_type")


class Residence:
    """A model placed as a plan says, and the budget it follows."""

    def __init__(self, residency: Residency, automatic: bool) -> None:
        self._residency = residency
        self._automatic = automatic
        self._lock = threading.Lock()
        plan = residency.plan
        self._elastic = Elastic(
            plan.budget_bytes, plan.budget_bytes, min(plan.budget_bytes, plan.overhead_bytes)
        )
        self._ended = threading.Event()
        self._streamed_before = residency.meter().streamed_bytes
        if self.streams:
            threading.Thread(target=self._follow, name="budget", daemon=True).start()

    @property
    def native(self) -> NativeModel:
        return self._residency.native

    @property
    def mode(self) -> Mode:
        """What runs."""
        return self._residency.mode

    @property
    def streams(self) -> bool:
        """Passes wait for weights from flash."""
        return self._residency.streams

    def check(self) -> None:
        """After every pass; raises GenerationFailed if weights could not be read."""
        self._residency.check()

    def settle(self) -> None:
        """Nothing computes now: what was put off is done."""
        self._residency.settle()

    def set_budget(self, budget_bytes: int) -> None:
        """Memory the worker may take from now on, 0 for what the machine can spare."""
        self._automatic = budget_bytes == 0
        budget = budget_bytes or default_budget(read_memory(), own_bytes() or 0)
        with self._lock:
            least = min(budget, self._elastic.least_bytes)
            self._elastic = Elastic(budget, budget, least)
        self._residency.set_budget(budget)

    @property
    def streamed_bytes(self) -> int:
        """Read from flash since the last prompt was read; any thread."""
        return max(0, self._residency.meter().streamed_bytes - self._streamed_before)

    def prompt_read(self) -> None:
        """What is read from flash from now on is for the answer."""
        self._streamed_before = self._residency.meter().streamed_bytes

    def meter(
        self, tokens_per_s: float | None = None, bytes_per_token: float | None = None
    ) -> Meter:
        """What happened until now; the two rates are of the last answer, and passed on."""
        read = self._residency.meter()
        return Meter(
            mode=read.mode,
            pinned_bytes=read.pinned_bytes,
            cached_bytes=read.cached_bytes,
            streamed_bytes=read.streamed_bytes,
            bytes_per_token=bytes_per_token,
            hit_rate=read.hit_rate if self.streams else None,
            tokens_per_s=tokens_per_s,
            budget_bytes=self._elastic.budget_bytes,
            reason=self._residency.reason,
            check_failed=self._residency.check_failed,
        )

    def close(self) -> None:
        self._ended.set()
        self._residency.close()

    def _follow(self) -> None:
        while not self._ended.wait(LOOK_S):
            with self._lock:
                before = self._elastic
                after = follow(before, read_memory(), own_bytes() or 0, time.monotonic())
                self._elastic = after
            if after.budget_bytes != before.budget_bytes:
                self._residency.set_budget(after.budget_bytes)


def open_residence(
    order: Order,
    library: Any,
    load: Callable[[Any], NativeModel],
    progress: Callable[[float], None] = lambda _share: None,
) -> Residence:
    """Loads the model within its budget.

    Args:
        order: ``load`` of ``models.worker.worker``.
        load: opens it by plain mapping; given a hook, with that in its context.
        progress: told the share of a self-check that is done, where one is made.

    Raises:
        BadModelFile: its table of contents makes no sense.
        Whatever ``load`` raises.
    """
    plan = plan_for(
        Path(order["path"]),
        order["context_tokens"],
        order.get("budget_bytes", 0),
        order.get("mode", "auto"),
        order.get("kv_type", "f16"),
    )
    folder = order.get("checks")
    residency = open_resident(
        cast(Callable[[EvalHook | None], NativeModel], load),
        Path(order["path"]),
        plan,
        Path(folder) / "self_checks.json" if folder else None,
        library,
        parameters={name: order.get(name) for name in _PARAMETERS},
        progress=progress,
        check_again=bool(order.get("check_again")),
    )
    return Residence(residency, automatic=not order.get("budget_bytes"))
