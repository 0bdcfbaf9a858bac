from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from memory.clock import to_ms
from memory.protocol import MemoryKind, MemoryState, RecallFilter, RecallRequest, SourceKind
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import memories
from tests.fakes import FakeClock
from tests.unit.memory.recall_home import BrokenIndex, Home

PAPERS = [
    "The deposit for the flat in Harbour Street is two months' rent, paid on 3 March.",
    "The boiler must be serviced every October by a certified plumber.",
    "Grandmother's plum cake needs a kilo of plums, 300 g of flour and patience.",
    "The bicycle is insured against theft until the end of 2027.",
]


def test_words_find_and_meaning_finds(home: Home) -> None:
    home.add(PAPERS)
    home.settle()
    assert home.texts("How much is the deposit?")[0] == PAPERS[0]
    assert home.texts("When does somebody look after the heating?")[0] == PAPERS[1]
    assert home.texts("dessert with fruit")[0] == PAPERS[2]


def test_words_answer_before_meaning_is_there(home: Home) -> None:
    home.index.stop()
    home.add(PAPERS)
    reply = home.ask("When must the boiler be serviced?")
    assert reply.hits[0].text == PAPERS[1]
    assert [problem.code for problem in reply.problems] == ["index"]


def test_a_broken_index_is_told_and_words_still_answer(home: Home) -> None:
    home.add(PAPERS)
    recall = Recall(home.database, BrokenIndex(), home.clock, Settings)  # type: ignore[arg-type]
    reply = recall.recall(RecallRequest(question="plum cake", explain=True))
    recall.close()
    assert reply.hits[0].text == PAPERS[2]
    assert reply.problems and reply.problems[0].next_step
    assert reply.hits[0].why is not None and "meaning" not in reply.hits[0].why


@pytest.mark.parametrize(
    "question",
    [
        "the of and is",
        "?",
        "\x00",
        "a\x00b c\x1b[31m",
        "🚲🚲🚲",
        'NEAR(a, b) AND "x OR NOT - ^ col:y* { } ( " \' ; --',
        "%_\\",
        '"" "\n" “”',
        "x" * 20_000,
        "plum " * 4_000,
        " ".join(f"word{n}" for n in range(2_500))[:20_000],
        "東京タワーはどこですか",
        "what did I note on 31 February 2023 and in 0000-00-00 and 999 months ago",
    ],
)
def test_any_question_gets_an_answer_without_an_error(home: Home, question: str) -> None:
    home.settle()
    empty = home.ask(question)
    assert empty.hits == [] and empty.searched == 0 and not empty.problems
    home.add(PAPERS)
    home.settle()
    full = home.ask(question)
    assert full.searched == len(PAPERS) and not full.problems


def test_typing_errors_parts_of_words_and_scripts_without_spaces(home: Home) -> None:
    home.add(
        [*PAPERS, "昨日、東京タワーの近くでラーメンを食べました。", "Donaudampfschifffahrt im Mai."]
    )
    recall = Recall(home.database, None, home.clock, Settings)
    ask = lambda q: [h.text for h in recall.recall(RecallRequest(question=q)).hits]  # noqa: E731
    assert ask("grandmohter")[0] == PAPERS[2]
    assert ask("bycicle insurred")[0] == PAPERS[3]
    assert ask("dampfschiff")[0].startswith("Donau")
    assert ask("東京タワーはどこですか")[0].startswith("昨日")
    assert ask("東京")[0].startswith("昨日")
    assert ask("xyzzyqqq") == []
    recall.close()


def test_the_turn_after_the_question_is_found_by_its_neighbour(home: Home) -> None:
    talk = [
        "Good morning! Did you sleep well?",
        "So where will you and Marta celebrate the wedding?",
        "In Lisbon, by the river.",
        "Lovely. I must run now, see you.",
    ]
    home.add(talk, kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, speakers=("Ann", "Bob"))
    home.settle()
    found = home.texts("Where will Marta's wedding be?")
    assert set(found[:2]) == {talk[1], talk[2]}


def test_the_speaker_named_in_the_question_counts(home: Home) -> None:
    said = ["I started to learn the violin.", "I started to learn the violin too, last week."]
    home.add(
        said, kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, speakers=("Caroline", "Bob")
    )
    home.settle()
    assert home.ask("What instrument does Caroline's friend Bob learn?").hits[0].speaker in (
        "Caroline",
        "Bob",
    )
    assert home.ask("What does Bob learn to play?").hits[0].speaker == "Bob"
    assert home.ask("What does Caroline learn to play?").hits[0].speaker == "Caroline"


def test_near_duplicates_stand_in_one_place_but_numbers_keep_texts_apart(home: Home) -> None:
    texts = [
        "The monthly rent of the flat in Harbour Street is 900 euros.",
        "The monthly rent of the flat in Harbour Street is 950 euros.",
        "the monthly rent of the flat in Harbour Street is 900 euros",
    ]
    ids = home.add(texts)
    home.settle()
    hits = home.ask("monthly rent Harbour Street").hits
    assert len(hits) == 2
    folded = next(hit for hit in hits if hit.similar)
    assert {folded.memory, *folded.similar} == {ids[0], ids[2]}


