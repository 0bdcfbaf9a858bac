"""When a night is due: pure arithmetic over clocks, time zones and missed nights."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from memory.clock import to_ms
from memory.scheduler import JUMP_S, PATIENCE_MS, JumpWatch, Scheduler, due_night, next_run
from tests.fakes import FakeClock

BERLIN = ZoneInfo("Europe/Berlin")
MADE = to_ms(datetime(2026, 1, 1, tzinfo=UTC))


def at(text: str, zone: ZoneInfo = BERLIN) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=zone))


@pytest.mark.parametrize(
    ("last", "now", "hour", "due"),
    [
        ("2026-02-28", "2026-03-02T02:59", 3, None),
        ("2026-02-28", "2026-03-02T03:00", 3, "2026-03-01"),
        ("2026-03-01", "2026-03-02T23:59", 3, None),
        ("2026-02-10", "2026-03-02T14:00", 3, "2026-03-01"),  # many missed: one run
        (None, "2026-03-02T14:00", 3, "2026-03-01"),
        ("2026-02-28", "2026-03-01T22:30", 22, "2026-03-01"),  # an evening hour
        ("2026-02-28", "2026-03-01T21:59", 22, None),
        ("2026-02-28", "2026-03-01T00:00", 0, None),
        ("2026-02-28", "2026-03-02T00:00", 0, "2026-03-01"),
        ("2026-03-09", "2026-03-02T14:00", 3, None),  # the clock was set back
    ],
)
def test_which_night_is_due(last: str | None, now: str, hour: int, due: str | None) -> None:
    assert due_night(last, MADE, at(now), hour, BERLIN) == due


def test_a_new_memory_waits_for_its_first_night() -> None:
    made = at("2026-03-02T14:00")
    assert due_night(None, made, at("2026-03-02T15:00"), 3, BERLIN) is None
    assert due_night(None, made, at("2026-03-03T03:01"), 3, BERLIN) == "2026-03-02"


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])  # summer time begins, ends
def test_each_night_runs_once_where_the_clock_is_changed(day: str) -> None:
    last: str | None = "2026-01-01"
    runs = []
    start = at(f"{day}T00:00")
    for minutes in range(0, 48 * 60, 10):
        night = due_night(last, MADE, start + minutes * 60_000, 2, BERLIN)
        if night:
            runs.append(night)
            last = night
    # the night before, still due at midnight, then one for each of the two days
    assert len(runs) == len(set(runs)) == 3


def test_next_run_is_past_where_due_and_ahead_where_not() -> None:
    now = at("2026-03-02T14:00")
    assert next_run("2026-02-27", MADE, now, 3, BERLIN) == at("2026-03-02T03:00")
    assert next_run("2026-03-01", MADE, now, 3, BERLIN) == at("2026-03-03T03:00")


def test_a_jump_of_the_clock_is_seen() -> None:
    watch = JumpWatch(0, 100.0)
    assert watch.jumped_s(180_000, 280.0, 180) == 0
    assert watch.jumped_s(180_000 + 8 * 3_600_000, 290.0, 180) == pytest.approx(28_790)
    assert watch.jumped_s(0, 470.0, 180) < -JUMP_S
    # a steady clock that runs on during sleep: the wake is simply late
    assert watch.jumped_s(7_200_000, 470.0 + 7_200, 180) > 6_000


class _World:
    """What a scheduler asks and does, recorded."""

    def __init__(self) -> None:
        self.clock = FakeClock(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
        self.last: str | None = None
        self.busy = False
        self.ran: list[str] = []
        self.jumps = 0
        self.scheduler = Scheduler(
            self.clock,
            since_ms=MADE,
            last_night=lambda: self.last,
            hour=lambda: 3,
            busy=lambda: self.busy,
            run_night=self._run,
            on_jump=self._jump,
            zone=ZoneInfo("UTC"),
        )

    def _run(self, night: str) -> None:
        self.ran.append(night)
        self.last = night

    def _jump(self) -> None:
        self.jumps += 1


def test_a_busy_moment_is_waited_for_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.scheduler.enough_power", lambda: True)
    world = _World()
    world.last = "2026-02-28"
    assert world.scheduler.look() is None
    world.clock.advance(seconds=3600)
    world.busy = True
    assert world.scheduler.look() is None and world.ran == []
    assert world.jumps == 1  # the fake clock moved, the steady one did not
    world.clock.advance(seconds=PATIENCE_MS / 1000 - 1)
    assert world.scheduler.look() is None
    world.clock.advance(seconds=1)
    assert world.scheduler.look() == "2026-03-01" and world.ran == ["2026-03-01"]
    assert world.scheduler.look() is None


def test_it_starts_and_stops_without_running_anything() -> None:
    world = _World()
    world.scheduler.start()
    world.scheduler.stop()
    world.scheduler.stop()
    assert world.ran == []
