"""The list of models that can be downloaded holds together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.catalogue import CatalogueModel, catalogue, find

MODELS = catalogue()


def test_there_is_something_for_everyone() -> None:
    assert 12 <= len(MODELS) <= 20
    families = {model.family for model in MODELS}
    assert families >= {"Qwen", "Gemma", "Llama", "SmolLM", "Mistral", "Phi"}
    assert min(model.size_bytes for model in MODELS) < 1_000_000_000
    assert sum(model.experts > 0 for model in MODELS) >= 3
    assert any(model.licence == "Apache-2.0" and not model.experts for model in MODELS)


def test_ids_and_files_are_one_of_a_kind() -> None:
    assert len({model.id for model in MODELS}) == len(MODELS)
    assert len({model.file.lower() for model in MODELS}) == len(MODELS)
    assert all(find(model.id) is model for model in MODELS)
    assert find("no-such-model") is None


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_an_entry_is_plausible(model: CatalogueModel) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", model.id)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.repository)
    assert re.fullmatch(r"[\w.-]+\.gguf", model.file), "a plain name, no folder"
    assert model.quantization.lower() in model.file.lower()
    assert model.name and model.licence and model.good_for.endswith(".")
    assert 2048 <= model.context_tokens <= 1 << 20
    bits = 8 * model.size_bytes / model.parameters
    assert 4 <= bits <= 10, f"{bits:.1f} bits a weight"
    assert model.parameters > model.vocabulary * model.width
    assert (
        12 <= model.layers <= 100
        and model.kv_values % (2 * model.layers) == 0
        or (
            model.id.startswith("gemma-4")  # its layers keep differing amounts
        )
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_experts_are_told_from_dense_ones(model: CatalogueModel) -> None:
    if model.experts:
        assert model.active_parameters is not None
        assert 0 < model.experts_used < model.experts
        assert model.active_parameters < model.parameters / 2
    else:
        assert model.active_parameters is None and model.experts_used == 0


def test_no_size_is_exact_and_no_checksum_is_written_down() -> None:
    text = (Path(__file__).resolve().parents[3] / "models/catalogue.toml").read_text("utf-8")
    assert not re.search(r"\b[0-9a-f]{40,64}\b", text)
    assert all(model.size_bytes % 1_000_000 == 0 for model in MODELS)
