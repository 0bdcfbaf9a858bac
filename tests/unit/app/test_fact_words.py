"""Facts in words, groups and spans of time, without a window."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app import fact_words
from app.fact_spans import spans
from memory.protocol import FactState
from tests.unit.app.fact_factories import day, fact, said

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BERLIN = fact(
    "A", "Berlin", state=FactState.PAST, said_at=day("2019-03-02"),
    valid_to=day("2021-01-01"), valid_to_days=30,
)  # fmt: skip
LYON = fact(
    "B", "Lyon", state=FactState.PAST, valid_from=day("2021-01-01"), valid_from_days=30,
    valid_to=day("2024-05-01"), valid_to_days=30,
)  # fmt: skip
LEEDS = fact("C", "Leeds", valid_from=day("2024-05-01"), valid_from_days=30)


def test_topics_stand_together_the_important_first() -> None:
    cat, robin = fact("D", "Tom", "pet", detail="cat"), fact("E", "Robin", "name")
    graz = fact("F", "Graz", subject="Mara")
    found = fact_words.topics([cat, LEEDS, LYON, robin, graz])
    assert [(topic.subject, topic.title, len(topic.facts)) for topic in found] == [
        ("you", "Name", 1), ("you", "Home", 2), ("you", "Animals", 1), ("Mara", "Home", 1),
    ]  # fmt: skip
    assert [topic.history for topic in found] == [False, True, False, False]
    assert found[1].current == [LEEDS]
    assert fact_words.value(cat) == "Tom, cat"
    assert fact_words.value(fact("G", "sister", "sibling", detail="sister")) == "sister"
    assert fact_words.title(fact("H", "blue", "favourite", slot="colour")) == "Favourite colour"
    assert fact_words.title(fact("I", "x", "some_new_thing")) == "Some new thing"


def test_times_are_told_as_exactly_as_they_are_known() -> None:
    when = day("2019-03-02")
    told = [fact_words.moment(when, days) for days in (1, 30, 365)]
    assert told[0].startswith("2 March 2019") and told[1:] == ["Mar 2019", "2019"]


def test_where_a_sentence_was_said() -> None:
    assert fact_words.source(said(speaker="me")) == fact_words.source(said())
    assert fact_words.source(said(speaker="Ada")).startswith("Ada, Note of May, ")
    long = fact_words.source(said(source_title="Word " * 30))
    assert len(long) < 60 and "…, " in long


def test_spans_follow_one_another_in_one_lane() -> None:
    found = spans([LEEDS, LYON, BERLIN], NOW)
    assert [span.fact.value for span in found] == ["Berlin", "Lyon", "Leeds"]
    assert [span.lane for span in found] == [0, 0, 0]
    assert found[0].start == 0.0 and found[-1].end == pytest.approx(1.0)
    for one, next_ in zip(found, found[1:], strict=False):
        assert one.start < one.end <= next_.start + 1e-9
    assert [span.open_start for span in found] == [True, False, False]


def test_what_holds_now_can_be_read_however_new_it_is() -> None:
    green = fact("A", "green", state=FactState.PAST, said_at=day("2015-01-01"),
                 valid_to=day("2025-12-30"), valid_to_days=30)  # fmt: skip
    blue = fact("B", "blue", valid_from=day("2025-12-30"), valid_from_days=30)
    found = spans([blue, green], NOW)
    assert found[1].end - found[1].start >= 0.2
    assert found[0].lane == found[1].lane == 0 and found[0].end <= found[1].start + 1e-9


def test_what_holds_at_one_time_stands_in_lanes() -> None:
    german = fact("A", "German", "speaks", valid_from=day("2010-01-01"), valid_from_days=365)
    dutch = fact("B", "Dutch", "speaks", valid_from=day("2020-01-01"), valid_from_days=365)
    assert sorted(span.lane for span in spans([german, dutch], NOW)) == [0, 1]


def test_a_fact_of_today_has_a_span_too() -> None:
    (span,) = spans([fact("A", "Leeds", said_at=NOW)], NOW)
    assert 0.0 <= span.start < span.end <= 1.0
    assert spans([], NOW) == []
