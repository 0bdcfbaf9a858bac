"""How models would do on this machine. Any thread.

Puts together what a model needs (from its file, or from its catalogue entry), a plan for it
under a budget, and the measured speed of the machine. Files are read once and remembered.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory.machine_speed import MachineSpeed
from memory.options import Options
from memory.protocol import ModelMode, ModelPrediction, ModelVerdict

if TYPE_CHECKING:
    from models.catalogue import CatalogueModel
    from models.flash.plan import Mode, Plan
    from models.hardware import Hardware
    from models.roofline import Load

_MOST_FILES = 64


@dataclass(frozen=True)
class Subject:
    """A model to forecast: what it asks of a machine, and what it takes besides its weights."""

    load: Load
    kv_bytes: int
    compute_bytes: int


class Forecasts:
    def __init__(self, options: Options, speed: MachineSpeed) -> None:
        self._options = options
        self._speed = speed
        self._lock = threading.Lock()
        self._files: dict[tuple[str, int, int, int], Subject] = {}

    def hardware(self) -> Hardware | None:
        """The measured speed; if nothing was measured, that is begun."""
        settings = self._options.current()
        found = self._speed.known(settings.model_threads)
        if found is None and settings.model_forecasts:
            self._speed.want(settings.model_threads)
        return found

    def measuring(self) -> bool:
        return self._speed.measuring()

    def of_entry(self, model: CatalogueModel) -> Subject:
        """A model of the catalogue that is not here."""
        from models.catalogue_load import load_of_entry, overhead_of_entry

        kv, compute = overhead_of_entry(model, self._options.current().model_context)
        return Subject(load_of_entry(model), kv, compute)

    def of_file(self, path: Path) -> Subject:
        """A model file.

        Raises:
            models.errors.BadModelFile: it is none.
            OSError: it cannot be read.
        """
        context = self._options.current().model_context
        status = os.stat(path)
        key = (str(path), status.st_size, status.st_mtime_ns, context)
        with self._lock:
            if key in self._files:
                return self._files[key]
        made = _read(path, context)
        with self._lock:
            while len(self._files) >= _MOST_FILES:
                self._files.pop(next(iter(self._files)))
            self._files[key] = made
        return made

    def predict(
        self,
        subject: Subject,
        budgets: Sequence[int],
        mode: ModelMode | None = None,
        hardware: Hardware | None = None,
    ) -> list[ModelPrediction]:
        """One prediction for each budget, in their order."""
        hardware = hardware or self.hardware()
        return [_prediction(subject, budget, mode, hardware) for budget in budgets]


def _read(path: Path, context_tokens: int) -> Subject:
    from models.flash.needs import compute_bytes, kv_bytes, parts_of
    from models.gguf_file import read_header
    from models.gguf_tensors import read_tensors
    from models.roofline import load_of

    header, table = read_header(path), read_tensors(path)
    tokens = min(context_tokens, header.context_tokens or context_tokens)
    parts = parts_of(table)
    return Subject(
        load_of(table, parts, kv_bytes(table, header, 1)),
        kv_bytes(table, header, tokens),
        compute_bytes(table, header, tokens),
    )


def _prediction(
    subject: Subject, budget: int, mode: ModelMode | None, hardware: Hardware | None
) -> ModelPrediction:
    from models.flash.plan import make_plan
    from models.hardware import safe_to_repack
    from models.roofline import forecast

    parts = subject.load.parts
    wanted: Mode | None = mode.value if mode else None
    plan = make_plan(
        parts, budget, subject.kv_bytes, subject.compute_bytes, wanted, system=sys.platform
    )
    if hardware is None:
        return ModelPrediction(
            budget_bytes=budget,
            mode=ModelMode(plan.mode),
            verdict=_unmeasured(plan),
            reason=plan.reason,
        )
    found = forecast(subject.load, plan, hardware, repacked=safe_to_repack())
    return ModelPrediction(
        budget_bytes=budget,
        mode=ModelMode(plan.mode),
        verdict=ModelVerdict(found.verdict),
        tokens_per_s=found.tokens_s,
        first_token_s=found.first_token_s,
        reason=found.reason,
    )


def _unmeasured(plan: Plan) -> ModelVerdict:
    """By its size alone."""
    if not plan.streams:
        return ModelVerdict.FITS
    return ModelVerdict.STREAMS if plan.enough and plan.mode != "mmap" else ModelVerdict.TOO_SLOW
