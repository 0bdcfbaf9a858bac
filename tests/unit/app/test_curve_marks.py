"""What stands on the forgetting curve: uses, verdicts, the mark of dormancy."""

from __future__ import annotations

from datetime import timedelta

from pytestqt.qtbot import QtBot

from app.curve import StrengthCurve, key_in_words
from app.plotting import plotting
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import NOW, detail


def review(reason: p.ReviewReason, days: int = 40) -> p.ReviewInfo:
    return p.ReviewInfo(
        at=NOW - timedelta(days=days), reason=reason, stability_days=3.0, difficulty=5.0
    )


def test_only_what_is_drawn_is_explained() -> None:
    used, wrong = review(p.ReviewReason.CITED), review(p.ReviewReason.WRONG)
    assert key_in_words([]) == "Dashes: if it is not used again."
    assert "Dots" in key_in_words([used]) and "Diamonds" not in key_in_words([used])
    assert "Dots" not in key_in_words([wrong]) and "Diamonds" in key_in_words([wrong])
    assert all(word in key_in_words([used, wrong]) for word in ("Dots", "Diamonds", "Dashes"))


def test_the_mark_of_dormancy_is_drawn_where_there_is_one(desk: Desk, qtbot: QtBot) -> None:
    shown = detail()
    curve = StrengthCurve(desk.theme)
    qtbot.addWidget(curve)
    curve.resize(400, 220)
    curve.show()

    def across(below: float) -> list[float]:
        """Where lines go across the plot."""
        curve.show_curve(shown.curve, shown.reviews, NOW, dormant_below=below)
        qtbot.waitUntil(lambda: plotting().library is not None and curve._plot is not None)
        qtbot.waitUntil(lambda: not curve._drawing.isActive())
        line = plotting().library.InfiniteLine
        items = curve._plot.getPlotItem().items
        return [item.value() for item in items if isinstance(item, line) and item.angle == 0]

    assert across(0.0) == []
    assert across(0.6) == [0.6]
    assert across(0.0) == []
