"""The live bar on a model bigger than the memory it may use, while it answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.model_page import ModelPage
from memory.protocol import ModelBudgetEdit, ModelMode, NoteRequest, SettingsEdit
from tests.e2e.conftest import Running
from tests.synthetic_models import Shape, write_model

_MB = 1_000_000
_LONG_MS = 300_000  # some ten gigabytes are read; on a busy disk that takes its time
SHAPE = Shape(2, 1024, 8192, heads=8, heads_kv=1, head_width=128, words=4096, context=2048)
FACT = "The deposit is 1,840 euros and comes back within thirty days of moving out."


def _reads_directly(folder: Path) -> bool:
    """Whether files there can be read past the system's file cache."""
    place = folder / "direct"
    place.write_bytes(bytes(4096))
    try:
        os.close(os.open(place, os.O_RDONLY | os.O_DIRECT))
    except (OSError, AttributeError):
        return False
    return True


@pytest.mark.stress
@pytest.mark.skipif(sys.platform != "linux", reason="weights are streamed on Linux only")
def test_the_live_bar_while_a_model_twice_its_memory_answers(
    running: Running, tmp_path: Path
) -> None:
    if not _reads_directly(tmp_path):
        pytest.skip("this file system has no direct reads")
    client = running.client
    client.edit_settings(SettingsEdit(values={"model_forecasts": False, "model_context": 1024}))
    made = write_model(
        tmp_path / "big.gguf", SHAPE.sized(440 * _MB), known_text=FACT, answer_words=12
    )
    client.set_budget(ModelBudgetEdit(budget_bytes=made.path.stat().st_size // 2))
    client.use_model(str(made.path))
    client.add_note(NoteRequest(text=FACT))
    page = running.window.show_page("model")
    assert isinstance(page, ModelPage)
    running.until(lambda: page.now.isVisible() and page.now.name.text() == "Synthetic")
    running.chat.ask("What is the deposit, and when does it come back?")

    seen: list[str] = []

    def streams() -> bool:
        """Answering, with a share kept, a share on disk, and a speed: all on the screen."""
        line, bar = page.now.state.text(), page.now.meter.said()
        if not seen or seen[-1] != f"{line} | {bar}":
            seen.append(f"{line} | {bar}")
        return (
            line.startswith("Answering · streams from disk · ")
            and "kept in memory" in bar
            and "read from disk as needed" in bar
            and "read for each token" in page.now.figures.text()
        )

    running.qtbot.waitUntil(streams, timeout=_LONG_MS)
    running.qtbot.waitUntil(lambda: page.now.state.text().startswith("Ready"), timeout=_LONG_MS)
    info = client.model().model
    assert info is not None and info.meter is not None, seen
    assert info.mode is ModelMode.RING and info.meter.streamed_bytes > info.size_bytes, seen
    assert info.meter.pinned_bytes + info.meter.cached_bytes < info.size_bytes * 0.6, seen
    page.now.more.click()
    assert page.now.reason.isVisible() and page.now.reason.text()
