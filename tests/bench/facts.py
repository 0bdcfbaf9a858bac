"""Facts: how many are right, how many are missed, how often an old one passes for new.

Chats and changes stand in ``facts_data``, written for this project: half of the chats is the one
rules were written against, the other was looked at once. Everything goes through the real store,
and changes are asked of recall as well.
"""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from memory.clock import DAY_MS, SystemClock
from memory.fact_keeping import Facts
from memory.fact_learning import FactLearning
from memory.facts.values import key_of
from memory.ingest import storing
from memory.paths import data_paths
from memory.protocol import (
    FactInfo,
    FactState,
    MemoryKind,
    RecallFilter,
    RecallRequest,
    SourceKind,
    SourceState,
)
from memory.settings import Settings
from memory.store import memories, sources
from memory.store.db import Connection, Database
from memory.store.rows import NewMemory
from tests.bench.facts_chats import ASSISTANT, FOLDER, PERSON, Chat, halves
from tests.bench.home import Home, home

_NAMES = ("Nadia", "Tomas", "Oskar", "Priya", "Emil", "Carla", "Ravi", "Ilse")
_IDLE = (
    "Thanks, that helps.",
    "What goes well with rice?",
    "Could I be allergic to kiwi?",
    "If I lived in Rome, would I need a car?",
    "My colleague says she lives in Paris.",
)
_SHOWN = [FactState.CURRENT, FactState.PAST]


def run() -> None:
    """Prints precision and recall of each half, then what became of 200 changes."""
    for name, chats in zip(("written against", "held out"), halves(), strict=True):
        _report(name, [_look(chat) for chat in chats])
    _changes()


# -- what is learnt of chats


@dataclass
class _Looked:
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    doubtful: int = 0
    turns: int = 0
    ms: float = 0.0


def _look(chat: Chat) -> _Looked:
    """Learn one chat in a memory of its own, compare with what it holds."""
    roles = {PERSON: ("You", "person"), ASSISTANT: ("Recollect", "assistant")}
    turns = [(*roles.get(who, (who, "other")), text, when) for who, text, when in chat.turns]
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as folder:
        paths = data_paths(folder)
        paths.create()
        database = Database(paths, SystemClock())
        try:
            began = time.perf_counter()
            facts = _learn(database, {chat.name: turns})
            done = _Looked(turns=len(turns), ms=(time.perf_counter() - began) * 1000)
            found = facts.list(states=_SHOWN, limit=500)
        finally:
            database.close()
    done.doubtful = found.doubtful
    left = list(chat.expected)
    for fact in found.facts:
        relation = f"{fact.relation} {fact.slot}".strip()
        current = fact.state is FactState.CURRENT
        hit = next(
            (e for e in left if e.is_told_by(fact.subject, relation, fact.value, current)), None
        )
        if hit is None:
            done.wrong.append(f"{chat.name}: {fact.text}")
        else:
            done.right += 1
            left.remove(hit)
    done.missed = [f"{chat.name}: {e.subject} {e.relation} {e.values[0]}" for e in left]
    return done


def _report(name: str, looked: Sequence[_Looked]) -> None:
    right = sum(one.right for one in looked)
    wrong = [text for one in looked for text in one.wrong]
    missed = [text for one in looked for text in one.missed]
    turns = sum(one.turns for one in looked)
    print(f"\n{name}: {len(looked)} chats, {turns} turns, {right + len(missed)} facts to be learnt")
    shares = f"precision {_share(right, right + len(wrong))}"
    shares += f", recall {_share(right, right + len(missed))}"
    doubtful, ms = sum(one.doubtful for one in looked), sum(one.ms for one in looked) / turns
    print(f"{shares}, {doubtful} put to the person, {ms:.1f} ms a turn")
    for label, texts in (("learnt wrongly", wrong), ("missed", missed)):
        for text in texts:
            print(f"  {label}: {text}")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _learn(database: Database, talks: dict[str, list[tuple[str, str, str, int]]]) -> Facts:
    """Store conversations (speaker, role, text, time of each turn) and learn from them."""
    clock = SystemClock()

    def work(c: Connection) -> None:
        for name, turns in talks.items():
            source = sources.insert(
                c, kind=SourceKind.CONVERSATION, title=name, location=name,
                state=SourceState.READY, now_ms=clock.now_ms(),
            )  # fmt: skip
            at = 0
            for number, (speaker, role, text, when) in enumerate(turns):
                new = NewMemory(
                    MemoryKind.TURN, text, number, at, at + len(text), ref=f"{name}:{number}",
                    speaker=speaker, role=role, happened_ms=when,
                )  # fmt: skip
                memories.append(c, source, [new], when, storing.first_strength(when))
                at += len(text) + 1

    database.write(work)
    FactLearning(database, clock, Settings).learn(resting=False)
    return Facts(database)


# -- what changed


@dataclass(frozen=True)
class _Change:
    relation: str
    asked: str
    first: str
    then: str
    old: str
    new: str
    who: str

    @property
    def ends(self) -> bool:
        return self.old == self.new


