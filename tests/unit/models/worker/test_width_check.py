from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.decoding.widths import NO_GUESSES, TRIED, Widths
from models.worker.width_check import measure, widths_of
from tests.tiny_gguf import make_tiny_gguf
from tests.unit.models.worker.kit import opened


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", layers=2)


def test_what_was_found_is_remembered(tiny: Path, tmp_path: Path) -> None:
    store = tmp_path / "engine" / "widths.json"
    with opened(tiny, lookup="never") as loaded:
        found = widths_of(loaded.engine, "one", store)
        assert found.most in TRIED and loaded.engine.held == 0
        told = Widths(3, 1.0, 0.5)
        content = json.loads(store.read_text("utf-8"))
        content["widths"]["one"] = told.as_json()
        store.write_text(json.dumps(content), "utf-8")
        assert widths_of(loaded.engine, "one", store) == told
        assert widths_of(loaded.engine, "other", store).most == found.most


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": 0, "widths": {}}', "null"])
def test_a_file_that_makes_no_sense_is_written_anew(
    tiny: Path, tmp_path: Path, content: str
) -> None:
    store = tmp_path / "widths.json"
    store.write_text(content, "utf-8")
    with opened(tiny, lookup="never") as loaded:
        found = widths_of(loaded.engine, "one", store)
    assert Widths.from_json(json.loads(store.read_text("utf-8"))["widths"]["one"]) == found


def test_numbers_of_tokens_that_differ_in_a_bit_are_not_used(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tiny, lookup="never") as loaded:
        engine = loaded.engine
        honest, rows_of_pass = engine.logits, [0]
        run = engine.run

        def noted(tokens: list[int], every: bool = False) -> None:
            rows_of_pass[0] = len(tokens)
            run(tokens, every)

        def off_by_a_bit(row: int = -1) -> np.ndarray:  # type: ignore[type-arg]
            made = honest(row)
            if rows_of_pass[0] > 3:
                made.view(np.uint32)[17] ^= 1
            return made

        monkeypatch.setattr(engine, "run", noted)
        monkeypatch.setattr(engine, "logits", off_by_a_bit)
        assert measure(engine).most == 3


def test_a_context_too_small_for_a_comparison_is_not_guessed_in(tiny: Path) -> None:
    with opened(tiny, lookup="never", context_tokens=256) as loaded:
        loaded.engine.context_tokens = 10
        assert measure(loaded.engine) == NO_GUESSES
