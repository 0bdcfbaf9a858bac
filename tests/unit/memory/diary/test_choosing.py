"""Which sentences carry a day."""

from __future__ import annotations

from memory.diary.choosing import Entry, Line, Place, lines, of_days


def entry(rowid: int, source: str, text: str, **more: object) -> Entry:
    return Entry(rowid, source, text, rowid, **more)  # type: ignore[arg-type]


def quoted(entries: list[Entry], line: Line) -> list[str]:
    texts = {one.rowid: one.text for one in entries}
    return [texts[one.rowid][one.start : one.end] for one in line.quotes]


TALK = [
    entry(1, "chat", "Hello there.", is_talk=True),
    entry(2, "chat", "The roof of the house in Lisbon leaks again.", is_talk=True),
    entry(3, "chat", "You should call somebody who repairs roofs in Lisbon.", spoken=False),
    entry(4, "chat", "The man who repairs the roof in Lisbon wants 900 euros.", is_talk=True),
    entry(5, "chat", "Nice weather for once, I must say.", is_talk=True),
]


def test_what_the_talk_is_about_is_quoted_exactly_and_named() -> None:
    (line,) = lines(TALK)
    assert "The man who repairs the roof in Lisbon wants 900 euros." in quoted(TALK, line)
    assert line.memories == 5
    (topic,) = line.topics
    text = TALK[1].text if topic.rowid == 2 else TALK[3].text
    assert text[topic.start : topic.end] == "Lisbon"


def test_an_assistants_words_are_never_quoted() -> None:
    spoken = [entry(1, "chat", TALK[2].text, spoken=False, is_talk=True)]
    assert lines(spoken) == []


def test_what_the_days_before_said_gives_way_to_what_is_new() -> None:
    old = "The parcel from the shop in Bonn has still not come to us."
    new = "The dentist moved my next visit to some day in the spring."
    said = [entry(1, "notes", old), entry(2, "notes", new)]
    assert quoted(said, lines(said, before=[old])[0]) == [new]
    assert quoted(said, lines(said, before=[new])[0]) == [old]


def test_names_tell_more_than_none() -> None:
    plain = "The meeting about the money took rather long this time."
    named = "The meeting with Clara about Porto took rather long too."
    said = [entry(1, "notes", plain), entry(2, "notes", named)]
    assert quoted(said, lines(said)[0]) == [named]


def test_lines_stand_in_order_of_time_and_say_nothing_twice() -> None:
    again = "The boiler in the cellar makes a strange noise at night."
    said = [
        entry(1, "one", again),
        entry(2, "two", "The train to Bern was an hour late because of snow."),
        entry(3, "three", again),
    ]
    found = lines(said)
    assert [line.source for line in found] in (["one", "two"], ["two", "three"])


def test_no_more_lines_than_wanted() -> None:
    texts = [
        "Somebody found a candle in the river.",
        "Our garden needs a stronger engine.",
        "Pepper is cheap on the market.",
        "Winter came early to the mountains.",
    ]
    said = [entry(n, f"source {n}", text) for n, text in enumerate(texts)]
    assert len(lines(said)) == 4
    assert len(lines(said, most=3)) == 3


def test_addresses_and_tables_do_not_carry_a_day() -> None:
    assert lines([entry(1, "one", "See https://example.org/a/b for the whole long story.")]) == []
    assert lines([entry(1, "one", "name  |  street  |  town  |  country  |  number")]) == []


def test_a_heading_above_a_sentence_and_fields_of_a_table_are_not_quoted() -> None:
    said = [entry(1, "one", "13 April 2025\nPlanted the potatoes in the three front rows.")]
    assert quoted(said, lines(said)[0]) == ["Planted the potatoes in the three front rows."]
    fields = "Date: 2025-12-12; Paid to: Orchard Cafe; What for: Lunch; Category: Office"
    assert lines([entry(1, "one", fields)]) == []


def test_who_is_spoken_to_is_no_topic() -> None:
    said = [
        entry(1, "talk", "It rained on the tent in Bergen, Mel, all night.", is_talk=True,
              speaker="Caro"),
        entry(2, "talk", "I know, Caro, we left Bergen in the rain too.", is_talk=True,
              speaker="Melanie"),
    ]  # fmt: skip
    (line,) = lines(said)
    texts = {one.rowid: one.text for one in said}
    assert [texts[one.rowid][one.start : one.end] for one in line.topics] == ["Bergen"]


def test_a_week_has_the_best_of_each_day_first() -> None:
    def line(source: str, score: float) -> Line:
        return Line(source, 1, score, (Place(1, 0, 5),))

    monday = [(line("a", 3.0), frozenset({"a"})), (line("b", 2.9), frozenset({"b"}))]
    tuesday = [(line("c", 0.5), frozenset({"c"}))]
    same = [(line("d", 0.4), frozenset({"a"}))]  # says what Monday's best says
    found = of_days([monday, tuesday, same], most=2)
    assert [(day, one.source) for day, one in found] == [(0, "a"), (1, "c")]
    assert [one.source for _day, one in of_days([monday, tuesday, same], most=9)] == ["a", "b", "c"]
