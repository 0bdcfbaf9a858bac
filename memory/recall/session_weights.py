"""Weights of sessions as wholes, as shipped; written by ``packaging/train_sessions.py``.

Trained on five conversations between friends (LoCoMo, arXiv 2402.17753), each counting alike, and
rounded.
"""

from __future__ import annotations

WEIGHTS: dict[str, float] = {
    "best": 0.53,
    "together": 0.47,
    "time": 7.87,
    "words": 0.39,
    "near": 0.53,
    "tokens": 1.67,
    "length": 1.0,
}
