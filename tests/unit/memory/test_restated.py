from __future__ import annotations

from dataclasses import dataclass

import pytest

from memory.restated import is_restated
from memory.store.words import Stemmer


@dataclass(frozen=True)
class Said:
    text: str
    terms: frozenset[str]


def _restated(one: str, other: str) -> bool:
    stemmer = Stemmer()
    terms = stemmer.stems([one, other])
    stemmer.close()
    first, second = (Said(t, frozenset(own)) for t, own in zip((one, other), terms, strict=True))
    assert is_restated(first, second) == is_restated(second, first)
    return is_restated(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The rent of the flat is 900 euros.", "The rent of the flat is now 980 euros."),
        ("The dentist is on Monday at four.", "The dentist is moved: on Tuesday at four."),
        ("The meeting begins in May in Ghent.", "The meeting begins in June in Ghent."),
    ],
)
def test_the_same_with_other_figures(one: str, other: str) -> None:
    assert _restated(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The rent of the flat is 900 euros.", "The rent of the flat is 900 euros, he said."),
        ("The rent of the flat is 900 euros.", "The deposit for keys was 50 pounds."),
        ("The rent of the flat is high.", "The rent of the flat is low."),
        ("The rent is 900 euros.", "The rent is 900 euros from 1 May."),
        ("", ""),
    ],
)
def test_no_news(one: str, other: str) -> None:
    assert not _restated(one, other)
