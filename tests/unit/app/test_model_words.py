"""What the command line says of models."""

from __future__ import annotations

from typing import Any

import pytest

from app.commands.model_words import forecast_words, model_words, state_words
from memory.protocol import (
    CatalogueEntry,
    DownloadInfo,
    ErrorCode,
    ModelCheck,
    ModelInfo,
    ModelMeter,
    ModelMode,
    ModelPrediction,
    ModelState,
    ModelVerdict,
    Problem,
)

PROBLEM = Problem(code=ErrorCode.MODEL, title="The disk is full", message="m", next_step="n")


def _entry(state: ModelState, **download: Any) -> CatalogueEntry:
    found = DownloadInfo(id="m", state=state, **download) if download else None
    return CatalogueEntry(
        id="m", family="F", name="M", parameters=1, repository="a/b", file="m.gguf",
        quantization="Q4_K_M", size_bytes=1, licence="MIT", context_tokens=4096,
        good_for="Tests.", state=state, download=found,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (_entry(ModelState.AVAILABLE), ""),
        (_entry(ModelState.READY), "here"),
        (_entry(ModelState.DOWNLOADING, done_bytes=50, total_bytes=200), "downloading 25 %"),
        (_entry(ModelState.PAUSED, done_bytes=0, total_bytes=None), "paused"),
        (_entry(ModelState.WAITING, done_bytes=5, total_bytes=9), "waiting"),
        (_entry(ModelState.FAILED, done_bytes=5, problem=PROBLEM), "failed: The disk is full"),
    ],
)
def test_where_a_model_is(entry: CatalogueEntry, words: str) -> None:
    assert state_words(entry) == words


@pytest.mark.parametrize(
    ("verdict", "speed", "words"),
    [
        (ModelVerdict.FITS, 41.6, "fits, 42 tokens/s"),
        (ModelVerdict.STREAMS, 3.14, "streams, 3.1 tokens/s"),
        (ModelVerdict.TOO_SLOW, 0.44, "too slow, 0.4 tokens/s"),
        (ModelVerdict.FITS, None, "fits"),
    ],
)
def test_what_is_forecast(verdict: ModelVerdict, speed: float | None, words: str) -> None:
    made = ModelPrediction(
        budget_bytes=1, mode=ModelMode.FITS, verdict=verdict, tokens_per_s=speed, reason="r"
    )
    assert forecast_words(made) == words
    assert forecast_words(None) == ""


def test_the_model_in_use_with_its_meter() -> None:
    meter = ModelMeter(
        mode=ModelMode.RING, pinned_bytes=2_000_000_000, cached_bytes=300_000_000,
        streamed_bytes=9_000_000_000, bytes_per_token=150e6, hit_rate=0.875, tokens_per_s=4.25,
        reason="Half of it stays.",
    )  # fmt: skip
    model = ModelInfo(
        name="M", path="/m.gguf", size_bytes=4_000_000_000, state="answering",
        mode=ModelMode.RING, budget_bytes=2_500_000_000, meter=meter,
    )  # fmt: skip
    first, mode, facts = model_words(model)
    assert "M" in first and "4.0 GB" in first and "answering" in first
    assert mode.startswith("  ring: a share of the weights") and "Half of it stays." in mode
    for words in ("2.0 GB pinned", "150.0 MB a token", "88 % hits", "4.2 tokens/s", "budget 2.5"):
        assert words in facts


def test_no_model_and_a_broken_one() -> None:
    assert "quote" in model_words(None)[0]
    broken = ModelInfo(name="M", path="/m", size_bytes=0, state="failed", problem=PROBLEM)
    assert "The disk is full" in model_words(broken)[1]


def test_a_model_that_is_being_checked_says_so() -> None:
    check = ModelCheck(stage="comparing", share=0.4)
    model = ModelInfo(name="Tiny", path="/t.gguf", size_bytes=9, state="loading", check=check)
    assert "  Checking this model once: 40 %" in model_words(model)
