from __future__ import annotations

from memory import quote
from memory.protocol import MemoryKind, MemoryState, SourceKind
from memory.recall.found import Found
from memory.store.rows import Memory, MemoryWithSource, Strength
from memory.store.words import Stemmer
from memory.understand import understand

LEASE = (
    "This lease begins on 1 April 2024. The rent is 900 euros a month, to be paid in advance. "
    "The deposit is two months' rent. Pets need the landlord's written consent. "
    "Dr. Weber lives upstairs and likes quiet."
)


def _found(text: str, score: float = 1.0, words: float = 1.0, **more: object) -> Found:
    values: dict[str, object] = {
        "rowid": 1, "id": text[:8], "kind": MemoryKind.PASSAGE, "text": text, "source_id": "S",
        "position": 0, "start": 10, "end": 10 + len(text), "page": None, "ref": None,
        "speaker": None, "role": None, "heading": None, "happened_ms": None, "learnt_ms": 0,
        "strength": Strength(1.0, 5.0, 0), "importance": 0.5, "pinned": False,
        "marked_wrong": False, "state": MemoryState.ACTIVE, "version": 1, "provenance": {},
    }  # fmt: skip
    memory = Memory(**{**values, **more})  # type: ignore[arg-type]
    row = MemoryWithSource(memory, SourceKind.FILE, "lease.txt", "/lease.txt")
    return Found(row, score, words, 0.0, (), {"words": words})


def _choose(question: str, *found: Found) -> list[quote.Quote]:
    stemmer = Stemmer()
    asked = understand(question, 0)
    weights = {term: 1.0 for terms in stemmer.stems(asked.words) for term in terms}
    chosen = quote.choose(asked, found, weights, stemmer.stems, None)
    stemmer.close()
    return chosen


def test_the_quote_is_the_sentence_and_its_place_is_exact() -> None:
    (best,) = _choose("How high is the deposit?", _found(LEASE))
    assert "The deposit is two months' rent." in best.text
    assert LEASE[best.start : best.end] == best.text


def test_a_title_does_not_end_a_sentence() -> None:
    spans = [LEASE[start:end] for start, end in quote.spans(LEASE)]
    assert spans[-1] == "Dr. Weber lives upstairs and likes quiet."
    assert len(spans) == 5


def test_the_kind_of_thing_asked_for_decides_between_equals() -> None:
    text = "The rent was discussed at length again and again. The rent is 900 euros, they said."
    (best,) = _choose("How much is the rent?", _found(text * 3))
    assert "900" in best.text


def test_only_memories_nearly_as_good_are_quoted_and_nothing_fits_is_said() -> None:
    near, far = _found("Pets are welcome here.", 0.9), _found("Pets and pests differ.", 0.2)
    texts = [one.text for one in _choose("pets", _found(LEASE), near, far)]
    assert far.row.memory.text not in texts and near.row.memory.text in texts
    assert _choose("pets", _found(LEASE, words=0.0)) == []
    assert quote.as_text([]) == quote.NOTHING


def test_the_answer_says_that_it_quotes_who_said_it_and_when() -> None:
    turn = _found(
        "I moved to Porto.", kind=MemoryKind.TURN, speaker="Ann", happened_ms=1_714_564_800_000
    )
    text = quote.as_text(_choose("Who moved to Porto?", turn))
    assert text.startswith(quote.OPENING)
    assert "Ann, 1 May 2024: “I moved to Porto.” [1]" in text


def test_lists_and_rows_are_quoted_by_line() -> None:
    rows = "\n".join(
        f"item {n}, shelf {n % 7}, price {n * 3} euros and some more words" for n in range(40)
    )
    (best,) = _choose("item 17 price", _found(rows))
    assert best.text.startswith("item 17,") and "\n" not in best.text


DEPOSIT = (
    "3 Deposit\n\nThe tenants pay a deposit of 1,361 pounds, which is five weeks' rent. The"
    " landlord lodges it with a protected scheme and gives the tenants the number of the"
    " certificate. It is returned within ten days after the keys have been handed back."
)


def test_each_part_of_a_question_gets_its_sentence() -> None:
    found = _found(DEPOSIT, heading="Lease › 3 Deposit")
    first, second = _choose("How much is the deposit and when does it come back?", found)
    assert first.text == "The tenants pay a deposit of 1,361 pounds, which is five weeks' rent."
    assert second.text.startswith("It is returned within ten days")
    assert DEPOSIT[second.start : second.end] == second.text


