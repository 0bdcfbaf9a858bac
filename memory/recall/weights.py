"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning_apart": 0.04,
    "words*alone": 0.42,
    "meaning*alone": 0.7,
    "words_apart*alone": 0.37,
    "meaning_apart*alone": 0.46,
    "meaning_near*lean": 1.94,
    "words_around_apart*lean": 0.28,
    "words_wide_apart*lean": 0.42,
    "said_before_apart*lean": 0.19,
    "meaning_near_apart*lean": 0.05,
    "tokens_apart*lean": 0.44,
    "tokens_wide_apart*lean": 1.12,
    "speaker": 2.47,
    "asks": -0.58,
    "answers*lean": 0.54,
    "times_asked": 1.41,
    "numbers_asked": 1.45,
    "capitals*lean": 0.64,
    "capitals_asked*lean": 0.08,
    "first_person*lean": 0.34,
    "length*lean": 0.14,
    "length*alone": 0.02,
    "linked*alone": 4.22,
    "is_named*alone": 1.76,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
