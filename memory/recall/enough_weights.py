"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.12
THRESHOLD = 0.053

WEIGHTS: dict[str, float] = {
    "held*lean": 0.74,
    "held*alone": 1.64,
    "words*alone": 1.87,
    "meaning*lean": 4.64,
    "meaning*alone": 3.30,
    "score*lean": 0.27,
    "score*alone": 0.25,
    "tokens*lean": 0.26,
    "absent*alone": -3.36,
    "names*lean": -0.49,
    "names*alone": -2.56,
    "numbers": -1.05,
    "about": 7.02,
    "owner": 0.29,
}
