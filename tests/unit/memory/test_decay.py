"""Whole sequences of numbers, and the package's own arithmetic as the reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler, State
from hypothesis import given
from hypothesis import strategies as st

from memory import decay
from memory.clock import DAY_MS
from memory.protocol import MemoryKind, ReviewReason
from memory.store.rows import Review, Strength

NOW = 1_772_366_400_000
REASONS = list(ReviewReason)


def days(count: float) -> int:
    return round(count * DAY_MS)


def test_a_note_that_is_used_now_and_then() -> None:
    state = decay.initial(MemoryKind.NOTE, 0.5, None, NOW)
    seen = [(round(state.stability_days, 4), round(state.difficulty, 4))]
    at = NOW
    for gap, reason in (
        (3, ReviewReason.CITED),
        (10, ReviewReason.HELPFUL),
        (40, ReviewReason.WRONG),
        (2, ReviewReason.OPENED),
    ):
        at += days(gap)
        state = decay.review(state, reason, at)
        seen.append((round(state.stability_days, 4), round(state.difficulty, 4)))
    assert seen == SEQUENCE


SEQUENCE: list[tuple[float, float]] = [
    (8.2956, 2.1181),
    (20.7768, 2.1112),
    (84.7269, 1.0),
    (3.622, 7.027),
    (7.6026, 7.0152),
]


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("gap_days", [1, 2, 17, 300])
def test_agrees_with_the_package_on_whole_days(reason: ReviewReason, gap_days: int) -> None:
    began = datetime(2026, 3, 1, tzinfo=UTC)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(state=State.Review, stability=8.2956, difficulty=4.4, last_review=began)
    theirs, _log = scheduler.review_card(
        card, decay.RATING[reason], began + timedelta(days=gap_days)
    )
    at = round(began.timestamp() * 1000)
    ours = decay.review(Strength(8.2956, 4.4, at), reason, at + days(gap_days))
    assert ours.stability_days == pytest.approx(theirs.stability)
    assert ours.difficulty == pytest.approx(theirs.difficulty)


@pytest.mark.parametrize("reason", REASONS)
def test_agrees_with_the_package_within_a_day(reason: ReviewReason) -> None:
    began = datetime(2026, 3, 1, tzinfo=UTC)
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    card = Card(state=State.Review, stability=3.0, difficulty=6.0, last_review=began)
    theirs, _log = scheduler.review_card(card, decay.RATING[reason], began + timedelta(hours=5))
    at = round(began.timestamp() * 1000)
    ours = decay.review(Strength(3.0, 6.0, at), reason, at + days(5 / 24))
    assert ours.stability_days == pytest.approx(theirs.stability)


def test_ninety_percent_after_the_stability() -> None:
    state = Strength(12.5, 5.0, NOW)
    assert decay.retrievability(state, NOW) == 1.0
    assert decay.retrievability(state, NOW + days(12.5)) == pytest.approx(0.9)


def test_days_count_in_fractions() -> None:
    state = Strength(1.0, 5.0, NOW)
    half = decay.retrievability(state, NOW + days(0.5))
    assert 0.9 < half < 1.0


def test_a_clock_that_went_back_does_no_harm() -> None:
    state = Strength(1.0, 5.0, NOW)
    assert decay.retrievability(state, NOW - days(3)) == 1.0
    assert decay.review(state, ReviewReason.CITED, NOW - days(3)).reviewed_ms == NOW


def test_what_is_used_more_often_fades_more_slowly() -> None:
    rare = often = decay.initial(MemoryKind.PASSAGE, 0.5, None, NOW)
    for week in range(1, 5):
        often = decay.review(often, ReviewReason.CITED, NOW + days(7 * week))
    later = NOW + days(120)
    assert decay.retrievability(often, later) > decay.retrievability(rare, later) + 0.1


def test_first_strength_by_kind_importance_and_role() -> None:
    def stability(kind: MemoryKind, importance: float = 0.5, role: str | None = None) -> float:
        return decay.initial(kind, importance, role, NOW).stability_days

    assert stability(MemoryKind.NOTE) > stability(MemoryKind.PASSAGE) > stability(MemoryKind.TURN)
    assert stability(MemoryKind.TURN, role="assistant") == stability(MemoryKind.TURN) / 2
    assert stability(MemoryKind.NOTE, 1.0) == pytest.approx(2 * stability(MemoryKind.NOTE))
    assert stability(MemoryKind.NOTE, 0.0) == pytest.approx(stability(MemoryKind.NOTE) / 2)


def test_ratings() -> None:
    assert decay.RATING == {
        ReviewReason.CITED: Rating.Good,
        ReviewReason.OPENED: Rating.Good,
        ReviewReason.HELPFUL: Rating.Easy,
        ReviewReason.PINNED: Rating.Easy,
        ReviewReason.WRONG: Rating.Again,
        ReviewReason.KEPT: Rating.Good,
    }


def _log(steps: list[tuple[ReviewReason, float]]) -> tuple[Strength, list[Review]]:
    state = decay.initial(MemoryKind.TURN, 0.5, None, NOW)
    at, log = NOW, []
    for reason, gap in steps:
        at += days(gap)
        after = decay.review(state, reason, at)
        log.append(Review("m", reason, at, state, after))
        state = after
    return state, log


STEPS = st.lists(st.tuples(st.sampled_from(REASONS), st.floats(0, 2000)), max_size=12)


@given(STEPS)
def test_the_log_rebuilds_the_state(steps: list[tuple[ReviewReason, float]]) -> None:
    state, log = _log(steps)
    assert decay.replay(log) == (state if log else None)


@given(STEPS, st.floats(0, 50_000))
def test_values_stay_in_their_limits(steps: list[tuple[ReviewReason, float]], later: float) -> None:
    state, _log_ = _log(steps)
    assert decay.STABILITY_MIN_DAYS <= state.stability_days <= decay.STABILITY_MAX_DAYS
    assert 1.0 <= state.difficulty <= 10.0
    assert 0.0 < decay.retrievability(state, state.reviewed_ms + days(later)) <= 1.0


@given(st.floats(0.001, 1.0))
def test_days_until_is_the_inverse(level: float) -> None:
    state = Strength(1.0, 5.0, 0)
    elapsed = decay.days_until(level)
    assert (1 + decay._FACTOR * elapsed) ** decay._DECAY == pytest.approx(level)
    assert decay.retrievability(state, 0) == 1.0


def test_curve_shows_the_jump_of_a_review() -> None:
    state, log = _log([(ReviewReason.CITED, 20.0)])
    points = decay.curve(log, state, NOW, NOW + days(40), 9)
    assert points == sorted(points)
    assert points[0] == (NOW, 1.0)
    values = dict(points)
    assert values[log[0].at_ms] == 1.0
    assert values[log[0].at_ms - 1] < 0.9
    assert points[-1][0] == NOW + days(40)
