"""Weights of recall's confidence, as shipped; from ``packaging/fit_confidence.py``.

Fitted on five conversations between friends (LoCoMo, arXiv 2402.17753), on samples of MuSiQue,
HotpotQA and XQuAD, each also asked what only another set answers, and on a household and facts
of our own writing; every world counts alike. Below ``THRESHOLD`` nothing seems to answer.
"""

from __future__ import annotations

OFFSET = -4.19
THRESHOLD = 0.064

WEIGHTS: dict[str, float] = {
    "held*lean": 1.03,
    "held*alone": 1.43,
    "words*alone": 1.90,
    "meaning*lean": 4.46,
    "meaning*alone": 3.22,
    "score*lean": 0.27,
    "score*alone": 0.27,
    "tokens*lean": 0.42,
    "absent*alone": -3.23,
    "names*lean": -0.39,
    "names*alone": -2.65,
    "numbers": -1.03,
    "about": 7.32,
    "owner": 0.32,
}
