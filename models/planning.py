"""The plan for a model's file under a budget: reads its tables, decides nothing else. Light."""

from __future__ import annotations

import sys
from pathlib import Path

from models.budget import default_budget, read_memory
from models.errors import ModelError
from models.flash.needs import compute_bytes, kv_bytes, parts_of
from models.flash.plan import KvType, Mode, Plan, make_plan
from models.gguf_file import read_header
from models.gguf_tensors import read_tensors
from models.meter import Meter


def plan_for(
    path: Path,
    context_tokens: int,
    budget_bytes: int,
    mode: str = "auto",
    kv_type: KvType = "f16",
    own_bytes: int = 0,
) -> Plan:
    """How the model would be loaded.

    Args:
        budget_bytes: 0 for what the machine can spare now.
        mode: auto, or one of ``models.flash.plan``.
        own_bytes: memory the worker holds already; it may keep that.

    Raises:
        BadModelFile: the file's tables make no sense.
    """
    wanted: dict[str, Mode] = {
        "fits": "fits", "ring": "ring", "advise": "advise", "slots": "slots", "mmap": "mmap",
    }  # fmt: skip
    table, header = read_tensors(path), read_header(path)
    return make_plan(
        parts_of(table),
        budget_bytes or default_budget(read_memory(), own_bytes),
        kv_bytes(table, header, context_tokens, kv_type),
        compute_bytes(table, header, context_tokens, kv_type),
        wanted.get(mode),
        sys.platform,
    )


def other_mode(path: Path, context_tokens: int, budget_bytes: int, meter: Meter) -> bool:
    """Whether another mode than that of ``meter`` would be chosen under another budget.

    A file that makes no sense any more is no reason: it says so itself when it is loaded.
    """
    own = meter.pinned_bytes + meter.cached_bytes if meter.mode != "fits" else 0
    try:
        plan = plan_for(path, context_tokens, budget_bytes, own_bytes=own)
    except ModelError:
        return False
    return plan.mode != meter.mode
