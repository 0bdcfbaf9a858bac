"""The page "About to fade" as a person uses it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.fading_card import why_words
from app.fading_page import FadingPage
from app.forget_dialog import ForgetDialog
from app.plotting import plotting
from app.theme import Mode
from app.tokens import DARK, LIGHT, contrast
from app.year_plot import _LAYERS, _RENEWED, months, nice_top, year_in_words
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.factories import NOW, memory, problem

KEEP, FADE = p.FadingAnswer.KEEP, p.FadingAnswer.FADE


class Memory:
    """What the daemon would hold: offers, and the person's word on them."""

    def __init__(self, count: int = 3):
        self.ids = [memory(n).id for n in range(count)]
        self.answers: dict[str, p.FadingAnswer | None] = {}

    def offers(self) -> p.FadingList:
        shown = [
            p.FadingOffer(
                memory=memory(int(id_[3:]), strength=0.62, reviewed_at=NOW - timedelta(days=90)),
                uses=n, dormant_in_days=12.0, answer=self.answers.get(id_),
            )
            for n, id_ in enumerate(self.ids)
        ]  # fmt: skip
        return p.FadingList(offers=shown, left=sum(one.answer is None for one in shown))

    def decide(self, id_: str, answer: p.FadingAnswer | None) -> p.FadingList:
        self.answers[id_] = answer
        return self.offers()

    def forget(self, request: p.ForgetRequest) -> p.ForgetReply:
        if not request.preview:
            self.ids = [id_ for id_ in self.ids if id_ not in request.memories]
        return p.ForgetReply(
            preview=request.preview, memories=1, sources=0, chats=0, samples=["The deposit"]
        )


def year(strong: int = 5) -> p.FadingYear:
    weeks = [
        p.FadingWeek(
            until=NOW - timedelta(weeks=51 - n), strong=strong, fading=n, dormant=n // 2,
            renewed=n % 3,
        )
        for n in range(52)
    ]  # fmt: skip
    return p.FadingYear(weeks=weeks, dormant_below=0.6)


@pytest.fixture
def held(desk: Desk) -> Memory:
    made = Memory()
    desk.daemon.replies.update(
        fading=made.offers, decide_fading=made.decide, forget=made.forget,
        fading_year=lambda: year(),
    )  # fmt: skip
    return made


@pytest.fixture
def page(desk: Desk, qtbot: QtBot, held: Memory) -> FadingPage:
    made = FadingPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.card.isVisible() and not made.year.isHidden())
    return made


def shown(page: FadingPage) -> str | None:
    return page.card.offer.memory.id if page.card.isVisible() and page.card.offer else None


def test_one_at_a_time_with_its_source(page: FadingPage, held: Memory) -> None:
    assert shown(page) == held.ids[0]
    assert page.counted.text() == "3 of 3 left"
    assert "lease-2024.pdf" in page.card.accessibleName()
    assert not page.undo_button.isVisible()


@pytest.mark.parametrize(("key", "said"), [(Qt.Key.Key_K, KEEP), (Qt.Key.Key_L, FADE)])
def test_keys_decide_and_the_next_comes(
    page: FadingPage, held: Memory, qtbot: QtBot, key: Qt.Key, said: p.FadingAnswer
) -> None:
    page.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.card.keep)
    qtbot.keyClick(page.card.keep, key)
    qtbot.waitUntil(lambda: shown(page) == held.ids[1])
    assert held.answers == {held.ids[0]: said}
    assert QApplication.focusWidget() is page.card.keep
    assert page.undo_button.isVisible() and page.counted.text() == "2 of 3 left"


def test_undo_goes_back_word_by_word(page: FadingPage, held: Memory, qtbot: QtBot) -> None:
    def shows(number: int) -> bool:
        return shown(page) == held.ids[number] and not page._fresh.busy

    qtbot.mouseClick(page.card.keep, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shows(1))
    qtbot.mouseClick(page.card.fade, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shows(2))
    assert "fade" in page.said.text()
    qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shows(1))
    assert "Kept" in page.said.text()
    qtbot.mouseClick(page.undo_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(page) == held.ids[0])
    assert set(held.answers.values()) == {None} and not page.undo_button.isVisible()