def test_a_turn_that_only_asks_the_same_is_no_answer(home: Home) -> None:
    home.add(
        ["How much is the deposit?", "how much is the deposit"],
        kind=MemoryKind.TURN,
        source=SourceKind.CONVERSATION,
        name="talk",
        speakers=("You",),
    )
    home.add(PAPERS)
    home.settle()
    assert home.texts("How much is the deposit?")[0] == PAPERS[0]
    assert "deposit?" not in " ".join(home.texts("How much is the deposit?"))


def test_states_dormant_is_weaker_superseded_and_forgotten_are_out(home: Home) -> None:
    ids = home.add([f"The garden gate code number {n} is secret." for n in "abcd"])
    home.settle()
    for id_, state in zip(ids[1:], ("dormant", "superseded", "forgotten"), strict=True):
        home.database.write(lambda c, i=id_, s=state: memories.set_state(c, [i], MemoryState(s)))
    hits = home.ask("garden gate code number").hits
    assert [hit.memory for hit in hits] == ids[:2]
    assert hits[0].score > hits[1].score
    assert home.ask("garden gate").searched == 2


def test_strength_decides_among_equals_and_never_hides_the_only_answer(
    home: Home, clock: FakeClock
) -> None:
    old = home.add(["The spare key is with Jonas on the third floor."], name="/a.txt")
    clock.advance(days=2000)
    new = home.add(["The spare key is with Mira on the first floor."], name="/b.txt")
    home.settle()
    assert [hit.memory for hit in home.ask("Who has the spare key?").hits] == [*new, *old]
    assert home.ask("Jonas third floor").hits[0].memory == old[0]


def test_filters_exclude_and_the_rest_is_searched_by_meaning_too(home: Home) -> None:
    day = datetime(2024, 5, 1, tzinfo=UTC)
    home.add(PAPERS, happened_ms=to_ms(day))
    home.add(
        ["We talked about the plum tree."],
        kind=MemoryKind.TURN,
        name="garden",
        source=SourceKind.CONVERSATION,
        speakers=("Ann",),
        happened_ms=to_ms(day + timedelta(days=9)),
    )
    home.settle()

    def only(**chosen: object) -> list[str]:
        return home.texts("plums for a cake", filter=RecallFilter(**chosen))  # type: ignore[arg-type]

    assert only(kinds=[MemoryKind.TURN]) == ["We talked about the plum tree."]
    assert only(speaker="ann") == ["We talked about the plum tree."]
    assert only(source="garden") == ["We talked about the plum tree."]
    assert only(source="/papers/one.txt")[0] == PAPERS[2]
    assert only(since=day + timedelta(days=1)) == ["We talked about the plum tree."]
    assert only(until=day + timedelta(days=1))[0] == PAPERS[2]
    assert only(source="nowhere") == []
    narrow = home.texts("heating maintenance", filter=RecallFilter(source="/papers/one.txt"))
    assert narrow[0] == PAPERS[1]


def test_a_time_in_the_question_prefers_what_happened_then(home: Home) -> None:
    may, june = datetime(2024, 5, 10, tzinfo=UTC), datetime(2024, 6, 10, tzinfo=UTC)
    home.add(["We went hiking in the hills with Tom."], name="/a.txt", happened_ms=to_ms(june))
    home.add(["We went hiking in the hills with Eva."], name="/b.txt", happened_ms=to_ms(may))
    home.settle()
    assert "Eva" in home.texts("Who came hiking in May 2024?")[0]
    assert "Tom" in home.texts("Who came hiking in June 2024?")[0]


def test_quoted_phrases_count(home: Home) -> None:
    home.add(["a green door and a blue house", "a blue door and a green house"])
    home.settle()
    assert home.texts('where is the "green house"')[0] == "a blue door and a green house"


def test_explain_tells_why_and_what_each_step_cost(home: Home) -> None:
    home.add(PAPERS)
    home.settle()
    reply = home.ask("deposit", explain=True)
    assert reply.trace is not None
    names = [entry.name for entry in reply.trace]
    assert names == [
        "understand",
        "reach",
        "words",
        "meaning",
        "candidates",
        "ranking",
        "links",
        "duplicates",
        "enough",
    ]
    why = reply.hits[0].why
    assert why is not None and why["words"] > 0 and {"meaning", "strength"} & set(why)
    assert home.ask("deposit").trace is None


def test_the_limit_holds_and_edits_are_found_at_once(home: Home) -> None:
    ids = home.add([f"Entry {n} of the diary about sailing near Oslo, day {n}." for n in range(60)])
    home.settle()
    assert len(home.ask("sailing diary", 7).hits) == 7
    assert len(home.ask("sailing diary", 50).hits) == 50
    home.database.write(lambda c: memories.edit(c, ids[3], text="A zeppelin flew by.", now_ms=1))
    assert home.texts("zeppelin")[0] == "A zeppelin flew by."


def test_weight_of_strength_comes_from_the_settings(home: Home) -> None:
    calls = []

    def settings() -> Settings:
        calls.append(1)
        return dataclasses.replace(Settings(), strength_weight=0.0)

    home.add(PAPERS)
    recall = Recall(home.database, home.index, home.clock, settings)
    recall.recall(RecallRequest(question="deposit"))
    recall.close()
    assert calls
