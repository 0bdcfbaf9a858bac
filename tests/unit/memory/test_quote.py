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
