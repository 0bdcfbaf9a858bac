"""Kept beginnings end to end: a real worker, a tiny real model, real files."""

from __future__ import annotations

import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.llm import ChatMessage, EngineOptions, Kept, LanguageModel, kept_folder
from models.worker.reading import Beginning
from tests.tiny_gguf import make_tiny_gguf
from tests.unit.models.worker.kit import opened

SYSTEM = ChatMessage("system", "Answer from the memories, briefly. " * 6)
SECRET = "the spare key hangs behind the blue door"
CHAT = [
    SYSTEM,
    ChatMessage("user", f"Remember that {SECRET}."),
    ChatMessage("assistant", "I will."),
    ChatMessage("user", "Where is it?"),
]
KEPT = Kept(fixed=1, chat=3)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    return make_tiny_gguf(folder / "tiny.gguf", layers=3, width=128, context=4096)


@pytest.fixture
def make(tiny: Path, tmp_path: Path) -> Iterator[Callable[..., LanguageModel]]:
    made: list[LanguageModel] = []

    def make(**more: Any) -> LanguageModel:
        options = EngineOptions(**{"folder": tmp_path / "engine", "quiet_s": 0.0, **more})
        made.append(LanguageModel(tiny, context_tokens=2048, threads=1, options=options))
        return made[-1]

    yield make
    for model in made:
        model.close()


def _files(tmp_path: Path, kind: str = "") -> list[Path]:
    return sorted(kept_folder(tmp_path / "engine").glob(f"{kind}*.kv"))


def _wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def _say(model: LanguageModel, messages: list[ChatMessage] = CHAT, **more: Any) -> str:
    return "".join(model.generate(messages, max_tokens=24, temperature=0.0, **more))


def _as_tokens(text: str) -> bytes:
    """The tiny model's tokens are bytes; so they stand in a file."""
    return b"".join(struct.pack("<i", number) for number in _tokens(text))


def _tokens(text: str) -> list[int]:
    # Spaces before a "t" are one token with it; a piece without one is enough to look for.
    return list(text.encode())


def _kept_once(make: Callable[..., LanguageModel], tmp_path: Path) -> str:
    model = make()
    said = _say(model, kept=KEPT)
    _wait_for(lambda: len(_files(tmp_path)) == 2)
    model.unload()
    return said


