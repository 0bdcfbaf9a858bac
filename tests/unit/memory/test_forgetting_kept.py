"""What a language model keeps of prompts goes with what is forgotten: every byte of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest

from memory.errors import StoreError
from memory.forgetting import Forgetting
from memory.paths import DataPaths
from memory.protocol import ForgetRequest
from memory.store.db import Database
from models.llm import ChatMessage, EngineOptions, Kept, LanguageModel, kept_folder
from tests.fakes import FakeClock
from tests.patience import until
from tests.tiny_gguf import make_tiny_gguf
from tests.unit.memory.standin import remember

SECRET = "xylophone zugzwang quokka"
CHAT = [
    ChatMessage("system", "Answer briefly and only from the memories that come with it. " * 3),
    ChatMessage("user", f"Remember this: {SECRET}."),
    ChatMessage("assistant", "I will remember it."),
    ChatMessage("user", "What was it?"),
]


class NoIndex:
    def start_purge(self) -> Future[int] | None:
        return None

    def resting(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", layers=2)


@pytest.fixture
def model(tiny: Path, paths: DataPaths) -> Iterator[LanguageModel]:
    options = EngineOptions(folder=paths.engine, quiet_s=0.0)
    made = LanguageModel(tiny, 2048, threads=1, options=options)
    yield made
    made.close()


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def _with_secret(paths: DataPaths) -> list[str]:
    """Files that hold a word of it as tokens, which for this model are bytes in int32."""
    needles = [np.frombuffer(word.encode(), np.uint8).astype("<i4") for word in SECRET.split()]
    return [
        path.name
        for path in paths.root.rglob("*")
        if path.is_file() and any(one.tobytes() in path.read_bytes() for one in needles)
    ]


def _keep(model: LanguageModel, paths: DataPaths) -> None:
    list(model.generate(CHAT, max_tokens=4, kept=Kept(fixed=1, chat=3)))
    until(lambda: len(list(kept_folder(paths.engine).glob("*.kv"))) == 2)
    assert _with_secret(paths)


def _kinds(paths: DataPaths) -> list[str]:
    return [path.name.split("-")[0] for path in kept_folder(paths.engine).iterdir()]


def test_no_byte_is_left_of_what_the_model_keeps(
    database: Database, paths: DataPaths, clock: FakeClock, model: LanguageModel
) -> None:
    (memory_id,) = remember(database, "diary", SECRET)
    _keep(model, paths)
    forgetting = Forgetting(database, NoIndex(), paths, clock, drop_kept=model.forget_kept)
    forgetting.forget(ForgetRequest(memories=[memory_id]))
    assert _with_secret(paths) == []
    assert _kinds(paths) == ["fixed"]
    # The worker lives on, and does not write what it had read before.
    list(model.generate(CHAT[:1] + [ChatMessage("user", "And now?")], max_tokens=4,
                        kept=Kept(fixed=1, chat=1)))  # fmt: skip
    assert model.count_tokens("later") > 0
    assert _with_secret(paths) == []


def test_a_forgetting_that_was_cut_off_is_finished(
    database: Database, paths: DataPaths, clock: FakeClock, model: LanguageModel
) -> None:
    (memory_id,) = remember(database, "diary", SECRET)
    _keep(model, paths)

    def fails() -> None:
        raise OSError("in use")

    with pytest.raises(StoreError):
        Forgetting(database, NoIndex(), paths, clock, drop_kept=fails).forget(
            ForgetRequest(memories=[memory_id])
        )
    assert _with_secret(paths)
    Forgetting(database, NoIndex(), paths, clock, drop_kept=model.forget_kept).resume()
    assert _with_secret(paths) == []
