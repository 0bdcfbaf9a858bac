"""What a model of the catalogue is reckoned to need, before its file is here."""

from __future__ import annotations

import pytest

from models.catalogue import CatalogueModel, catalogue, find
from models.catalogue_load import load_of_entry, overhead_of_entry, parts_of_entry
from models.flash.plan import make_plan

MODELS = catalogue()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_the_parts_add_up_to_the_file(model: CatalogueModel) -> None:
    parts = parts_of_entry(model)
    assert parts.total_bytes == pytest.approx(model.size_bytes, rel=0.001)
    assert len(parts.layer_bytes) == len(parts.expert_bytes) == model.layers
    assert min(parts.layer_bytes) > 0 and parts.output_bytes > 0 and parts.row_bytes > 0
    assert (parts.embedding_bytes == 0) is model.tied


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_a_token_touches_about_the_active_weights(model: CatalogueModel) -> None:
    parts = parts_of_entry(model)
    share = parts.touched_bytes / parts.total_bytes
    if model.active_parameters is None:
        assert share > 0.85
    else:
        assert share == pytest.approx(model.active_parameters / model.parameters, abs=0.06)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_overhead_grows_with_the_context_up_to_the_models_own(model: CatalogueModel) -> None:
    small, large = overhead_of_entry(model, 1024), overhead_of_entry(model, 4096)
    assert small[0] * 4 == large[0] and small[1] < large[1]
    own = overhead_of_entry(model, model.context_tokens)
    assert overhead_of_entry(model, 10 * model.context_tokens) == own
    assert 75_000_000 < small[1] < 1_000_000_000


def test_the_plan_follows_from_it() -> None:
    dense, experts = find("qwen3-4b"), find("qwen3-30b-a3b")
    assert dense is not None and experts is not None
    for model, streaming in ((dense, "ring"), (experts, "advise")):
        kv, compute = overhead_of_entry(model, 4096)
        load = load_of_entry(model)
        half = make_plan(load.parts, model.size_bytes // 2 + kv + compute, kv, compute)
        whole = make_plan(load.parts, model.size_bytes + kv + compute, kv, compute)
        assert (half.mode, whole.mode) == (streaming, "fits")
        assert load.kinds == {"Q4_K": 1.0}
