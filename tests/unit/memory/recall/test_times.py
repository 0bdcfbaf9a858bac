"""Times in recall, on a real store: they weigh, never exclude; events date them; a question for
a time alone is answered in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from memory.clock import to_ms
from memory.diary.diary import Diary
from memory.protocol import (
    MemoryKind,
    RecallFilter,
    RecallRequest,
    SourceKind,
    Understood,
    UnderstoodKind,
)
from tests.unit.memory.recall_home import Home

WEDDING = [
    "We are planning the wedding, there is so much to do.",
    "The wedding was lovely yesterday, everybody danced.",
    "I bought a grey suit at Harper's.",
    "I bought a straw hat at the market.",
]
DAYS = ["2023-04-02", "2023-06-15", "2023-05-30", "2023-08-20"]


def _at(day: str) -> int:
    return to_ms(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC))


def _told(home: Home, texts: Sequence[str], days: Sequence[str], name: str = "chat") -> list[str]:
    """Turns of one conversation each, told on these days; returns their ids."""
    ids = []
    for number, (text, day) in enumerate(zip(texts, days, strict=True)):
        ids += home.add(
            [text], kind=MemoryKind.TURN, source=SourceKind.CONVERSATION,
            name=f"{name}-{number}", speakers=("Ann",), happened_ms=_at(day),
        )  # fmt: skip
    home.settle()
    return ids


def _times(home: Home, question: str, **more: object) -> list[Understood]:
    understood = home.ask(question, **more).understood
    return [one for one in understood if one.kind is UnderstoodKind.TIME]


def test_a_time_weighs_and_what_lies_outside_is_still_found(home: Home) -> None:
    texts = ["We had dinner at the harbour.", "We had dinner at the station."]
    _told(home, texts, ["2023-05-03", "2023-07-09"])
    assert home.texts("Where did we have dinner in May 2023?")[0] == texts[0]
    assert home.texts("Where did we have dinner in July 2023?")[0] == texts[1]
    inside = home.texts("Where did we have dinner at the station in May 2023?")
    assert set(inside) == set(texts)
    # Nothing was told in 2020, and the answer still comes.
    assert set(home.texts("Where did we have dinner in 2020?")) == set(texts)


def test_what_was_understood_is_told_and_can_be_struck_out(home: Home) -> None:
    _told(home, WEDDING, DAYS)
    question = 'What did Ann say in our chats about "straw hat" in August 2023?'
    reply = home.ask(question)
    told = {(one.kind.value, one.text, one.label) for one in reply.understood}
    assert told == {
        ("time", "in August 2023", "August 2023"),
        ("kind", "chats", "chats"),
        ("phrase", "straw hat", "“straw hat”"),
        ("speaker", "Ann", "Ann"),
    }
    less = home.ask(question, ignore=["in august 2023", "Ann", "straw hat", "chats"])
    assert less.understood == [] and less.hits[0].text == WEDDING[3]
    points = home.ask(question, explain=True).hits[0].why
    fewer = home.ask(question, explain=True, ignore=["in August 2023"]).hits[0].why
    assert points is not None and points["time"] > 0
    assert fewer is not None and "time" not in fewer


def test_a_time_made_a_filter_excludes(home: Home) -> None:
    _told(home, WEDDING, DAYS)
    [time] = _times(home, "What did I buy in August 2023?")
    assert time.start_ms is not None and time.end_ms is not None
    chosen = RecallFilter(
        since=datetime.fromtimestamp(time.start_ms / 1000, UTC),
        until=datetime.fromtimestamp((time.end_ms - 1) / 1000, UTC),
    )
    assert home.texts("What did I buy in August 2023?", filter=chosen) == [WEDDING[3]]


def test_an_event_that_the_memory_knows_dates_the_question(home: Home) -> None:
    _told(home, WEDDING, DAYS)
    question = "What did I buy two weeks before the wedding?"
    reply = home.ask(question, explain=True)
    [time] = reply.understood
    assert time.text == "two weeks before the wedding"
    assert time.label == "two weeks before the wedding (14 June 2023): 25 May – 7 June 2023"
    assert reply.trace is not None and "anchors" in [step.name for step in reply.trace]
    bought = [hit.text for hit in reply.hits if hit.text in WEDDING[2:]]
    assert bought == [WEDDING[2], WEDDING[3]]
    later = home.texts("What did I buy two months after the wedding?")
    assert [text for text in later if text in WEDDING[2:]] == [WEDDING[3], WEDDING[2]]


def test_a_day_said_in_the_text_counts_more_than_when_it_was_told(home: Home) -> None:
    said = [
        "My move to the new flat is on 3 May.",
        "I told Bob about the move again.",
        "When is the move?",
    ]
    _told(home, said, ["2023-03-01", "2023-03-20", "2023-03-21"])
    [time] = _times(home, "What broke the week after my move?")
    assert time.label == "the week after my move (3 May 2023): 4 – 10 May 2023"


def test_an_event_nobody_told_of_names_no_time(home: Home) -> None:
    _told(home, ["We are planning the wedding."], ["2023-04-02"])
    assert _times(home, "What did I buy two weeks before the funeral?") == []
    assert _times(home, "What did I buy two weeks before the wedding?") == []  # only looked ahead
    struck = _times(home, "two weeks before the wedding", ignore=["two weeks before the wedding"])
    assert struck == []


def test_a_question_for_nothing_but_a_time_is_answered_in_its_order(home: Home) -> None:
    morning = "In the morning we took the ferry to the island and saw two seals."
    evening = "In the evening Bob cooked mussels for all of us, with white wine."
    _told(home, [evening, morning, "Another day altogether."],
          ["2023-05-05", "2023-05-05", "2023-05-06"])  # fmt: skip
    home.add(["A note about the ferry: cheap on Fridays, and the seals are always there."],
             kind=MemoryKind.NOTE, source=SourceKind.NOTE, name="note",
             happened_ms=_at("2023-05-05") - 3_600_000)  # fmt: skip
    home.settle()
    reply = home.ask("What did I do on 5 May 2023?", explain=True)
    assert reply.timeline and not reply.problems
    assert [hit.text[:6] for hit in reply.hits] == ["A note", "In the", "In the"]
    assert {hit.source_kind for hit in reply.hits} == {SourceKind.NOTE, SourceKind.CONVERSATION}
    assert reply.trace is not None and "timeline" in [step.name for step in reply.trace]
    times = [hit.happened_at for hit in reply.hits if hit.happened_at is not None]
    assert len(times) == 3 and times == sorted(times)


def test_of_too_many_every_kind_comes_and_the_best_standing(home: Home) -> None:
    when = _at("2023-05-05")
    many = [f"Paragraph {n} of a long report about the harbour, read that day." for n in range(30)]
    home.add(many, name="/papers/report.txt", happened_ms=when)
    pinned = home.add(["Short."], name="/papers/short.txt", happened_ms=when)[0]
    home.database.write(
        lambda c: c.execute("UPDATE memories SET pinned = 1 WHERE id = ?", (pinned,))
    )
    _told(home, ["We signed the lease today, after all these weeks of waiting."], ["2023-05-05"])
    reply = home.ask("What happened on 5 May 2023?", limit=4)
    assert reply.timeline and len(reply.hits) == 4
    assert pinned in [hit.memory for hit in reply.hits]
    assert SourceKind.CONVERSATION in [hit.source_kind for hit in reply.hits]


def test_an_empty_day_and_a_struck_out_one_are_searched_like_anything(home: Home) -> None:
    texts = ["On 5 May 2023 we married in Lisbon.", "The boiler is serviced in October."]
    home.add(texts)
    home.settle()
    reply = home.ask("What happened on 5 May 2023?")
    assert not reply.timeline and reply.hits[0].text == texts[0]
    _told(home, ["We took the ferry."], ["2023-05-05"])
    assert home.ask("What happened on 5 May 2023?").timeline
    struck = home.ask("What happened on 5 May 2023?", ignore=["5 May 2023"])
    assert not struck.timeline and struck.hits[0].text == texts[0]


def test_a_filter_holds_for_the_timeline(home: Home) -> None:
    _told(home, WEDDING[:2], ["2023-05-05", "2023-05-05"])
    chosen = RecallFilter(kinds=[MemoryKind.NOTE])
    request = RecallRequest(question="What did I do on 5 May 2023?", filter=chosen)
    assert home.recall.recall(request).hits == []


def test_of_a_long_day_comes_what_the_diary_quotes(home: Home) -> None:
    words = "one two three four five six seven eight nine ten".split()
    said = [f"This is sentence number {word}, and all of them are much the same." for word in words]
    _told(home, said, ["2023-05-05"] * 10)
    home.settle()
    assert Diary(home.database, home.clock).write() == 1
    with home.database.read() as c:
        quoted = {row[0] for row in c.execute("SELECT memory FROM diary_quotes")}
        rows = {row[0]: row[1] for row in c.execute("SELECT rowid, text FROM memories")}
    assert 0 < len(quoted) < len(said)
    found = home.texts("What did I do on 5 May 2023?", limit=len(quoted))
    assert set(found) == {rows[row] for row in quoted}
