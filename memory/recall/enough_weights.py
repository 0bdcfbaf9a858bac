"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.19
THRESHOLD = 0.065

WEIGHTS: dict[str, float] = {
    "held*lean": 1.04,
    "held*alone": 1.42,
    "words*alone": 1.91,
    "meaning*lean": 4.50,
    "meaning*alone": 3.23,
    "score*lean": 0.27,
    "score*alone": 0.27,
    "tokens*lean": 0.40,
    "absent*alone": -3.25,
    "names*lean": -0.35,
    "names*alone": -2.63,
    "numbers": -1.06,
    "about": 7.29,
    "owner": 0.32,
}
