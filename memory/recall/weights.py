"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning_apart": 0.11,
    "words*alone": 0.3,
    "meaning*alone": 0.87,
    "words_apart*alone": 0.39,
    "meaning_apart*alone": 0.51,
    "words_wide*lean": 0.55,
    "meaning_near*lean": 2.22,
    "words_around_apart*lean": 0.24,
    "words_wide_apart*lean": 0.77,
    "said_before_apart*lean": 0.2,
    "meaning_near_apart*lean": 0.17,
    "tokens_apart*lean": 0.3,
    "tokens_near_apart*lean": 0.43,
    "speaker": 2.79,
    "asks": -0.62,
    "answers*lean": 0.53,
    "times_asked": 1.43,
    "numbers_asked": 1.57,
    "capitals*lean": 0.43,
    "capitals_asked*lean": 0.19,
    "first_person*lean": 0.36,
    "length*lean": 0.22,
    "length*alone": 0.02,
    "linked*alone": 4.27,
    "is_named*alone": 1.87,
    "superseded": -4.0,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