def test_a_second_click_while_the_first_is_on_its_way_is_not_taken(
    page: FadingPage, held: Memory, desk: Desk, qtbot: QtBot
) -> None:
    reply = desk.daemon.hold("decide_fading")
    page._decide(KEEP)
    qtbot.waitUntil(lambda: reply.ready)
    page._decide(FADE)
    reply.let_go()
    qtbot.waitUntil(lambda: shown(page) == held.ids[1] and not page._fresh.busy)
    assert held.answers == {held.ids[0]: KEEP}


def test_forgetting_shows_first_what_goes(page: FadingPage, held: Memory, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.card.forget, Qt.MouseButton.LeftButton)
    (dialog,) = page.findChildren(ForgetDialog)
    qtbot.waitUntil(dialog._yes.isEnabled)
    assert len(held.ids) == 3
    gone = held.ids[0]
    qtbot.mouseClick(dialog._yes, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown(page) == held.ids[0] and gone not in held.ids)


def test_when_all_is_decided_it_says_so(page: FadingPage, held: Memory, qtbot: QtBot) -> None:
    for id_ in held.ids:
        qtbot.waitUntil(lambda id_=id_: shown(page) == id_ and not page._fresh.busy)  # type: ignore[misc]
        page._decide(KEEP)
    qtbot.waitUntil(page.empty.isVisible)
    assert "all for today" in page.empty.sentence.text() and not page.card.isVisible()
    assert page.undo_button.isVisible()


def test_nothing_to_offer_teaches(page: FadingPage, held: Memory, qtbot: QtBot) -> None:
    held.ids = []
    page.refresh()
    qtbot.waitUntil(page.empty.isVisible)
    assert "Nothing that matters" in page.empty.sentence.text()
    assert page.empty.example.text() and page.counted.text() == ""


def test_a_refusal_is_told_and_the_card_stays(
    page: FadingPage, held: Memory, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["decide_fading"] = problem(title="This was used since")
    page._decide(KEEP)
    qtbot.waitUntil(lambda: not page._fresh.busy and bool(desk.told))
    assert desk.told[-1].title == "This was used since" and shown(page) == held.ids[0]


def test_the_year_is_drawn_in_both_looks(page: FadingPage, desk: Desk, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: plotting().library is not None and len(page.year._plots) == 2)
    light = page.year.grab().toImage()
    desk.context.theme.set_mode(Mode.DARK)
    qtbot.waitUntil(lambda: page.year.grab().toImage() != light)
    assert "81 memories 5 are strong, 51 fade and 25" in page.year.words.text()
    desk.context.theme.set_mode(Mode.LIGHT)


def test_a_year_of_nothing_is_not_shown(page: FadingPage, desk: Desk, qtbot: QtBot) -> None:
    empty = year().model_copy(
        update={"weeks": [p.FadingWeek(until=NOW, strong=0, fading=0, dormant=0, renewed=0)]}
    )
    desk.daemon.replies["fading_year"] = empty
    page.shown()
    qtbot.waitUntil(page.year.isHidden)
    assert year_in_words(empty) == "Nothing is remembered yet."


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_colours_of_the_plots_stand_out(palette: object) -> None:
    for token in (*(layer[2] for layer in _LAYERS), _RENEWED):
        assert contrast(getattr(palette, token), palette.surface) >= 3  # type: ignore[attr-defined]


def test_axes_end_at_round_numbers() -> None:
    assert [nice_top(n) for n in (0, 1, 3, 10, 11, 24, 99, 1093, 2703, 1_000_000)] == [
        2, 2, 4, 10, 12, 30, 100, 1200, 3000, 1_000_000,
    ]  # fmt: skip
    assert all(nice_top(n) >= n and nice_top(n) % 2 == 0 for n in range(3000))


def test_months_are_named_where_they_begin() -> None:
    times = [week.until.timestamp() for week in year().weeks]
    found = months(times)
    assert 5 <= len(found) <= 7
    assert len({name for _at, name in found}) >= 5
    assert all(times[0] - 7 * 86_400 < at <= times[-1] for at, _name in found)


def test_why_it_is_offered() -> None:
    offer = p.FadingOffer(
        memory=memory(0, reviewed_at=NOW), uses=4, dormant_in_days=12.3, answer=None
    )
    assert why_words(offer) == "Used 4 times, last today. It goes dormant in about 12 days."
    never = offer.model_copy(update={"uses": 0, "dormant_in_days": 0.2})
    assert why_words(never) == "Not used since it was learnt, today. It goes dormant tonight."
