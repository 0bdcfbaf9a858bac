"""Reads prompts: only what the context does not hold already, or a kept file brings back.

Main thread of the worker; ``forget`` may be called from any. What a prompt shares with the one
before it stays in the context; where a kept file shares more, it is restored. All rows of a
prompt are evaluated in passes of many rows, so that the same prompt gives the same bits
whatever of it was held (``models.decoding.widths``); rows of an answer are never reused.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.decoding.kv_files import FIXED, LEAST_GAIN, KvFiles
from models.decoding.widths import LEAST_PROMPT_ROWS, prompt_passes
from models.worker.engine import BATCH, Engine
from models.worker.vocabulary import common_length

# A longer beginning of the same chat is written when it has grown by this share.
GROWN = 4


@dataclass(frozen=True)
class Beginning:
    """The first ``count`` tokens of a prompt come again; ``kind`` as in ``kv_files``."""

    kind: str
    count: int


class Reading:
    """What the context holds, and what of it is worth keeping.

    Attributes:
        reused: rows of the last prompt that needed no reading.
        restored: of these, those from a kept file.
    """

    def __init__(self, engine: Engine, files: KvFiles | None) -> None:
        self._engine = engine
        self._files = files if engine.divisible else None
        self._held: list[int] = []
        self._generation = self._current_generation()
        self._pending: list[Beginning] = []
        self._writer: threading.Thread | None = None
        self.restored = self.reused = 0

    def read(self, tokens: Sequence[int], between: Callable[[], None] = lambda: None) -> None:
        """Evaluates a prompt; its last row's logits are there afterwards.

        Args:
            between: called before every pass.

        Raises:
            Aborted, PassFailed: what was evaluated until then is held.
        """
        self._pending = []
        self._drop_forgotten()
        self.reused = start = self._reuse(tokens)
        try:
            for at, end in prompt_passes(start, len(tokens), BATCH):
                between()
                self._engine.run(tokens[at:end])
        finally:
            self._held = list(tokens[: self._engine.held])

    def worth_keeping(self, beginnings: Sequence[Beginning]) -> None:
        """Of the prompt just read; ``save`` writes them."""
        if self._files is not None:
            self._pending = [one for one in beginnings if one.count >= LEAST_GAIN]

    @property
    def waiting(self) -> bool:
        """There is something to save."""
        return bool(self._pending)

    def save(self) -> None:
        """Writes one beginning; its sum is reckoned and the file moved by another thread."""
        files = self._files
        if files is None or not self._pending:
            self._pending = []
            return
        if self._writer is not None and self._writer.is_alive():
            self._writer.join()
        one = self._pending.pop(0)
        tokens = self._held[: one.count]
        generation = self._generation
        if len(tokens) < one.count or not _worth(one, files, tokens):
            return
        with files.lock:
            if generation != files.generation:
                return
            path = files.begin(one.kind)
            written = self._engine.save(path, tokens)
        if not written:
            path.unlink(missing_ok=True)
            return
        self._writer = threading.Thread(
            target=files.finish, args=(path, tokens, generation), name="kv-writer", daemon=True
        )
        self._writer.start()

    def finish(self) -> None:
        """Waits for what is being written."""
        if self._writer is not None:
            self._writer.join()

    def forget(self) -> None:
        """Any thread: nothing read until now may be kept or used again.

        Raises:
            OSError: a kept file could not be deleted.
        """
        self._generation = -1
        if self._files is not None:
            self._files.forget()

    def _current_generation(self) -> int:
        return self._files.generation if self._files is not None else 0

    def _drop_forgotten(self) -> None:
        """What was forgotten meanwhile is wiped from the context too."""
        generation = self._current_generation()
        if self._generation != generation:
            self._engine.clear(wipe=True)
            self._held = []
            self._generation = generation

    def _reuse(self, tokens: Sequence[int]) -> int:
        """Makes the context hold a beginning of ``tokens``, as long as can be; its length."""
        most = max(0, len(tokens) - LEAST_PROMPT_ROWS)
        common = min(common_length(self._held, tokens), most)
        self.restored = 0
        files = self._files
        while files is not None and (kept := files.find(tokens[:most], common)) is not None:
            if not files.checked(kept):
                continue  # it is gone now; another one may do
            if self._engine.restore(kept.path, kept.tokens):
                self.restored = kept.common
                return self._engine.keep(kept.common)
            files.drop(kept)
            common = 0
        return self._engine.keep(common)


def _worth(one: Beginning, files: KvFiles, tokens: Sequence[int]) -> bool:
    if one.kind == FIXED:  # it must outlive the forgetting of the longer ones
        return files.covered(tokens, FIXED) < one.count
    covered = files.covered(tokens)
    return one.count - covered >= max(LEAST_GAIN, covered // GROWN)
