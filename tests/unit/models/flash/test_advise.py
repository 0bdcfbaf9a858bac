"""Advice: the file cache holds the experts that were called, and lets go of the others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.flash.advise import WISH_BYTES, Advise
from models.flash.pages import PAGE, drop_cached
from models.flash.spans import Span, total
from tests.tiny_moe import make_tiny_moe
from tests.unit.models.flash.tiny_experts import Loaded, cached_pages, loaded


def _drops(folder: Path) -> bool:
    """Whether the file system's cache lets go of pages when asked; in-memory ones do not."""
    path = folder / "probe"
    path.write_bytes(bytes(8 * PAGE))
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
    drop_cached(path)
    return cached_pages(path, Span(0, 8 * PAGE)) == 0


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Loaded]:
    if not _drops(tmp_path):
        pytest.skip("this file system keeps all of a file in memory")
    # a slice longer than the longest wish the kernel is asked for at a time
    path = make_tiny_moe(tmp_path / "m.gguf", width=512, expert_ff=736, experts=6, layers=2)
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
    with loaded(path) as made:
        yield made


def test_the_file_cache_holds_what_the_books_say(model: Loaded) -> None:
    keeper = Advise(model.table, model.mapping(), model.hook, model.budget(0.5))
    try:
        model.logits(2, prompt=0, tokens=8)
        keeper.settle()
        held = keeper._cache.held
        assert 0 < held.sum() < held.size
        for place, experts in enumerate(model.pages.slices):
            for expert, spans in enumerate(experts):
                assert max(span.length for span in spans) > WISH_BYTES
                pages = sum(cached_pages(model.table.path, span) for span in spans)
                assert pages == (total(spans) // PAGE if held[place, expert] else 0)
    finally:
        keeper.close()
