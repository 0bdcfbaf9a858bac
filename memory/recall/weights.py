"""The weights of the ranker, as shipped; written by ``packaging/train_ranker.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753) and on samples of
MuSiQue, HotpotQA and XQuAD, each of the eight counting alike, and rounded. For "phrase", "time"
and "kind" there is nothing to learn from in those: they are set by hand.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "words": -2.96,
    "meaning": -3.22,
    "words_apart": -0.1,
    "meaning_apart": 0.58,
    "words*alone": 2.87,
    "meaning*alone": 2.09,
    "words_apart*alone": 0.6,
    "meaning_apart*alone": 0.26,
    "said*lean": 3.2,
    "said_apart*lean": -0.3,
    "words_near*lean": 0.36,
    "words_wide*lean": 0.13,
    "meaning_near*lean": 5.12,
    "words_near_apart*lean": -0.87,
    "words_around_apart*lean": 0.49,
    "words_wide_apart*lean": 0.84,
    "said_before_apart*lean": 0.81,
    "said_after_apart*lean": 0.16,
    "meaning_near_apart*lean": -0.25,
    "tokens_apart*lean": 0.52,
    "tokens_near_apart*lean": 0.64,
    "speaker": 2.65,
    "asks": -0.62,
    "answers*lean": 0.46,
    "times": 0.08,
    "times_asked": 1.47,
    "numbers_asked": 1.69,
    "capitals*lean": 0.75,
    "capitals_asked*lean": 0.34,
    "first_person*lean": 0.3,
    "length*lean": 0.14,
    "length*alone": -0.08,
    "title*alone": -0.19,
    "linked*alone": 4.54,
    "linked*lean": -0.52,
    "is_named*alone": 1.86,
    "names_it*alone": -0.38,
    "superseded": -0.42,
    "phrase": 2.5,
    "time": 0.8,
    "kind": 0.8,
}
