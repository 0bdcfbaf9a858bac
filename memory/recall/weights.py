"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning*alone": 1.05,
    "words_apart*alone": 0.49,
    "meaning_apart*alone": 0.43,
    "meaning_near*lean": 1.8,
    "words_around_apart*lean": 0.25,
    "words_wide_apart*lean": 0.53,
    "said_before_apart*lean": 0.11,
    "meaning_near_apart*lean": 0.1,
    "tokens_apart*lean": 0.38,
    "tokens_wide_apart*lean": 0.95,
    "tokens_led_apart*lean": 0.37,
    "speaker": 2.52,
    "asks": -0.62,
    "answers*lean": 0.5,
    "times_asked": 1.4,
    "numbers_asked": 1.45,
    "capitals*lean": 0.71,
    "first_person*lean": 0.35,
    "linked*alone": 4.16,
    "is_named*alone": 1.78,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
