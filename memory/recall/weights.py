"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning_apart": 0.04,
    "words*alone": 0.44,
    "meaning*alone": 0.64,
    "words_apart*alone": 0.37,
    "meaning_apart*alone": 0.45,
    "meaning_near*lean": 1.88,
    "words_around_apart*lean": 0.28,
    "words_wide_apart*lean": 0.42,
    "said_before_apart*lean": 0.19,
    "meaning_near_apart*lean": 0.06,
    "tokens_apart*lean": 0.44,
    "tokens_wide_apart*lean": 1.11,
    "speaker": 2.48,
    "asks": -0.58,
    "answers*lean": 0.54,
    "times_asked": 1.42,
    "numbers_asked": 1.45,
    "capitals*lean": 0.64,
    "capitals_asked*lean": 0.07,
    "first_person*lean": 0.34,
    "length*lean": 0.14,
    "length*alone": 0.02,
    "linked*alone": 4.33,
    "is_named*alone": 1.74,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
