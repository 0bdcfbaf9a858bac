"""Weights of sessions as wholes, as shipped; written by ``packaging/train_sessions.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), each counting alike, and
rounded.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "best": 0.56,
    "together": 0.44,
    "time": 8.25,
    "words": 0.37,
    "near": 0.57,
    "tokens": 1.76,
    "length": 1.05,
}
