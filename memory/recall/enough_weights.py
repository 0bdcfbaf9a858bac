"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.03
THRESHOLD = 0.064

WEIGHTS: dict[str, float] = {
    "held*lean": 0.91,
    "held*alone": 1.63,
    "words*alone": 1.68,
    "meaning*lean": 4.05,
    "meaning*alone": 3.37,
    "score*lean": 0.23,
    "score*alone": 0.25,
    "tokens*lean": 0.61,
    "absent*alone": -3.42,
    "names*lean": -0.25,
    "names*alone": -2.37,
    "numbers": -0.97,
    "about": 7.15,
    "owner": 0.34,
}
