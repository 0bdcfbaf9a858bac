"""Slots: pages in memory are exactly those of the experts held."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.flash.pages import PAGE, FileMapping
from models.flash.slots import Slots
from models.flash.spans import total
from tests.tiny_moe import make_tiny_moe
from tests.unit.models.flash.tiny_experts import Loaded, anonymous_pages, loaded


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Loaded]:
    with loaded(make_tiny_moe(tmp_path / "m.gguf")) as made:
        yield made


def _check(model: Loaded, mapping: FileMapping, keeper: Slots) -> None:
    """Every expert is in memory as a whole or not at all, as the books say."""
    held = keeper._cache.held
    for place, experts in enumerate(model.pages.slices):
        for expert, spans in enumerate(experts):
            pages = sum(anonymous_pages(mapping, span) for span in spans)
            assert pages == (total(spans) // PAGE if held[place, expert] else 0)
    for span in (*model.pages.edges, *model.pages.pinned):
        assert anonymous_pages(mapping, span) == span.length // PAGE


def test_memory_is_what_the_books_say(model: Loaded) -> None:
    mapping = model.mapping()
    keeper = Slots(model.table, mapping, model.hook, model.budget(0.4))
    try:
        for seed in range(4):
            model.logits(seed, prompt=7 * seed, tokens=10)
            keeper.settle()
            _check(model, mapping, keeper)
            assert 0 < keeper.meter().cached_bytes <= 0.4 * model.pages.sizes.sum()
        keeper.set_budget(model.budget(0.1))
        keeper.settle()
        _check(model, mapping, keeper)
    finally:
        keeper.close()


def test_closing_gives_all_memory_back(model: Loaded) -> None:
    mapping = model.mapping()
    keeper = Slots(model.table, mapping, model.hook, model.budget(1.0))
    model.logits(1)
    keeper.close()
    assert FileMapping(model.table.path).segments == mapping.segments
