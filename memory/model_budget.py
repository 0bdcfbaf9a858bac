"""The memory budget of the model: what is in force, what automatic would give. Any thread.

What the person set lives in the settings; readings of the machine are made anew each time.
"""

from __future__ import annotations

import psutil

from memory.language import Language
from memory.options import Options
from memory.protocol import ModelBudget, ModelBudgetEdit, ModelMode

_MB = 1_000_000
_AUTOMATIC = "automatic"


class Budget:
    def __init__(self, options: Options, language: Language) -> None:
        self._options = options
        self._language = language

    def now(self) -> ModelBudget:
        """The budget, and the ends of a slider for it."""
        from models.budget import LEAST_BUDGET, default_budget, read_memory

        memory = read_memory()
        settings = self._options.current()
        automatic_bytes = default_budget(memory, self._own_bytes())
        limit = memory.limit_bytes or memory.total_bytes
        return ModelBudget(
            budget_bytes=self._language.budget_bytes() or automatic_bytes,
            automatic=settings.model_memory_mb == 0,
            automatic_bytes=automatic_bytes,
            least_bytes=LEAST_BUDGET,
            most_bytes=max(LEAST_BUDGET, min(limit, memory.total_bytes)),
            mode=None if settings.model_mode == _AUTOMATIC else ModelMode(settings.model_mode),
        )

    def edit(self, edit: ModelBudgetEdit) -> ModelBudget:
        """Set the budget or the mode; a loaded model follows a new budget without a reload.

        Raises:
            BadRequest: more than the settings allow.
        """
        values: dict[str, object] = {}
        if edit.budget_bytes is not None:
            automatic = edit.budget_bytes == _AUTOMATIC
            values["model_memory_mb"] = 0 if automatic else max(1, int(edit.budget_bytes) // _MB)
        if edit.mode is not None:
            values["model_mode"] = str(edit.mode)
        if values:
            self._options.edit(values)
        return self.now()

    def _own_bytes(self) -> int:
        """What the worker holds beyond file cache, which counts as available anyway."""
        from models.flash.process_figures import own_bytes

        pid = self._language.worker_pid()
        if pid is None:
            return 0
        told = own_bytes(pid)
        if told is not None:
            return told
        try:
            held = psutil.Process(pid).memory_info()
        except psutil.Error:
            return 0
        return int(max(0, held.rss - getattr(held, "shared", 0)))
