"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.18
THRESHOLD = 0.057

WEIGHTS: dict[str, float] = {
    "held*lean": 0.92,
    "held*alone": 1.44,
    "words*alone": 1.89,
    "meaning*lean": 4.41,
    "meaning*alone": 3.28,
    "score*lean": 0.29,
    "score*alone": 0.27,
    "tokens*lean": 0.41,
    "absent*alone": -3.28,
    "names*lean": -0.39,
    "names*alone": -2.67,
    "numbers": -1.06,
    "about": 7.36,
    "owner": 0.32,
}
