"""Times in questions, asked on Sunday 15 March 2026 at noon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.clock import to_ms
from memory.times.said import Said
from memory.understand import understand

NOW = to_ms(datetime(2026, 3, 15, 12, 0, tzinfo=UTC))


def _said(text: str) -> list[Said]:
    return list(understand(text, NOW, UTC).times)


def _days(text: str) -> tuple[str, str]:
    """First and last day of the one time that is named; "" where it is open."""
    [said] = _said(text)
    start, end = said.span.start_ms, said.span.end_ms
    first = "" if start is None else f"{datetime.fromtimestamp(start / 1000, UTC):%Y-%m-%d}"
    last = "" if end is None else f"{datetime.fromtimestamp(end / 1000 - 1, UTC):%Y-%m-%d}"
    return first, last


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what happened on 2023-05-07?", "2023-05-07", "2023-05-07"),
        ("the letter of 7 May 2023", "2023-05-07", "2023-05-07"),
        ("the letter of the 7th of May, 2023", "2023-05-07", "2023-05-07"),
        ("May 7th, 2023", "2023-05-07", "2023-05-07"),
        ("on 20 March", "2025-03-20", "2025-03-20"),
        ("on 10 March", "2026-03-10", "2026-03-10"),
        ("on 29 February", "2024-02-29", "2024-02-29"),
        ("the bill of 13/5/2023", "2023-05-13", "2023-05-13"),
        ("in May 2023", "2023-05-01", "2023-05-31"),
        ("December 2023", "2023-12-01", "2023-12-31"),
        ("in May", "2025-05-01", "2025-05-31"),
        ("in May last year", "2025-05-01", "2025-05-31"),
        ("in 2022", "2022-01-01", "2022-12-31"),
        ("today", "2026-03-15", "2026-03-15"),
        ("at 5 pm yesterday", "2026-03-14", "2026-03-14"),
        ("the day before yesterday", "2026-03-13", "2026-03-13"),
        ("this week", "2026-03-09", "2026-03-15"),
        ("last week", "2026-03-02", "2026-03-08"),
        ("the week before last", "2026-02-23", "2026-03-01"),
        ("the past week", "2026-03-09", "2026-03-15"),
        ("in the last three months", "2025-12-16", "2026-03-15"),
        ("last month", "2026-02-01", "2026-02-28"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("last weekend", "2026-03-07", "2026-03-08"),
        ("this weekend", "2026-03-14", "2026-03-15"),
        ("last Tuesday", "2026-03-10", "2026-03-10"),
        ("on Sunday", "2026-03-08", "2026-03-08"),
        ("two weeks ago", "2026-02-26", "2026-03-04"),
        ("a few days ago", "2026-03-09", "2026-03-13"),
        ("in spring 2023", "2023-03-01", "2023-05-31"),
        ("last spring", "2025-03-01", "2025-05-31"),
        ("in winter 2022", "2022-12-01", "2023-02-28"),
        ("over Christmas", "2025-12-24", "2025-12-26"),
        ("at Easter 2024", "2024-03-29", "2024-04-01"),
        ("at the beginning of May", "2025-05-01", "2025-05-10"),
        ("early 2022", "2022-01-01", "2022-04-30"),
        ("mid-March", "2026-03-11", "2026-03-20"),
        ("at the end of last year", "2025-09-01", "2025-12-31"),
        ("Q2 2021", "2021-04-01", "2021-06-30"),
        ("the second quarter of 2021", "2021-04-01", "2021-06-30"),
        ("between May and July 2023", "2023-05-01", "2023-07-31"),
        ("between November and February", "2025-11-01", "2026-02-28"),
        ("from 3 to 7 May 2023", "2023-05-03", "2023-05-07"),
        ("before 5 May 2023", "", "2023-05-04"),
        ("after May 2023", "2023-06-01", ""),
        ("since last week", "2026-03-02", ""),
        ("until 2021", "", "2021-12-31"),
        ("two weeks before Christmas", "2025-12-04", "2025-12-17"),
        ("in the week before 16 November 2023", "2023-11-09", "2023-11-15"),
        ("on the Sunday before October 25, 2022", "2022-10-23", "2022-10-23"),
        ("the week after 5 May 2023", "2023-05-06", "2023-05-12"),
    ],
)
def test_english(text: str, first: str, last: str) -> None:
    assert _days(text) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Was habe ich letzte Woche gemacht?", "2026-03-02", "2026-03-08"),
        ("Was war vorgestern?", "2026-03-13", "2026-03-13"),
        ("Was habe ich vor zwei Wochen gekauft?", "2026-02-26", "2026-03-04"),
        ("Was geschah Anfang Mai 2022?", "2022-05-01", "2022-05-10"),
        ("Wo war ich im Frühjahr 2023?", "2023-03-01", "2023-05-31"),
        ("Was habe ich 2022 gemacht?", "2022-01-01", "2022-12-31"),
        ("Was war am 5. Mai 2023?", "2023-05-05", "2023-05-05"),
        ("zwischen Mai und Juli 2023", "2023-05-01", "2023-07-31"),
        ("Was habe ich seit letztem Sommer gelesen?", "2025-06-01", ""),
        ("Was war am Dienstag?", "2026-03-10", "2026-03-10"),
        ("über Weihnachten", "2025-12-24", "2025-12-26"),
        ("die Rechnung vom 05.06.2023", "2023-06-05", "2023-06-05"),
        ("3. Quartal 2021", "2021-07-01", "2021-09-30"),
        ("Qu'ai-je fait hier ?", "2026-03-14", "2026-03-14"),
        ("Que s'est-il passé la semaine dernière ?", "2026-03-02", "2026-03-08"),
        ("il y a deux semaines", "2026-02-26", "2026-03-04"),
        ("l'été dernier", "2025-06-01", "2025-08-31"),
        ("au printemps 2023", "2023-03-01", "2023-05-31"),
        ("le 5 mai 2023", "2023-05-05", "2023-05-05"),
        ("mardi dernier", "2026-03-10", "2026-03-10"),
        ("début mai", "2025-05-01", "2025-05-10"),
        ("avant-hier", "2026-03-13", "2026-03-13"),
        ("entre mai et juillet 2023", "2023-05-01", "2023-07-31"),
        ("avant mai 2023", "", "2023-04-30"),
        ("¿Qué hice ayer?", "2026-03-14", "2026-03-14"),
        ("¿Qué pasó la semana pasada?", "2026-03-02", "2026-03-08"),
        ("hace dos semanas", "2026-02-26", "2026-03-04"),
        ("el martes pasado", "2026-03-10", "2026-03-10"),
        ("5 de mayo de 2023", "2023-05-05", "2023-05-05"),
        ("en verano de 2022", "2022-06-01", "2022-08-31"),
        ("a principios de mayo", "2025-05-01", "2025-05-10"),
        ("desde 2020", "2020-01-01", ""),
        ("antes de mayo de 2023", "", "2023-04-30"),
    ],
)
def test_german_french_spanish(text: str, first: str, last: str) -> None:
    assert _days(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "may I ask",
        "the march of time",
        "31 February 2023",
        "room 2023",
        "Zimmer 2023",
        "How many times a day do I take the pill?",
        "Did April call?",
        "Who painted the spring?",
        "the bill of 5/6/2023",  # May or June
        "at 5 pm",
        "version 1.2.2023.4",
    ],
)
def test_no_time_where_none_is_named(text: str) -> None:
    assert _said(text) == []


def test_the_words_a_time_came_from() -> None:
    text = "Did I see Ann last week, or in May 2023?"
    first, second = _said(text)
    assert (text[first.begin : first.end], first.label) == ("last week", "2 – 8 March 2026")
    assert (second.text, second.label) == ("in May 2023", "May 2023")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("on 5 May 2023", "5 May 2023"),
        ("from 25 May to 7 June 2023", "25 May – 7 June 2023"),
        ("from 25 December 2022 to 7 January 2023", "25 December 2022 – 7 January 2023"),
        ("between May and July 2023", "May – July 2023"),
        ("in 2022", "2022"),
        ("in summer 2023", "June – August 2023 (northern summer)"),
        ("before 2020", "before 2020"),
        ("since May 2023", "from May 2023 on"),
    ],
)
def test_labels(text: str, label: str) -> None:
    assert [said.label for said in _said(text)] == [label]


def test_a_day_is_that_of_the_persons_own_time_zone() -> None:
    late = to_ms(datetime(2026, 3, 15, 23, 30, tzinfo=UTC))
    east = timezone(timedelta(hours=9))
    [said] = understand("today", late, east).times
    assert said.label == "16 March 2026"
    assert said.span.start_ms == to_ms(datetime(2026, 3, 16, tzinfo=east))


def test_what_is_told_soon_after_a_time_fits_it_too() -> None:
    [said] = _said("on 5 May 2023")

    def fit(day: str) -> float:
        return said.fit(to_ms(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)))

    assert fit("2023-05-05") == 1.0 and fit("2023-05-04") == 0.0
    assert 1 > fit("2023-05-06") > fit("2023-05-10") > 0.3 > fit("2023-06-05") > 0
    [since] = _said("since May 2023")
    assert since.fit(NOW) == 1.0


def test_of_two_times_one_within_the_other_the_narrow_one_is_meant() -> None:
    assert [said.label for said in _said("In 2023, what did we do on 5 May 2023?")] == [
        "5 May 2023"
    ]


_WORDS = st.sampled_from(
    "the last this week may 5 2023 before after between and from to two weeks ago in on spring"
    " Tuesday 31 February of early end day wedding vor il y a hace - , . ?".split()
)


@given(st.lists(_WORDS, max_size=12).map(" ".join))
def test_any_words_of_time_can_be_read(text: str) -> None:
    for said in _said(text):
        assert text[said.begin : said.end] == said.text
        if said.span.start_ms is not None and said.span.end_ms is not None:
            assert said.span.start_ms < said.span.end_ms
