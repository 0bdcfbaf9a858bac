"""A verdict holds for exactly what was checked, and nothing unreadable is believed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from models.flash.self_check import (
    MOST_REMEMBERED,
    PASS_TOKENS,
    CheckStore,
    Verdict,
    check_key,
    compare,
)
from models.gguf_tensors import read_tensors
from tests.tiny_gguf import make_tiny_gguf


def test_twenty_tokens_and_more_alone_and_together() -> None:
    assert sum(PASS_TOKENS) >= 20 and 1 in PASS_TOKENS and max(PASS_TOKENS) > 1


def test_one_bit_is_enough() -> None:
    plain = np.random.default_rng(1).normal(size=(22, 50)).astype(np.float32)
    assert compare(plain, plain.copy()) == Verdict(True)
    other = plain.copy()
    other.view(np.uint32)[7, 49] ^= 1
    verdict = compare(plain, other)
    assert not verdict.passed and verdict.detail == "1 of 22 tokens differ, first number 7"
    assert not compare(plain, plain[:21]).passed
    nothing = np.full((22, 50), np.nan, np.float32)
    assert compare(nothing, nothing.copy()).passed
    assert not compare(np.zeros_like(plain), -np.zeros_like(plain)).passed


def test_the_key_changes_with_everything_it_holds_for(tmp_path: Path) -> None:
    path = make_tiny_gguf(tmp_path / "tiny.gguf")
    table = read_tensors(path)

    def key(mode: str = "ring", version: int = 1, library: str = "0.3", **more: object) -> str:
        return check_key(table, mode, version, library, {"n_ctx": 512, **more})

    keys = [key(), key("slots"), key(version=2), key(library="0.4"), key(n_ctx=1), key(n_b=2)]
    assert len(set(keys)) == len(keys) and key() == keys[0]
    os.utime(path, ns=(1, 1))
    assert key() != keys[0]
    before = key()
    make_tiny_gguf(path, name="Other")
    os.utime(path, ns=(1, 1))
    table = read_tensors(path)
    assert key() != before


def test_verdicts_are_remembered(tmp_path: Path) -> None:
    store = CheckStore(tmp_path / "new" / "checks.json")
    assert store.get("a") is None
    store.put("a", Verdict(True))
    store.put("b", Verdict(False, "why"))
    again = CheckStore(tmp_path / "new" / "checks.json")
    assert again.get("a") == Verdict(True) and again.get("b") == Verdict(False, "why")
    for number in range(MOST_REMEMBERED):
        store.put(f"more {number}", Verdict(True))
    assert store.get("a") is None and store.get("more 0") == Verdict(True)
    assert [one.name for one in (tmp_path / "new").iterdir()] == ["checks.json"]


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"a": 1}', '{"a": {"passed": "yes"}}', '{"a": {}}', "[" * 100_000, "\xff"],
)
def test_what_cannot_be_read_is_not_believed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "checks.json"
    path.write_bytes(content.encode("latin-1"))
    store = CheckStore(path)
    assert store.get("a") is None
    store.put("a", Verdict(True))
    assert json.loads(path.read_text())["a"]["passed"] is True


def test_not_being_able_to_write_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = CheckStore(tmp_path / "file" / "checks.json")
    store.put("a", Verdict(True))
    assert store.get("a") is None
    nowhere = CheckStore(None)
    nowhere.put("a", Verdict(True))
    assert nowhere.get("a") is None
