"""What the worker counts as its own."""

from __future__ import annotations

import ctypes
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.budget import GB, Memory
from models.flash.pages import SharedBlock
from models.worker import residence
from tests.synthetic_models import TINY_DENSE, write_model
from tests.unit.models.worker.kit import opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="weights stream on Linux only")

SHAPE = replace(TINY_DENSE, layers=9, width=256, ff=1024, head_width=64)
BLOCK = 32 << 20


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "model.gguf", SHAPE, gain=0.5).path


def test_an_automatic_budget_lets_it_keep_its_shared_memory(
    dense: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rings and slots hold weights in memory that counts as shared: it is not free for others."""
    machine = Memory(total_bytes=64 * GB, available_bytes=5 * GB)
    monkeypatch.setattr(residence, "read_memory", lambda: machine)
    with opened(dense, mode="ring", budget_bytes=1 << 40) as loaded:
        budgets = []
        for filled in (0, BLOCK):
            block = SharedBlock(BLOCK)
            ctypes.memset(block.address, 1, filled)
            loaded.residence.set_budget(0)
            budgets.append(loaded.residence.meter().budget_bytes or 0)
            block.close()
    assert 0.9 * BLOCK <= budgets[1] - budgets[0] <= 1.5 * BLOCK
