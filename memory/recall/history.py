"""Operator "history": of facts, those of whom is asked about first, and what holds now before
what held once. Pure.

Nothing is hidden: a fact of the past keeps its place wherever no present one of its topic was
found, and where the question asks for the past.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from memory.facts.fold import State
from memory.facts.statements import YOU
from memory.recall import cues
from memory.recall.terms import Floats
from memory.understand import Question

_JUST_BELOW = 1e-3
_FIRST_PERSON = frozenset("i me my mine we us our ich mein meine je j mon ma yo mi".split())
_YOUR = "your"

Topic = tuple[str, str, str]


def lowered(
    question: Question,
    rowids: Sequence[int],
    scores: Floats,
    facts: Mapping[int, tuple[Topic, State]],
) -> Floats:
    """What each candidate loses, (n,): a fact of somebody else goes just below the best one, of
    the same relation, of whom the question asks about; and a past fact just below the best
    present one of its topic. ``facts`` tells of the rows that are facts."""
    found = scores.astype(np.float32, copy=True)
    told = [(place, *facts[row]) for place, row in enumerate(rowids) if row in facts]
    asked = {topic for _place, topic, _state in told if _asks_about(question, topic[0])}
    asked = {topic for topic in asked if topic[0] != YOU} or asked
    best: dict[tuple[str, str], float] = {}
    for place, topic, _state in told:
        if topic in asked:
            best[topic[1:]] = max(best.get(topic[1:], -np.inf), float(found[place]))
    for place, topic, _state in told:
        if topic not in asked and topic[1:] in best:
            found[place] = min(float(found[place]), best[topic[1:]] - _JUST_BELOW)
    if not cues.asks_past(question.text):
        present: dict[Topic, float] = {}
        for place, topic, state in told:
            if state is State.CURRENT:
                present[topic] = max(present.get(topic, -np.inf), float(found[place]))
        for place, topic, state in told:
            if state is State.PAST and topic in present:
                found[place] = min(float(found[place]), present[topic] - _JUST_BELOW)
    return np.asarray(found - scores, dtype=np.float32)


def _asks_about(question: Question, subject_key: str) -> bool:
    """Whether a question is about this subject: by name, "my brother", or "I"."""
    if subject_key == YOU:
        return not question.folded.isdisjoint(_FIRST_PERSON)
    words = ["my" if word == _YOUR else word for word in subject_key.split()]
    return question.folded.issuperset(words)
