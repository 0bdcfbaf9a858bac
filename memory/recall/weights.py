"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning_apart": 0.03,
    "meaning*alone": 1.07,
    "words_apart*alone": 0.48,
    "meaning_apart*alone": 0.4,
    "meaning_near*lean": 1.64,
    "words_around_apart*lean": 0.27,
    "words_wide_apart*lean": 0.44,
    "said_before_apart*lean": 0.22,
    "meaning_near_apart*lean": 0.1,
    "tokens_apart*lean": 0.45,
    "tokens_wide_apart*lean": 1.18,
    "speaker": 2.5,
    "asks": -0.58,
    "answers*lean": 0.54,
    "times_asked": 1.41,
    "numbers_asked": 1.47,
    "capitals*lean": 0.69,
    "first_person*lean": 0.32,
    "length*lean": 0.12,
    "linked*alone": 4.19,
    "is_named*alone": 1.77,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