def test_a_restored_beginning_gives_what_reading_it_gives(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    said = _kept_once(make, tmp_path)
    again = make()
    assert _say(again, kept=KEPT) == said
    assert again.last is not None
    assert again.last.restored == again.last.reused > 100
    fresh = make(folder=None)
    assert _say(fresh) == said
    assert fresh.last is not None and fresh.last.reused == 0


@pytest.mark.parametrize("kv_type", ["f16", "q8_0"])
def test_logits_after_a_restored_beginning_are_the_same_bits(
    tmp_path: Path, tiny: Path, kv_type: str
) -> None:
    places = {"kv_folder": str(tmp_path / "kept"), "kv_bytes": 1 << 30, "kv_type": kv_type}
    with opened(tiny, **places) as loaded:
        tokens = loaded.vocabulary.tokens("What was said before, and is read only once. " * 12)
        loaded.reading.read(tokens)
        expected = loaded.engine.logits()
        loaded.reading.worth_keeping([Beginning("chat", 300)])
        loaded.reading.save()
        loaded.reading.finish()
    with opened(tiny, **places) as loaded:
        loaded.reading.read(tokens)
        assert loaded.reading.restored == 300
        assert loaded.engine.logits().tobytes() == expected.tobytes()
        # And from what is still held, cut in the middle.
        loaded.reading.read(tokens[:200])
        loaded.reading.read(tokens)
        assert loaded.reading.reused >= 200
        assert loaded.engine.logits().tobytes() == expected.tobytes()


@pytest.mark.parametrize("damage", ["changed", "short", "empty"])
def test_a_damaged_file_is_dropped_and_never_believed(
    make: Callable[..., LanguageModel], tmp_path: Path, damage: str
) -> None:
    said = _kept_once(make, tmp_path)
    for path in _files(tmp_path):
        data = bytearray(path.read_bytes())
        if damage == "changed":
            data[len(data) // 3] ^= 0x40
        path.write_bytes(bytes(data) if damage == "changed" else data[: len(data) // 2 * (
            damage == "short")])  # fmt: skip
    damaged = _files(tmp_path)
    model = make(quiet_s=600.0)
    assert _say(model) == said
    assert model.last is not None and model.last.restored == 0
    assert not any(path.exists() for path in damaged)


def test_nothing_is_kept_unless_it_is_said_so(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    model = make()
    _say(model)
    model.prepare(CHAT, Kept(fixed=1, chat=3, in_files=False))
    assert model.count_tokens("a later order is carried out") > 0
    assert _files(tmp_path) == []


def test_saving_does_not_delay_what_is_asked_next(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    """While orders come one after the other nothing is written; it is when they stop."""
    model = make(quiet_s=1.0)
    for _ in range(5):
        _say(model, kept=KEPT)
    assert _files(tmp_path) == []
    _wait_for(lambda: len(_files(tmp_path)) == 2)


def test_forgetting_deletes_what_may_hold_a_persons_words(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    model = make()
    _say(model, kept=KEPT)
    _wait_for(lambda: len(_files(tmp_path)) == 2)
    needle = _as_tokens("blue")
    assert any(needle in path.read_bytes() for path in _files(tmp_path))
    model.forget_kept()
    assert [path.name.split("-")[0] for path in _files(tmp_path)] == ["fixed"]
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(needle in path.read_bytes() for path in everything)
    # What the worker still held of it is not used either.
    _say(model)
    assert model.last is not None and model.last.reused <= len(SYSTEM.content) + 60


def test_what_was_asked_before_a_forgetting_is_not_written_after_it(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    model = make(quiet_s=0.5)
    stream = model.generate(CHAT, max_tokens=400, kept=KEPT)
    next(stream)
    forgetting = threading.Thread(target=model.forget_kept)
    forgetting.start()
    forgetting.join(30)
    assert not forgetting.is_alive()
    assert list(stream)
    _say(model, [SYSTEM, ChatMessage("user", "Something else.")], kept=Kept(fixed=1))
    _wait_for(lambda: len(_files(tmp_path)) > 0)
    assert _files(tmp_path, "chat") == []


def test_forgetting_without_a_worker(make: Callable[..., LanguageModel], tmp_path: Path) -> None:
    _kept_once(make, tmp_path)
    make().forget_kept()
    assert [path.name.split("-")[0] for path in _files(tmp_path)] == ["fixed"]


def test_the_oldest_go_when_there_is_too_much(
    make: Callable[..., LanguageModel], tmp_path: Path
) -> None:
    model = make()
    for number in range(4):
        chat = [SYSTEM, ChatMessage("user", f"{number}. " + SECRET * 4), *CHAT[2:]]
        _say(model, chat, kept=KEPT)
        _wait_for(lambda number=number: len(_files(tmp_path, "chat")) == number + 1)  # type: ignore[misc]
    total = sum(path.stat().st_size for path in _files(tmp_path))
    model.unload()
    smaller = make(kept_bytes=total * 3 // 5)
    assert _say(smaller, chat) == _say(model, chat)
    assert 0 < sum(path.stat().st_size for path in _files(tmp_path)) <= total * 3 // 5


def test_preparing_reads_ahead(make: Callable[..., LanguageModel]) -> None:
    model, fresh = make(), make(folder=None)
    assert model.prepare(CHAT, KEPT) > 100
    said = _say(model)
    assert model.last is not None and model.last.reused > 100 and model.last.restored == 0
    assert said == _say(fresh)


def test_preparing_gives_way_to_a_question(tmp_path: Path) -> None:
    big = make_tiny_gguf(tmp_path / "big.gguf", layers=6, width=512, context=32768)
    model = LanguageModel(big, context_tokens=32768, threads=1)
    try:
        model.load()
        long = [ChatMessage("user", "word " * 6000), ChatMessage("user", "?")]
        read: list[int] = []
        thread = threading.Thread(target=lambda: read.append(model.prepare(long, Kept(chat=1))))
        thread.start()
        _wait_for(lambda: not model._lending._loan.acquire(blocking=False) or (
            model._lending._loan.release() or False))  # fmt: skip
        assert _say(model)
        thread.join(60)
        assert read == [0]
    finally:
        model.close()
