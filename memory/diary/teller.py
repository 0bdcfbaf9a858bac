"""Has a language model tell days of the diary, in idle time. Runs in the caller's thread.

Optional: without a model nothing happens, and what it says is kept only as far as it is borne out
(``memory.diary.telling``). A question of the person's stops it before the next token.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, tzinfo
from typing import Any

from tzlocal import get_localzone

from memory.clock import Clock
from memory.diary import telling
from memory.diary.days import bounds, day_of
from memory.diary.telling import Shown
from memory.giving_way import GiveWay
from memory.log import describe
from memory.store import diary as sql
from memory.store.db import Database
from memory.understand import local_day
from memory.wording import LanguageModel
from models.llm_parts import Kept

MOST_DAYS = 40
"""Days told in one night, the newest first: a small machine needs a minute for each."""
_MOST_SHOWN = 40

_log = logging.getLogger(__name__)


class Teller:
    """``language`` gives the model in use and its name, or None."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        language: Callable[[], tuple[LanguageModel, str] | None],
        give_way: GiveWay | None = None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._language = language
        self._give_way = give_way or GiveWay()
        self._zone = zone or get_localzone()

    def tell(self) -> int:
        """Tell days that are over and not told yet; returns how many were told.

        Raises:
            Stopping: the work is to end; what was told stays.
        """
        today = day_of(self._clock.now_ms(), self._zone)
        with self._database.read() as c:
            untold = sql.untold(c, str(today), MOST_DAYS)
        told = 0
        for day, made_ms in untold:
            self._give_way()
            if day >= str(today):
                continue
            using = self._language()
            if using is None:
                break
            try:
                told += self._tell_day(day, made_ms, *using)
            except Exception as error:
                # Stopped for a question, or the model failed: another night.
                if not self._give_way.wanted():
                    _log.warning("a day was not told\n%s", describe(error))
                    break
        return told

    def _tell_day(self, day: str, made_ms: int, model: LanguageModel, name: str) -> bool:
        shown = self._shown(day)
        stop = _Stop(self._give_way.wanted)
        model.load(stop)
        begin_ms = bounds(date.fromisoformat(day), self._zone)[0]
        prompt, kept = telling.messages(
            local_day(begin_ms), shown, model.context_tokens,
            lambda text: model.count_tokens(text, stop),
        )  # fmt: skip
        if not kept or stop.is_set():
            return False
        value = model.generate_json(
            list(prompt), telling.SCHEMA, max_tokens=telling.MAX_TOKENS, temperature=0.0,
            cancel=stop, seed=0, kept=Kept(fixed=1),
        )  # fmt: skip
        if stop.is_set():
            return False
        sentences = telling.read(value, kept)
        now_ms = self._clock.now_ms()
        rows = [(one.rowid, one.text) for one in kept]
        # Without a sentence too: it was tried, and would say the same every night.
        stored = self._database.write(
            lambda c: sql.put_told(c, day, made_ms, sentences, name, rows, now_ms)
        )
        return stored and bool(sentences)

    def _shown(self, day: str) -> list[Shown]:
        """What the entry quotes first, then what stands around it, in order of time."""
        start_ms, end_ms = bounds(date.fromisoformat(day), self._zone)
        with self._database.read() as c:
            quoted = sql.quoted_rows(c, start_ms, end_ms)
            rows = sql.sample(c, start_ms, end_ms, _MOST_SHOWN)
            found: list[Any] = sql.entries(c, [*dict.fromkeys([*quoted, *rows])])
        spoken = [row for row in found if row["role"] != "assistant"]
        chosen = sorted(spoken, key=lambda row: row["rowid"] not in quoted)[:_MOST_SHOWN]
        return [
            Shown(n, row["id"], row["rowid"], row["text"],
                  row["speaker"] if row["role"] != "person" else None)
            for n, row in enumerate(chosen, 1)
        ]  # fmt: skip


class _Stop(threading.Event):
    """Set as soon as somebody wants the machine; the model looks at it before every token."""

    def __init__(self, wanted: Callable[[], bool]) -> None:
        super().__init__()
        self._wanted = wanted

    def is_set(self) -> bool:
        if not super().is_set() and self._wanted():
            self.set()
        return super().is_set()
