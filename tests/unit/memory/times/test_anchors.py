from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from memory.clock import to_ms
from memory.times.alone import only_time
from memory.times.said import resolved
from memory.understand import understand

NOW = to_ms(datetime(2026, 3, 15, 12, 0, tzinfo=UTC))
WEDDING = date(2023, 6, 14)


@pytest.mark.parametrize(
    ("text", "event", "days"),
    [
        ("two weeks before the wedding", "wedding", "25 May – 7 June 2023"),
        ("the day before the wedding of Anna in Lisbon", "wedding anna lisbon", "13 June 2023"),
        ("the day of my wedding", "wedding", "14 June 2023"),
        ("the week after my move", "move", "15 – 21 June 2023"),
        ("a month after the wedding did I", "wedding", "30 June – 29 July 2023"),
        ("on the Sunday before the wedding", "wedding", "11 June 2023"),
        ("the Wednesday after our wedding", "wedding", "21 June 2023"),
        ("last weekend before the wedding", "wedding", "10 – 11 June 2023"),
        ("the weekend after the wedding", "wedding", "17 – 18 June 2023"),
        ("zwei Wochen vor der Hochzeit gekauft", "hochzeit", "25 May – 7 June 2023"),
        ("deux semaines avant le mariage de Jean", "mariage jean", "25 May – 7 June 2023"),
        ("la veille du mariage", "mariage", "13 June 2023"),
        ("dos semanas antes de la boda", "boda", "25 May – 7 June 2023"),
    ],
)
def test_distances_from_an_event(text: str, event: str, days: str) -> None:
    asked = understand(text, NOW, UTC)
    assert asked.times == ()
    [anchored] = asked.anchored
    assert anchored.event == tuple(event.split())
    assert text[anchored.begin : anchored.end] == anchored.text
    said = resolved(anchored, WEDDING, UTC)
    assert said.label == f"{anchored.text} (14 June 2023): {days}"


@pytest.mark.parametrize(
    "text",
    [
        "What day of the week was it?",
        "How many days before the end?",
        "Take one tablet a day after meals",
        "What did I do before the wedding?",
    ],
)
def test_what_is_no_distance_from_an_event(text: str) -> None:
    assert not [one for one in understand(text, NOW, UTC).anchored if one.event == ("week",)]


@pytest.mark.parametrize(
    "text",
    [
        "What did I do on 5 May 2023?",
        "What happened last Tuesday?",
        "yesterday",
        "Was habe ich letzte Woche gemacht?",
        "Qu'ai-je fait hier ?",
        "¿Qué hice ayer?",
    ],
)
def test_a_question_for_nothing_but_a_time(text: str) -> None:
    asked = understand(text, NOW, UTC)
    assert only_time(asked.text, asked.times, asked.language)


@pytest.mark.parametrize(
    "text",
    [
        "What did I buy on 5 May 2023?",
        "What happened to Ann last Tuesday?",
        "What did I do?",
        "Was habe ich letzte Woche gekauft?",
    ],
)
def test_a_question_for_more_than_a_time(text: str) -> None:
    asked = understand(text, NOW, UTC)
    assert not only_time(asked.text, asked.times, asked.language)
