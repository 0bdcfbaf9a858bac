"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, and on XQuAD with every sentence as a turn, each of the nine counting alike,
and rounded. Those of ``tests.bench.ranker.BY_HAND`` are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "meaning*alone": 0.26,
    "words_apart*alone": 0.43,
    "meaning_apart*alone": 0.51,
    "meaning_near*lean": 0.83,
    "words_around_apart*lean": 0.08,
    "words_wide_apart*lean": 0.49,
    "said_before_apart*lean": 0.21,
    "meaning_near_apart*lean": 0.2,
    "tokens_apart*lean": 0.6,
    "tokens_wide_apart*lean": 0.73,
    "tokens_led_apart*lean": 0.33,
    "speaker": 3.03,
    "asks": -0.75,
    "answers*lean": 0.6,
    "times_asked": 1.56,
    "numbers_asked": 1.57,
    "capitals*lean": 0.81,
    "first_person*lean": 0.34,
    "linked*alone": 4.33,
    "is_named*alone": 1.75,
    "stretch*lean": 0.29,
    "phrase": 2.5,
    "time": 3.0,
    "kind": 0.8,
    "words_apart*lean": 0.2,
}