def test_when_prefers_the_sentence_that_says_when() -> None:
    quotes = _choose("When does the deposit come back?", _found(DEPOSIT))
    assert "within ten days" in max(quotes, key=lambda one: one.score).text


def test_what_adds_nothing_to_a_good_quote_is_left_out() -> None:
    best = _found("1 Rent\n\nThe rent is 1,180 pounds a month.", 1.0)
    weak = _found("4 Use of the flat\n\n1. The flat is let as a home.\n\n2. One dog.", 0.95)
    (only,) = _choose("How much is the rent a month?", best, weak)
    assert only.text == "The rent is 1,180 pounds a month."


def test_rows_that_answer_alike_are_quoted_together_each_for_itself() -> None:
    rows = (
        "Roofer: Brigstow; Work: new frame; Price: 1,140\nRoofer: Penhale; Work: repair; Price: 420"
    )
    quotes = _choose("Which roofer was cheaper, and what did he ask?", _found(rows))
    assert [one.text for one in quotes] == rows.split("\n")


def test_a_question_someone_asked_is_no_answer() -> None:
    text = "When can I kneel again? I could kneel in May, the doctor said, if nothing swells."
    text += " Until then I keep the leg up as often as the day allows, and read yesterday's paper."
    (best,) = _choose("When may I kneel again?", _found(text))
    assert best.text.startswith("I could kneel in May")


def test_two_sentences_are_quoted_at_most_and_one_if_only_one_is_wanted() -> None:
    found = [_found(f"The rent was paid on {day} May by Ann{day}.", id=str(day)) for day in "1234"]
    assert len(_choose("Who paid the rent?", *found)) == 2
    stemmer = Stemmer()
    asked = understand("Who paid the rent?", 0)
    weights = {"paid": 1.0, "rent": 1.0}
    (only,) = quote.choose(asked, found, weights, stemmer.stems, None, 1)
    stemmer.close()
    assert only.sentences == 1


def test_what_was_said_anew_stands_beside_it_dated_the_newest_first() -> None:
    old = _found("The rent of the flat is 900 euros.", id="old", learnt_ms=1_714_564_800_000)
    new = _found("The rent of the flat is now 980 euros.", 0.9, id="new",
                 learnt_ms=1_746_100_800_000)  # fmt: skip
    quotes = _choose("How much is the rent of the flat?", old, new)
    assert [one.found.row.memory.id for one in quotes] == ["new", "old"]
    first, second = quote.as_text(quotes).split("\n\n")[1:]
    assert first == "1 May 2025: “The rent of the flat is now 980 euros.” [1]"
    assert second == "1 May 2024: “The rent of the flat is 900 euros.” [2]"


def test_the_same_figure_again_is_no_news() -> None:
    one = _found("The rent of the flat is 900 euros.", id="one", learnt_ms=1_714_564_800_000)
    two = _found("The rent of the flat is 900 euros, Ann said.", 0.9, id="two",
                 learnt_ms=1_746_100_800_000)  # fmt: skip
    quotes = _choose("How much is the rent of the flat?", one, two)
    assert not any(quoted.dated for quoted in quotes)
    assert quotes[0].found.row.memory.id == "one"


def test_events_stand_in_the_order_they_happened_where_that_is_asked() -> None:
    turn = {"kind": MemoryKind.TURN, "speaker": "Ann"}
    later = _found("I moved to Porto with the dog.", id="b", happened_ms=2_000_000, **turn)
    earlier = _found("I moved to Ghent with a friend.", 0.9, id="a", happened_ms=1_000, **turn)
    in_order = _choose("Where did Ann move first?", later, earlier)
    assert [one.found.row.memory.id for one in in_order] == ["a", "b"]
    by_rank = _choose("Where did Ann move?", later, earlier)
    assert [one.found.row.memory.id for one in by_rank] == ["b", "a"]


def test_a_word_that_stands_nowhere_leaves_room_for_a_third_sentence() -> None:
    found = [_found(f"The piano may sound until {n} o'clock.", id=str(n)) for n in range(6, 10)]
    stemmer = Stemmer()
    asked = understand("When must the piano be silent?", 0)
    known = {"piano": 1.0}
    assert len(quote.choose(asked, found, known, stemmer.stems, None)) == 3
    assert len(quote.choose(asked, found, known | {"silent": 1.0}, stemmer.stems, None)) == 2
    stemmer.close()
