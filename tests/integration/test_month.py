"""A scripted month: somebody moves, changes a plan, a friend takes another name, a liking ends.

No language model anywhere: rules, quotations and nightly upkeep.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory.protocol import FactInfo, FactState
from tests.integration.month import Month, started


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with started(tmp_path_factory.mktemp("month") / "data") as played:
        played.play()
        yield played


def _facts(month: Month, state: FactState) -> list[FactInfo]:
    return [one for one in month.client.facts(limit=500).facts if one.state is state]


@pytest.mark.parametrize(
    "text",
    [
        "You live in Whitby (before: Leeds).",
        "You work at Esk Valley School (since 16 March 2026; before: Chapel Allerton Clinic).",
        "Your friend is Robin (before: Danielle).",
        "You plan to go to Porto (July 2026).",
        "You prefer rooibos tea.",
        "You are allergic to hazelnuts.",
        "Your partner is Jonas.",
    ],
)
def test_what_holds_at_the_end(month: Month, text: str) -> None:
    assert text in [one.text for one in _facts(month, FactState.CURRENT)]


@pytest.mark.parametrize(
    "text",
    [
        "You lived in Leeds (until March 2026, then Whitby).",
        "You worked at Chapel Allerton Clinic (until 16 March 2026, then Esk Valley School).",
        "Your friend was Danielle (until March 2026, then Robin).",
        "You planned to go to Lisbon (June 2026).",
        "You liked coffee (until March 2026).",
    ],
)
def test_what_held_before_is_history(month: Month, text: str) -> None:
    assert text in [one.text for one in _facts(month, FactState.PAST)]


def test_every_fact_says_where_it_was_told(month: Month) -> None:
    for one in month.client.facts(limit=500).facts:
        detail = month.client.fact(one.id)
        assert detail.sources and all(source.text for source in detail.sources)


def test_questions_of_the_month_were_answered(month: Month) -> None:
    removal, summer, _boiler = month.answers
    assert "640 pounds" in removal
    assert summer.index("in July instead") < summer.index("Lisbon in June")


def test_every_night_ended_well(month: Month) -> None:
    night = month.client.status().last_night
    assert night is not None and night.state == "finished"
