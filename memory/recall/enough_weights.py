"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.01
THRESHOLD = 0.067

WEIGHTS: dict[str, float] = {
    "held*lean": 0.88,
    "held*alone": 1.62,
    "words*alone": 1.67,
    "meaning*lean": 4.06,
    "meaning*alone": 3.36,
    "score*lean": 0.23,
    "score*alone": 0.24,
    "tokens*lean": 0.59,
    "absent*alone": -3.44,
    "names*lean": -0.25,
    "names*alone": -2.35,
    "numbers": -0.96,
    "about": 7.12,
    "owner": 0.33,
}
