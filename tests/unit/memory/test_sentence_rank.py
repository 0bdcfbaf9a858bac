from __future__ import annotations

import numpy as np

from memory import sentence_rank
from memory.sentence_rank import FEATURES, Asked, Candidate
from memory.store.words import Stemmer
from memory.understand import content_words, word_spans
from models.embedder import Embedder


def _asked(question: str, embedder: Embedder | None = None) -> Asked:
    stemmer = Stemmer()
    spans = word_spans(question)
    terms = stemmer.stems([question[start:end] for start, end in spans])
    weights = {term: 1.0 for own in stemmer.stems(content_words(question)) for term in own}
    stemmer.close()
    words = [(*span, own) for span, own in zip(spans, terms, strict=True)]
    seen = embedder.embed_tokens([question])[0] if embedder else None
    return Asked(question, question, weights, words, seen)


def _candidates(*texts: str, block: object = 0, memory: float = 1.0) -> list[Candidate]:
    stemmer = Stemmer()
    terms = stemmer.stems(texts)
    stemmer.close()
    return [
        Candidate(text, frozenset(own), frozenset(), block, memory)
        for text, own in zip(texts, terms, strict=True)
    ]


def _column(name: str, asked: Asked, candidates: list[Candidate]) -> list[float]:
    table = sentence_rank.features(asked, candidates, None)
    assert table.shape == (len(candidates), len(FEATURES))
    return [float(value) for value in table[:, FEATURES.index(name)]]


def _best(question: str, embedder: Embedder | None, *texts: str) -> str:
    candidates = _candidates(*texts)
    seen = embedder.embed_tokens(texts) if embedder else None
    ranks = sentence_rank.rank(_asked(question, embedder), candidates, seen)
    return texts[int(np.argmax([one.score for one in ranks]))]


def test_words_are_shares_of_what_the_question_tells() -> None:
    asked = Asked("", "", {"boiler": 3.0, "pump": 1.0}, [], None)
    candidates = _candidates("A boiler.", "A pump and a boiler.", "A lid.")
    assert _column("words", asked, candidates) == [0.75, 1.0, 0.0]
    assert _column("words", Asked("", "", {}, [], None), candidates) == [0.0, 0.0, 0.0]


def test_neighbours_count_only_in_one_block_of_text() -> None:
    asked = Asked("", "", {"boiler": 1.0}, [], None)
    together = _candidates("The boiler leaks.", "It is old.", "Ann knows.")
    assert _column("before", asked, together) == [0.0, 1.0, 1.0]
    assert _column("goes_back", asked, together) == [0.0, 1.0, 0.0]
    behind = _candidates("It is old.", "The boiler leaks.")
    assert _column("behind", asked, behind) == [1.0, 0.0]
    apart = _candidates("The boiler leaks.") + _candidates("It is old.", block=1)
    assert _column("before", asked, apart) == [0.0, 0.0]
    assert _column("goes_back", asked, apart) == [0.0, 0.0]


def test_the_sentence_that_goes_back_to_the_one_asked_about_answers() -> None:
    best = _best(
        "When was the boiler repaired?", None,
        "The boiler stands in the cellar.", "It was repaired in March 2021, quickly.",
        "The kitchen is painted green.",
    )  # fmt: skip
    assert best.startswith("It was repaired in March")


def test_what_was_asked_in_other_words_is_found_by_meaning(embedder: Embedder) -> None:
    texts = (
        "The garden behind the house is large and sunny.",
        "Her physician prescribed tablets against the fever.",
        "She bought a bicycle from a neighbour.",
    )
    assert _best("What medicine did the doctor give her?", embedder, *texts) == texts[1]


def test_one_who_can_be_the_answer_to_who_is_preferred(embedder: Embedder) -> None:
    texts = (
        "The telephone was shown at a fair to many people.",
        "The telephone was invented by Alexander Graham Bell in a workshop.",
    )
    assert _best("Who invented the telephone?", embedder, *texts) == texts[1]


def test_a_sentence_not_looked_at_is_ranked_by_its_words(embedder: Embedder) -> None:
    asked = _asked("How old is the boiler?", embedder)
    candidates = _candidates("The boiler is ten years old.", "The lid is red.")
    first, second = sentence_rank.features(
        asked, candidates, [embedder.embed_tokens([candidates[0].text])[0], None]
    )
    assert (first[-4:] > 0).all() and (second[-4:] == 0).all()
    assert (first[:-4] == sentence_rank.features(asked, candidates, None)[0, :-4]).all()


def test_a_word_in_every_sentence_tells_none_apart(embedder: Embedder) -> None:
    question = "boiler pump"
    candidates = _candidates("The boiler hums.", "The boiler has a pump.", "A boiler is warm.")
    asked = _asked(question, embedder)
    seen = embedder.embed_tokens([one.text for one in candidates])
    table = sentence_rank.features(asked, candidates, seen)
    tokens, rare = (table[:, FEATURES.index(name)] for name in ("tokens", "rare_tokens"))
    assert rare[1] - rare[0] > tokens[1] - tokens[0] > 0


def test_nothing_to_compare_is_no_failure(embedder: Embedder) -> None:
    assert sentence_rank.rank(_asked("who?", embedder), [], []) == []
    empty = _candidates("", "…")
    ranks = sentence_rank.rank(
        _asked("", embedder), empty, embedder.embed_tokens([one.text for one in empty])
    )
    assert len(ranks) == 2 and all(np.isfinite(one.score) for one in ranks)
