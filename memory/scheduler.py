"""When the nightly run is due. Owns the thread ``scheduler`` (APScheduler's) and its one worker.

The scheduler wakes every few minutes, whatever the hour: a computer that slept or was off runs
the night it missed once, when it wakes. ``due_night`` decides and is pure. What runs is handed
in; so is whether now is a bad moment.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day

import psutil
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from tzlocal import get_localzone

from memory.clock import Clock, to_ms

WAKE_S = 180
JUMP_S = 60.0
PATIENCE_MS = 6 * 3_600_000
"""How long a due night waits for a quiet moment before it runs all the same."""
_BATTERY_ENOUGH = 50.0

_log = logging.getLogger(__name__)


def night_of(now_ms: int, hour: int, zone: tzinfo) -> tuple[str, int]:
    """The night that a run at this time belongs to, and when it became due (UTC ms).

    A night is named by the local date it began on, so a run at 3 in the morning of the second
    of March is the night of the first.
    """
    local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    day = local.date()
    if _due_at(day, hour, zone) > now_ms:
        day -= timedelta(days=1)
    began = day - timedelta(days=1) if hour < 12 else day
    return began.isoformat(), _due_at(day, hour, zone)


def due_night(
    last_night: str | None, since_ms: int, now_ms: int, hour: int, zone: tzinfo
) -> str | None:
    """The night that should run now, or None.

    ``last_night`` is the newest night that has run to its end; ``since_ms`` when the memory was
    made: its first night is the first after that. Missed nights are not made up for one by one:
    only the newest counts. A clock set back makes nothing due.
    """
    night, due_ms = night_of(now_ms, hour, zone)
    if due_ms <= since_ms or (last_night is not None and last_night >= night):
        return None
    return night


def next_run(last_night: str | None, since_ms: int, now_ms: int, hour: int, zone: tzinfo) -> int:
    """When the next run is due, in UTC ms; not after ``now_ms`` where one is due already."""
    _night, due_ms = night_of(now_ms, hour, zone)
    if due_night(last_night, since_ms, now_ms, hour, zone) is not None:
        return due_ms
    local = datetime.fromtimestamp(due_ms / 1000, UTC).astimezone(zone)
    return _due_at(local.date() + timedelta(days=1), hour, zone)


def _due_at(day: date, hour: int, zone: tzinfo) -> int:
    """The local hour of a day; one that summer time leaves out counts as the hour after."""
    return to_ms(datetime.combine(day, time_of_day(hour), zone))


class JumpWatch:
    """Notices that the clock moved without us: the computer slept, or was set."""

    def __init__(self, now_ms: int, monotonic_s: float):
        self._now_ms = now_ms
        self._monotonic_s = monotonic_s

    def jumped_s(self, now_ms: int, monotonic_s: float, expected_s: float) -> float:
        """Seconds the clock is ahead of (or, negative, behind) what has passed; 0 if it is not.

        Where the steady clock stops during sleep, the difference shows it; where it runs on,
        a wake long after ``expected_s`` does.
        """
        wall_s = (now_ms - self._now_ms) / 1000
        steady_s = monotonic_s - self._monotonic_s
        self._now_ms, self._monotonic_s = now_ms, monotonic_s
        ahead_s = wall_s - steady_s
        if abs(ahead_s) > JUMP_S:
            return ahead_s
        late_s = steady_s - expected_s
        return late_s if late_s > max(JUMP_S, expected_s) else 0.0


class Scheduler:
    """Runs ``run_night(night)`` when one is due and the moment is quiet.

    ``last_night`` and ``hour`` are asked at every wake; ``busy`` says that a person or the
    reading of files would be disturbed; ``on_jump`` is called after the computer slept.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        since_ms: int,
        last_night: Callable[[], str | None],
        hour: Callable[[], int],
        busy: Callable[[], bool],
        run_night: Callable[[str], object],
        on_jump: Callable[[], None],
        zone: tzinfo | None = None,
    ):
        self._clock = clock
        self._since_ms = since_ms
        self._last_night = last_night
        self._hour = hour
        self._busy = busy
        self._run_night = run_night
        self._on_jump = on_jump
        self._zone = zone or get_localzone()
        self._jumps = JumpWatch(clock.now_ms(), time.monotonic())
        self._stopping = threading.Event()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
            daemon=True,
        )

    def start(self) -> None:
        self._scheduler.add_job(self._wake, IntervalTrigger(seconds=WAKE_S, timezone=UTC))
        self._scheduler.start()

    def stop(self) -> None:
        """Wake no more; waits for a run under way, which its own owner has cancelled."""
        self._stopping.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _wake(self) -> None:
        threading.current_thread().name = "scheduler"
        if self._stopping.is_set():
            return
        try:
            self.look()
        except Exception as error:
            _log.error("the schedule failed", exc_info=error)

    def look(self) -> str | None:
        """One wake: after a sleep catch up, then run the night if it is due. Returns it."""
        now_ms = self._clock.now_ms()
        jumped_s = self._jumps.jumped_s(now_ms, time.monotonic(), WAKE_S)
        if jumped_s:
            _log.info("the clock moved by %.0f s: the computer slept or was set", jumped_s)
            self._on_jump()
        hour = self._hour()
        night = due_night(self._last_night(), self._since_ms, now_ms, hour, self._zone)
        if night is None:
            return None
        _name, due_ms = night_of(now_ms, hour, self._zone)
        if now_ms - due_ms < PATIENCE_MS and (self._busy() or not enough_power()):
            return None
        self._run_night(night)
        return night


def enough_power() -> bool:
    """False on a battery that is running low; True where nothing is known."""
    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError, RuntimeError):
        return True
    if battery is None or battery.power_plugged is not False:
        return True
    return bool(battery.percent >= _BATTERY_ENOUGH)
