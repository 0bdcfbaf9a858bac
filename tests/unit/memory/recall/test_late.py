"""Questions compared with short texts token by token, with the real embedder's tokens."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memory.protocol import MemoryKind, SourceKind
from memory.recall import late
from memory.recall.terms import Terms
from memory.store.words import Stemmer
from models.embedder import Embedder
from models.token_vectors import AskedTokens
from tests.unit.memory.recall.laid import talk, terms
from tests.unit.memory.recall_home import Home

TEXTS = ["We adopted a puppy and painted the fence.", "Rates went up again.", "Lovely!"]


@pytest.fixture
def stemmer() -> Iterator[Stemmer]:
    made = Stemmer()
    yield made
    made.close()


def test_a_word_is_found_in_a_text_about_several_things(embedder: Embedder) -> None:
    asked = embedder.embed_question("dog")[1]
    tokens = [one for one in embedder.embed_with_tokens(TEXTS)[1] if one is not None]
    laid, _cards = talk(TEXTS, [1, 2, 3])
    weight = np.full(len(asked.spans), 1 / len(asked.spans), np.float32)
    found = late.compare(late.best(asked, tokens), weight, laid)
    assert found.alone[0] > 0.4 > found.alone[1]
    # The others stand around the first, the second just after it.
    assert found.wide.tolist() == pytest.approx([found.alone[0]] * 3)
    assert np.isnan(found.before[0]) and found.before[1] == pytest.approx(found.alone[0])
    assert found.led.tolist() == pytest.approx([found.alone[0]] * 2 + [found.alone[1:].max()])


def test_a_text_without_tokens_is_not_known(embedder: Embedder) -> None:
    asked = embedder.embed_question("dog")[1]
    laid, _cards = talk(TEXTS, [1, 2])
    weight = np.full(len(asked.spans), 1 / len(asked.spans), np.float32)
    tokens = embedder.embed_with_tokens(TEXTS[:1])[1][0]
    assert tokens is not None and len(laid.rows) == 3
    known = np.full((3, len(asked.spans)), np.nan, np.float32)
    known[0] = late.best(asked, [tokens])[0]
    found = late.compare(known, weight, laid)
    assert np.isnan(found.alone).tolist() == [False, True]
    assert found.wide[1] == found.before[1] == pytest.approx(found.alone[0]), (
        "it is known of the one before"
    )


def test_rare_words_weigh_more_than_function_words(stemmer: Stemmer) -> None:
    question = "was the kitten common"
    spans = ((0, 3), (4, 7), (8, 14), (15, 21))
    asked = AskedTokens(np.zeros((4, 96), np.float32), spans)
    known = terms(["a kitten"], "kitten")
    weight = late.weights(question, asked, Terms(known.terms, common=("common",)), stemmer.stems)
    assert weight.sum() == pytest.approx(1.0)
    assert weight[2] > weight[0] == weight[1] == weight[3]


def test_the_name_of_a_speaker_weighs_nothing(stemmer: Stemmer) -> None:
    asked = AskedTokens(np.zeros((2, 96), np.float32), ((0, 3), (6, 12)))
    known = terms(["ann had a kitten"], "ann", "kitten")
    weight = late.weights("Ann's kitten", asked, known, stemmer.stems, frozenset({"ann"}))
    assert weight.tolist() == [0.0, 1.0]


def test_a_token_inside_a_word_weighs_like_the_word(stemmer: Stemmer) -> None:
    asked = AskedTokens(np.zeros((2, 96), np.float32), ((0, 3), (3, 6)))
    weight = late.weights("kitten", asked, terms(["kitten"], "kitten"), stemmer.stems)
    assert weight.tolist() == pytest.approx([0.5, 0.5])


def test_tokens_are_kept_for_turns_and_go_with_them(home: Home) -> None:
    ids = home.add(TEXTS, kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, speakers=("A", "B"))
    home.settle()

    def kept() -> set[str]:
        with home.database.read() as c:
            return {
                row[0]
                for row in c.execute(
                    "SELECT id FROM embeddings JOIN memories m ON m.rowid = memory"
                    " WHERE tokens IS NOT NULL"
                )
            }

    assert kept() == set(ids)
    assert home.texts("who has a dog now?", 1) == TEXTS[:1]
    home.database.write(lambda c: c.execute("DELETE FROM memories WHERE id = ?", (ids[0],)))
    assert kept() == set(ids[1:])


def test_a_recall_of_turns_is_told_by_their_tokens(home: Home) -> None:
    home.add(TEXTS, kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, speakers=("A", "B"))
    home.settle()
    best = home.ask("who has a dog now?", explain=True).hits[0]
    assert best.why is not None and best.why["tokens"] != 0
