"""Questions in several languages through the whole pipeline, by words alone and with meaning."""

from __future__ import annotations

import pytest

from memory.forgetting import Forgetting
from memory.protocol import ForgetRequest, MemoryQuery, RecallRequest
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store.listing import listing
from tests.unit.memory.recall.language_sets import SETS, LanguageSet
from tests.unit.memory.recall_home import Home

FIRST = 3


def _ranks(recall: Recall, known: LanguageSet) -> dict[str, int]:
    """Place of the right memory for each question, from 1; 0 where it was not found."""
    ranks = {}
    for question, number in known.questions:
        reply = recall.recall(RecallRequest(question=question, limit=10))
        texts = [hit.text for hit in reply.hits]
        right = known.texts[number]
        ranks[question] = texts.index(right) + 1 if right in texts else 0
    return ranks


def _missed(ranks: dict[str, int]) -> dict[str, int]:
    return {question: rank for question, rank in ranks.items() if not 1 <= rank <= FIRST}


@pytest.mark.parametrize("name", SETS)
def test_the_right_memory_is_among_the_first(home: Home, name: str) -> None:
    known = SETS[name]
    home.add(known.texts)
    home.settle()
    words_alone = Recall(home.database, None, home.clock, Settings)
    assert _missed(_ranks(words_alone, known)) == {}
    words_alone.close()
    assert _missed(_ranks(home.recall, known)) == {}


def test_all_languages_in_one_memory_by_words(home: Home) -> None:
    for number, known in enumerate(SETS.values()):
        home.add(known.texts, name=f"/notes/{number}.txt")
    words_alone = Recall(home.database, None, home.clock, Settings)
    missed = {name: _missed(_ranks(words_alone, known)) for name, known in SETS.items()}
    words_alone.close()
    assert missed == dict.fromkeys(SETS, {})


def test_phrases_and_the_list_of_memories_without_spaces(home: Home) -> None:
    known = SETS["Japanese"]
    home.add(known.texts)
    reply = home.ask('「鍵」 "地下室にあり" はどこ?', explain=True)
    assert reply.hits[0].text == known.texts[3]
    assert reply.hits[0].why is not None and reply.hits[0].why["phrase"] > 0
    with home.database.read() as c:
        for text in ("冷蔵庫", "冷蔵", "庫の保証", "ファイル 三年"):
            rows, total = listing(c, MemoryQuery(text=text), home.clock.now_ms())
            assert total == 1 and rows[0].memory.text == known.texts[8], text
        assert listing(c, MemoryQuery(text="蔵冷"), home.clock.now_ms())[1] == 0


@pytest.mark.parametrize("name", ["Chinese", "Japanese", "Thai", "German"])
def test_forgetting_leaves_no_byte_and_no_term(home: Home, name: str) -> None:
    known = SETS[name]
    ids = home.add(known.texts)
    home.settle()
    forgetting = Forgetting(home.database, home.index, home.paths, home.clock)
    before = _vocabulary(home)
    forgetting.forget(ForgetRequest(memories=[ids[1]]))
    home.settle()
    gone = before - _vocabulary(home)
    assert gone  # words only that text had
    data = b"".join(path.read_bytes() for path in home.paths.root.rglob("*") if path.is_file())
    assert known.texts[1].encode() not in data
    for term in gone:
        if len(term.encode()) >= (9 if term.isascii() else 6):
            assert term.encode() not in data, term
    with home.database.read() as c:
        for table in ("memories_fts", "memories_trigram"):
            assert c.execute(f"SELECT count(*) FROM {table}_docsize").fetchone()[0] == len(ids) - 1
    home.database.write(
        lambda c: [
            c.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")
            for table in ("memories_fts", "memories_trigram")
        ]
    )


def _vocabulary(home: Home) -> set[str]:
    with home.database.read() as c:
        return {row[0] for row in c.execute("SELECT term FROM memories_vocabulary")}
