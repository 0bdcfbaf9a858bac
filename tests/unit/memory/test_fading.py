"""The daily review: what is offered, how often, and what the person's word does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

import pytest

from memory import decay
from memory.clock import DAY_MS
from memory.errors import Conflict, NotFound
from memory.events import Events
from memory.fading import Fading
from memory.fading_choice import A_DAY, MARGIN, SOON_DAYS, WEEKS, choose, window
from memory.paths import DataPaths
from memory.protocol import FadingAnswer, MemoryKind, ReviewReason, SourceKind
from memory.reviews import record
from memory.settings import Settings
from memory.store import fading as sql
from memory.store import memories, reviews, sources
from memory.store.db import Connection, Database
from memory.store.rows import Memory, NewMemory, Strength
from tests.fakes import FakeClock

KEEP, FADE = FadingAnswer.KEEP, FadingAnswer.FADE


@dataclass
class World:
    database: Database
    clock: FakeClock
    settings: Settings = field(default_factory=Settings)

    def fading(self) -> Fading:
        return Fading(self.database, self.clock, lambda: self.settings, Events(), ZoneInfo("UTC"))

    def remember(
        self, *texts: str, kind: MemoryKind = MemoryKind.NOTE, **more: object
    ) -> list[str]:
        now_ms = self.clock.now_ms()

        def work(c: Connection) -> list[str]:
            source = sources.insert(c, kind=SourceKind.NOTE, title="Garden", now_ms=now_ms)
            new = [
                NewMemory(kind, text, n, 0, len(text), **more)  # type: ignore[arg-type]
                for n, text in enumerate(texts)
            ]
            return memories.append(
                c, source, new, now_ms,
                lambda one: decay.initial(one.kind, one.importance, one.role, now_ms),
            )  # fmt: skip

        return self.database.write(work)

    def use(self, memory: str, reason: ReviewReason = ReviewReason.OPENED) -> None:
        now_ms = self.clock.now_ms()
        self.database.write(lambda c: record(c, memory, reason, now_ms))

    def memory(self, memory: str) -> Memory:
        with self.database.read() as c:
            return memories.get(c, memory)

    def wait_until_it_fades(self, memory: str) -> None:
        """Until it is about to go dormant."""
        near = window(self.settings.dormant_below)
        assert near is not None
        strength = self.memory(memory).strength
        soon, line = (edge * strength.stability_days for edge in near)
        days = max((soon + line) / 2, line - SOON_DAYS / 2)
        at_ms = strength.reviewed_ms + days * DAY_MS
        self.clock.advance(days=(at_ms - self.clock.now_ms()) / DAY_MS)


@pytest.fixture
def world(paths: DataPaths, clock: FakeClock) -> Iterator[World]:
    database = Database(paths, clock)
    yield World(database, clock)
    database.close()


def ids(fading: Fading) -> list[str]:
    return [one.memory.memory.id for one in fading.today()]


TEXTS = [f"The {name} are planted in bed {n}, {n}0 apart." for n, name in enumerate(
    ("leeks", "onions", "carrots", "beets", "beans", "peas", "chard"), 2)]  # fmt: skip


def test_only_what_is_about_to_go_dormant_is_offered(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    assert ids(world.fading()) == []  # fresh
    world.wait_until_it_fades(one)
    offered = world.fading().today()
    assert [o.memory.memory.id for o in offered] == [one] and offered[0].dormant_in_days > 0
    present = decay.retrievability(world.memory(one).strength, world.clock.now_ms())
    below = world.settings.dormant_below
    assert below < present < below + MARGIN


def test_what_fades_slowly_is_not_offered_months_ahead(world: World) -> None:
    (one,) = world.remember(TEXTS[0], importance=1.0)
    world.wait_until_it_fades(one)
    world.clock.advance(days=-SOON_DAYS)  # six weeks before it goes dormant
    near = window(world.settings.dormant_below)
    assert near is not None
    strength = world.memory(one).strength
    days = (world.clock.now_ms() - strength.reviewed_ms) / DAY_MS
    assert near[0] < days / strength.stability_days < near[1]
    assert ids(world.fading()) == []


def test_what_went_dormant_is_too_late(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    world.clock.advance(days=2000)
    assert ids(world.fading()) == []


def test_where_nothing_goes_dormant_nothing_is_offered(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    world.settings = replace(world.settings, dormant_below=0.0)
    assert ids(world.fading()) == [] and window(0.0) is None


def test_pages_nobody_used_are_left_in_peace_and_so_is_an_assistant(world: World) -> None:
    (page,) = world.remember(TEXTS[0], kind=MemoryKind.PASSAGE)
    world.wait_until_it_fades(page)
    assert ids(world.fading()) == []
    (said,) = world.remember(TEXTS[1], kind=MemoryKind.TURN, role="assistant")
    world.use(said)
    world.wait_until_it_fades(said)
    assert ids(world.fading()) == []
    (used,) = world.remember(TEXTS[2], kind=MemoryKind.PASSAGE)
    world.use(used)
    world.wait_until_it_fades(used)
    assert ids(world.fading()) == [used]


def test_pinned_and_wrong_ones_are_left_out(world: World) -> None:
    pinned, wrong, plain = world.remember(*TEXTS[:3])
    world.database.write(lambda c: memories.edit(c, pinned, pinned=True, now_ms=1))
    world.database.write(lambda c: memories.set_marked_wrong(c, wrong, True))
    world.wait_until_it_fades(plain)
    assert ids(world.fading()) == [plain]


def test_five_a_day_and_none_again_for_weeks(world: World) -> None:
    made = world.remember(*TEXTS)
    world.wait_until_it_fades(made[0])
    fading = world.fading()
    first = ids(fading)
    assert len(first) == A_DAY and ids(fading) == first  # the same all day
    assert ids(world.fading()) == first  # and after a restart
    world.clock.advance(days=1)
    second = ids(fading)
    assert set(second) == set(made) - set(first)
    world.clock.advance(days=1)
    assert ids(fading) == []


def test_the_same_comes_again_only_after_weeks(world: World) -> None:
    """As when the mark of dormancy is moved, so that it is about to fade for longer."""
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    fading = world.fading()
    assert ids(fading) == [one]
    shown = []
    for _day in range(WEEKS * 7 + 3):
        world.clock.advance(days=1)
        now_ms = world.clock.now_ms()
        present = decay.retrievability(world.memory(one).strength, now_ms)
        world.settings = replace(world.settings, dormant_below=present - 0.002)
        shown.append(ids(fading))
    assert shown[: WEEKS * 7 - 1] == [[]] * (WEEKS * 7 - 1)
    assert [one] in shown


def test_used_again_it_is_offered_when_it_fades_again(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    assert ids(world.fading()) == [one]
    world.use(one)
    world.clock.advance(days=1)
    assert ids(world.fading()) == []
    world.wait_until_it_fades(one)
    assert ids(world.fading()) == [one]


def test_keeping_is_a_review(world: World) -> None:
    one, other = world.remember(*TEXTS[:2])
    world.wait_until_it_fades(one)
    fading = world.fading()
    assert set(ids(fading)) == {one, other}
    before = world.memory(one).strength
    after = fading.decide(one, KEEP)
    assert {o.memory.memory.id: o.answer for o in after} == {one: KEEP, other: None}
    now_ms = world.clock.now_ms()
    assert world.memory(one).strength == decay.review(before, ReviewReason.KEPT, now_ms)
    fading.decide(one, KEEP)  # said twice, counted once
    with world.database.read() as c:
        assert [r.reason for r in reviews.of_memory(c, one)] == [ReviewReason.KEPT]


def test_keeping_can_be_taken_back(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    fading = world.fading()
    ids(fading)
    before = world.memory(one)
    fading.decide(one, KEEP)
    assert world.memory(one) != before
    assert [o.answer for o in fading.decide(one, None)] == [None]
    assert world.memory(one) == before
    with world.database.read() as c:
        assert reviews.of_memory(c, one) == []
    assert [o.answer for o in fading.decide(one, FADE)] == [FADE]
    assert world.memory(one) == before


def test_from_keeping_to_letting_fade_in_one_step(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    fading = world.fading()
    ids(fading)
    before = world.memory(one)
    fading.decide(one, KEEP)
    fading.decide(one, FADE)
    assert world.memory(one) == before


def test_what_was_used_since_it_was_kept_stays_kept(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    fading = world.fading()
    ids(fading)
    fading.decide(one, KEEP)
    world.use(one)
    strength = world.memory(one).strength
    with pytest.raises(Conflict):
        fading.decide(one, None)
    assert world.memory(one).strength == strength
    assert [o.answer for o in fading.today()] == [KEEP]


def test_what_may_fade_is_never_offered_again(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    world.wait_until_it_fades(one)
    fading = world.fading()
    ids(fading)
    fading.decide(one, FADE)
    world.use(one)
    for _year in range(3):
        world.wait_until_it_fades(one)
        assert one not in [o.memory.memory.id for o in fading.today() if o.answer is None]
        world.use(one)


def test_only_what_was_offered_can_be_decided(world: World) -> None:
    (one,) = world.remember(TEXTS[0])
    before = world.memory(one)
    for said in (KEEP, FADE, None):
        with pytest.raises(NotFound):
            world.fading().decide(one, said)
    assert world.memory(one) == before


def test_what_is_forgotten_leaves_the_list_and_no_row(world: World) -> None:
    one, other = world.remember(*TEXTS[:2])
    world.wait_until_it_fades(one)
    fading = world.fading()
    assert set(ids(fading)) == {one, other}
    world.database.write(lambda c: memories.remove(c, [one]))
    assert ids(fading) == [other]
    with world.database.read() as c:
        rows = c.execute("SELECT memory_id FROM fading_offers").fetchall()
    assert [row[0] for row in rows] == [other]


# -- choosing


def near(world: World, *made: tuple[str, int, float]) -> tuple[list[sql.Fading], list[str]]:
    """Memories with text, uses and importance."""
    found = [world.remember(text, importance=weight)[0] for text, _uses, weight in made]
    return [
        sql.Fading(world.memory(id_), uses)
        for id_, (_text, uses, _weight) in zip(found, made, strict=True)
    ], found


def test_the_often_used_and_the_important_come_first(world: World) -> None:
    made, found = near(world, (TEXTS[0], 0, 0.5), (TEXTS[1], 6, 0.5), (TEXTS[2], 1, 1.0))
    assert choose(made, world.clock.now_ms()) == [found[1], found[2], found[0]]
    assert choose(made, world.clock.now_ms(), 1) == [found[1]]


def test_of_equals_the_weaker_comes_first(world: World) -> None:
    made, found = near(world, (TEXTS[0], 1, 0.5), (TEXTS[1], 1, 0.5))
    weaker = Strength(1.0, 5.0, made[1].memory.strength.reviewed_ms)
    made[1] = replace(made[1], memory=replace(made[1].memory, strength=weaker))
    assert choose(made, world.clock.now_ms() + DAY_MS) == [found[1], found[0]]


def test_what_says_the_same_is_offered_once_and_scraps_are_not(world: World) -> None:
    text = "The spare key hangs behind the bookcase in the corridor upstairs."
    made, found = near(world, (text, 3, 0.5), (text + "!", 1, 0.5), ("Thanks a lot", 9, 1.0))
    assert choose(made, world.clock.now_ms()) == [found[0]]