def _scripts() -> Iterator[tuple[int, _Change]]:
    """Every change with the number of its column, 0 to 7."""
    lines = (FOLDER / "updates.txt").read_text("utf-8").splitlines()[3:]
    for head, said, values in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        relation, asked = re.fullmatch(r"\[(.+?)\] (.+)", head).groups()  # type: ignore[union-attr]
        first, _, then = said.partition(" | ")
        for column, pair in enumerate(values.split("; ")):
            old, _, new = pair.partition(" -> ")
            name = _NAMES[column]
            who = name if "{n}" in said else "your brother" if "brother" in said.lower() else "you"
            yield column, _Change(
                relation, asked.format(n=name, v=old), first.format(v=old, n=name, w=who),
                then.format(v=new, n=name, w=who), old, new, who,
            )  # fmt: skip


def _worlds() -> list[list[_Change]]:
    """Changes that can stand in one memory: no two of one topic in it."""
    worlds: dict[tuple[int, int], list[_Change]] = {}
    for column, change in _scripts():
        number = 0
        while any(
            (one.who, one.relation) == (change.who, change.relation)
            for one in worlds.get((column, number), [])
        ):
            number += 1
        worlds.setdefault((column, number), []).append(change)
    return list(worlds.values())


@dataclass
class _Outcome:
    change: _Change
    known: bool
    listed_old: bool
    recalled_old: bool
    recalled_new: bool
    ms: float


def _changes() -> None:
    outcomes = [one for world in _worlds() for one in _try(world)]
    told = [one for one in outcomes if one.known]
    print(f"\n{len(outcomes)} changes, of {_share(len(told), len(outcomes))} both tellings learnt")
    for label, values in (
        ("the old value listed as current", [one.listed_old for one in outcomes]),
        ("recall offers the old as current", [one.recalled_old for one in outcomes]),
        ("recall: what holds now, or that it ended, first", [one.recalled_new for one in outcomes]),
    ):
        print(f"{label:50} {100 * statistics.mean(values):5.1f} %")
    print(f"{'recall among facts, median':50} {statistics.median(o.ms for o in outcomes):5.1f} ms")
    for one in outcomes:
        if one.listed_old or one.recalled_old:
            print(f"  offered as current: {one.change.old} ({one.change.asked})")
    for one in outcomes:
        if not one.known:
            print(f"  not learnt: {one.change.first} | {one.change.then}")


def _try(world: Sequence[_Change]) -> Iterator[_Outcome]:
    """Tell everything first, months later everything anew, and ask."""
    with home() as memory:
        now = memory.clock.now_ms()
        talks: dict[str, list[tuple[str, str, str, int]]] = {}
        for number, change in enumerate(world):
            for name, text, days in (("first", change.first, 400), ("then", change.then, 40)):
                when = now - days * DAY_MS + number * 3_600_000 * 7
                talks[f"{name} {number}"] = [
                    ("You", "person", _IDLE[number % len(_IDLE)], when),
                    ("You", "person", text, when + 60_000),
                    ("Recollect", "assistant", "I see.", when + 90_000),
                ]
        facts = _learn(memory.database, talks)
        memory.settle()
        listed = facts.list(states=_SHOWN, limit=500).facts
        by_memory = {fact.memory: fact for fact in listed}
        for change in world:
            yield _outcome(memory, change, listed, by_memory)


def _outcome(
    memory: Home, change: _Change, listed: Sequence[FactInfo], by_memory: dict[str | None, FactInfo]
) -> _Outcome:
    mine = [
        fact
        for fact in listed
        if key_of(fact.subject) == key_of(change.who)
        and f"{fact.relation} {fact.slot}".strip() == change.relation
    ]
    old = [fact for fact in mine if _is(fact, change.old)]
    current = [fact for fact in mine if fact.state is FactState.CURRENT]
    known = bool(old) and (change.ends or any(_is(fact, change.new) for fact in current))
    known = known and any(fact.state is FactState.PAST for fact in old)
    began = time.perf_counter()
    reply = memory.recall.recall(
        RecallRequest(question=change.asked, limit=5, filter=RecallFilter(kinds=[MemoryKind.FACT]))
    )
    took_ms = (time.perf_counter() - began) * 1000
    top = by_memory.get(reply.hits[0].memory) if reply.hits else None
    stale = top is not None and top in old and top.state is FactState.CURRENT
    wanted = change.old if change.ends else change.new
    return _Outcome(
        change=change,
        known=known,
        listed_old=any(fact.state is FactState.CURRENT for fact in old),
        recalled_old=stale,
        recalled_new=top is not None and top in mine and _is(top, wanted) and not stale,
        ms=took_ms,
    )


def _is(fact: FactInfo, value: str) -> bool:
    """Whether a fact tells of this value; habits hold it inside."""
    return key_of(value) == key_of(fact.value) or key_of(value) in key_of(fact.value).split()
