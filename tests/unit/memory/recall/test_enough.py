"""How likely the memory holds an answer: signs of the question and its candidates, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from memory.recall import enough, ranking
from memory.recall.enough import NOTHING, SIGNS, WEIGHTS, Enough, Weights, judge
from memory.recall.features import columns
from memory.recall.terms import Terms
from memory.recall.weights import WEIGHTS as RANKER
from memory.understand import understand
from tests.unit.memory.recall.laid import NOW, talk, terms

TALK = [
    "I bought a yellow kayak at the boat fair.",
    "Good for you! The weather was awful here.",
    "We stayed in bed until ten and played cards.",
    "My sister sends her love.",
]
SPEAKERS = ["Ana", "Ben", "Ben", "Ana"]


def sure(
    asked: str, words: Terms, texts: Sequence[str] = TALK, speakers: Sequence[str | None] = SPEAKERS
) -> Enough:
    """The verdict over these turns, all of them candidates, without vectors."""
    question = understand(asked, NOW)
    laid, cards = talk(texts, range(1, len(texts) + 1))
    cards = [card._replace(speaker=who) for card, who in zip(cards, speakers, strict=True)]
    found = columns(question, words, None, None, laid, cards)
    ranked = ranking.rank(found, RANKER, cards, NOW, 0.2)
    related = ranking.related(found)
    order = [place for place in np.argsort(-ranked.scores).tolist() if related[place]]
    return judge(question, words, cards, ranked, order)


def test_every_weight_speaks_the_way_its_sign_does() -> None:
    assert len(WEIGHTS.weights) > 8 and 0 < WEIGHTS.threshold < 0.25
    for name, weight in WEIGHTS.weights.items():
        assert weight * SIGNS[name] > 0, name


@pytest.mark.parametrize("name", SIGNS)
def test_more_of_a_sign_moves_the_confidence_its_way(name: str) -> None:
    one = Weights({name: float(SIGNS[name])}, 0.0, 0.1)
    little, much = (_with(name, value, one) for value in (0.2, 0.8))
    assert (much.confidence - little.confidence) * SIGNS[name] > 0


def _with(name: str, value: float, weights: Weights) -> Enough:
    """A verdict by one sign of a given value."""
    given = dict.fromkeys(SIGNS, 0.0) | {name: value}
    return enough.verdict(given, weights)


@pytest.mark.parametrize("value", [-1e9, -3.0, 0.0, 3.0, 1e9])
def test_the_confidence_stays_between_0_and_1(value: float) -> None:
    made = enough.verdict(dict.fromkeys(SIGNS, value), WEIGHTS)
    assert 0.0 <= made.confidence <= 1.0 and np.isfinite(made.confidence)


def test_the_points_make_up_the_confidence() -> None:
    made = sure("Where is the kayak from?", terms(TALK, "kayak"))
    logit = np.log(made.confidence / (1 - made.confidence))
    assert sum(made.points.values()) == pytest.approx(logit, abs=0.1)
    assert made.features.keys() == SIGNS.keys() and "base" in made.points


def test_nothing_to_do_with_it_is_nothing() -> None:
    assert sure("Where is the submarine?", Terms()) is NOTHING
    assert NOTHING.nearest_only and NOTHING.confidence == 0


def test_the_more_of_the_question_one_memory_holds_the_surer() -> None:
    both = sure("Was the kayak yellow?", terms(TALK, "kayak", "yellow"))
    apart = sure("Was the kayak a gift of my sister?", terms(TALK, "kayak", "sister"))
    assert both.features["held*lean"] > apart.features["held*lean"]
    assert both.confidence > apart.confidence


def test_a_word_that_stands_nowhere_makes_it_less_sure() -> None:
    known = terms(TALK, "kayak")
    lacking = replace(known, ideal=2 * known.ideal, missing=("torpedo",))
    texts = [text * 30 for text in TALK]  # long ones stand for themselves
    whole = sure("Which kayak?", known, texts)
    less = sure("Which torpedo kayak?", lacking, texts)
    assert whole.features["absent*alone"] == 0 < less.features["absent*alone"]
    assert less.confidence < whole.confidence


def test_a_number_or_a_name_that_nobody_said_makes_it_less_sure() -> None:
    known = terms(TALK, "kayak")
    lacking = replace(known, missing=("e31",))
    number = sure("Which kayak is model E31?", lacking)
    assert number.features["numbers"] == 1
    assert number.features["names*lean"] > 0.9  # it begins with a capital, too
    named = replace(known, missing=("henrietta",))
    lost = sure("Has the kayak of Henrietta a name?", named)
    assert lost.features["names*lean"] > 0.9 and lost.features["numbers"] == 0
    assert sure("Has the kayak a name?", known).confidence > lost.confidence


def test_the_day_asked_about_is_no_word_a_memory_must_hold() -> None:
    dated = replace(terms(TALK, "kayak"), ideal=6.0, missing=("2022", "july"))
    made = sure("Which kayak was bought in July 2022?", dated)
    assert made.features["held*lean"] == pytest.approx(
        sure("Which kayak?", terms(TALK, "kayak")).features["held*lean"]
    )
    assert made.features["numbers"] == 0


def test_what_one_said_of_oneself_answers_for_that_one_alone() -> None:
    words = terms(TALK, "bought", "kayak")
    hers, his = (sure(f"Which kayak has {name} bought?", words) for name in ("Ana", "Ben"))
    assert hers.features["about"] > 0.1 and his.features["about"] < -0.1
    assert hers.features["owner"] > 0 > his.features["owner"]
    assert hers.confidence > 3 * his.confidence


def test_what_is_said_to_one_is_about_that_one() -> None:
    texts = ["So you bought a kayak and your boat is sold!", *TALK[1:]]
    words = terms(texts, "bought", "kayak")
    speakers = ["Ben", "Ana", "Ben", "Ana"]
    asked, other = (
        sure(f"Which kayak has {name} bought?", words, texts, speakers) for name in ("Ana", "Ben")
    )
    assert asked.features["about"] > other.features["about"]
    assert asked.features["about"] > 0


def test_who_speaks_tells_nothing_where_nobody_is_asked_about() -> None:
    words = terms(TALK, "kayak")
    for speakers in (SPEAKERS, [None] * 4, ["Ana"] * 4):
        made = sure("Which kayak?", words, TALK, speakers)
        assert made.features["about"] == made.features["owner"] == 0
    alone = sure("Which kayak has Ana?", words, TALK, ["Ana"] * 4)
    assert alone.features["about"] == 0
