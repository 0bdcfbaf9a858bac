"""The place "You": portrait, facts with their history, and what waits for the person's word."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.you_page import YouPage
from memory import protocol as p
from tests.unit.app.channel import Desk
from tests.unit.app.fact_factories import day, doubt, fact, line, listing, portrait, review, said
from tests.unit.app.factories import detail, memory

LEEDS = line("F1", "You live in Leeds.")
LEFT = Qt.MouseButton.LeftButton


class Kept:
    """What a memory would keep of the portrait and of doubts, so that replies follow deeds."""

    def __init__(self, *lines: p.PortraitLine) -> None:
        self.lines = list(lines)
        self.doubts: list[p.FactDoubt] = []
        self.on = True

    def page(self) -> p.PortraitPage:
        return portrait(*self.lines) if self.on else portrait(on=False)

    def edit(self, line_id: str, edit: p.PortraitEdit) -> p.PortraitPage:
        changes: dict[str, Any] = {}
        if edit.text is not None:
            changes = {"text": edit.text, "edited": bool(edit.text)}
        if edit.hidden is not None:
            changes["hidden"] = edit.hidden
        self.lines = [
            one.model_copy(update=changes) if one.id == line_id else one for one in self.lines
        ]
        return self.page()

    def add(self, text: str) -> p.PortraitPage:
        self.lines.append(line("OWN", text, fact=None, sources=[]))
        return self.page()

    def remove(self, line_id: str) -> p.PortraitPage:
        self.lines = [one for one in self.lines if one.id != line_id]
        return self.page()


@pytest.fixture
def kept(desk: Desk) -> Kept:
    made = Kept(LEEDS)
    desk.daemon.replies.update(
        portrait=lambda: made.page(),
        edit_portrait_line=made.edit,
        add_portrait_line=made.add,
        remove_portrait_line=made.remove,
        fact_review=lambda: review(*made.doubts),
        facts=lambda **_query: listing(),
        decide_fact=lambda fact_id, _choice: p.FactDetail(
            fact=fact(fact_id, "x"), line=[], sources=[]
        ),
    )
    return made


@pytest.fixture
def page(desk: Desk, kept: Kept, qtbot: QtBot) -> YouPage:
    made = YouPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.shown()
    desk.settle(qtbot)
    return made


def _texts(page: YouPage) -> list[str]:
    return [row.words.text() for row in page.portrait.rows]


# -- the portrait


def test_the_portrait_is_shown_and_a_line_opens_its_source(
    page: YouPage, desk: Desk, qtbot: QtBot
) -> None:
    assert _texts(page) == ["You live in Leeds."]
    desk.daemon.replies["memory"] = lambda _id: detail(memory(start=100, end=400))
    requests = desk.context.requests
    with qtbot.waitSignal(requests.place_wanted) as wanted:
        qtbot.mouseClick(page.portrait.rows[0].source, LEFT)
    place = wanted.args[0]
    assert (place.start, place.end, place.quote) == (104, 120, "I live in Leeds.")


def test_a_line_is_changed_in_place_and_put_back(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    row = page.portrait.rows[0]
    row.edit()
    assert row.editing and row.field.text() == "You live in Leeds."
    row.field.setText("Leeds is home.")
    qtbot.keyClick(row.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _texts(page) == ["Leeds is home."])
    assert not page.portrait.rows[0].mark.isHidden()
    offers = dict(page.portrait.rows[0].offers())
    offers["Put back: You live in Leeds."]()  # type: ignore[operator]
    qtbot.waitUntil(
        lambda: desk.daemon.asked("edit_portrait_line")[-1] == ("F1", p.PortraitEdit(text=""))
    )


def test_an_open_field_is_not_taken_away(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    row = page.portrait.rows[0]
    row.edit()
    kept.lines.append(line("F2", "You work as a nurse."))
    page.portrait.refresh()
    desk.settle(qtbot)
    assert page.portrait.rows == [row] and row.editing
    row.stop_editing()
    page.portrait.refresh()
    qtbot.waitUntil(lambda: len(page.portrait.rows) == 2)


def test_hidden_lines_fold_away_and_come_back(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    kept.lines.append(line("F2", "You work as a nurse."))
    dict(page.portrait.rows[0].offers())["Hide"]()  # type: ignore[operator]
    qtbot.waitUntil(lambda: _texts(page) == ["You work as a nurse."])
    assert page.portrait.fold.text() == "Show 1 hidden line"
    qtbot.mouseClick(page.portrait.fold, LEFT)
    assert _texts(page) == ["You live in Leeds.", "You work as a nurse."]
    (offer,) = page.portrait.rows[0].offers()
    assert offer[0] == "Put back"
    offer[1]()  # type: ignore[operator]
    qtbot.waitUntil(lambda: page.portrait.fold.isHidden())


def test_lines_of_their_own_are_added_and_deleted(page: YouPage, kept: Kept, qtbot: QtBot) -> None:
    qtbot.keyClicks(page.portrait.own, "Call me Rob.")
    qtbot.keyClick(page.portrait.own, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: _texts(page) == ["You live in Leeds.", "Call me Rob."])
    assert page.portrait.own.text() == ""
    row = page.portrait.rows[1]
    assert row.source.isHidden()
    dict(row.offers())["Delete"]()  # type: ignore[operator]
    qtbot.waitUntil(lambda: _texts(page) == ["You live in Leeds."])


def test_a_long_section_comes_in_parts(page: YouPage, kept: Kept, qtbot: QtBot) -> None:
    kept.lines = [line(f"F{n}", f"You like thing {n}.") for n in range(40)]
    page.portrait.refresh()
    qtbot.waitUntil(lambda: len(page.portrait.rows) == 15)
    (more,) = [b for b in page.portrait.findChildren(QPushButton) if b.text() == "Show 25 more"]
    qtbot.mouseClick(more, LEFT)
    assert len(page.portrait.rows) == 40


def test_the_switch_turns_it_off_and_on(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    def edit(edit: p.SettingsEdit) -> p.SettingsReply:
        kept.on = edit.values["portrait"]
        return p.SettingsReply(settings=[])

    desk.daemon.replies["edit_settings"] = edit
    assert page.portrait.switch.isChecked()
    page.portrait.switch.click()
    qtbot.waitUntil(page.portrait.off.isVisible)
    assert _texts(page) == []
    page.portrait._set(True)
    qtbot.waitUntil(lambda: _texts(page) == ["You live in Leeds."])


def test_an_empty_portrait_teaches(page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot) -> None:
    kept.lines.clear()
    page.portrait.refresh()
    qtbot.waitUntil(page.portrait.empty.isVisible)
    assert "I live in Leeds" in page.portrait.empty.example.text()


# -- facts


def _history() -> p.FactList:
    return listing(
        fact("C", "Leeds", valid_from=day("2024-05-01"), valid_from_days=30),
        fact("B", "Lyon", state=p.FactState.PAST, valid_from=day("2021-01-01"),
             valid_from_days=30, valid_to=day("2024-05-01"), valid_to_days=30),
        fact("D", "hiking", "likes", text="You like hiking."),
    )  # fmt: skip


def test_facts_are_chips_or_a_history_and_open_their_source(
    page: YouPage, desk: Desk, qtbot: QtBot
) -> None:
    from app.facts_view import TopicRow

    desk.daemon.replies["facts"] = lambda **_query: _history()
    page.show_tab("Facts")
    qtbot.waitUntil(lambda: len(page.facts.findChildren(TopicRow)) == 2)
    home, likes = page.facts.findChildren(TopicRow)
    assert home.timeline is not None and home.chips == []
    assert likes.timeline is None and [chip.text() for chip in likes.chips] == ["hiking"]
    opened = fact("B", "Lyon")
    desk.daemon.replies["fact"] = lambda fact_id: p.FactDetail(
        fact=opened.model_copy(update={"id": fact_id}), line=[], sources=[said("I moved to Lyon.")]
    )
    desk.daemon.replies["memory"] = lambda _id: detail(memory(start=100, end=400))
    timeline = home.timeline
    qtbot.waitUntil(lambda: timeline.width() > 100)
    with qtbot.waitSignal(desk.context.requests.place_wanted) as wanted:
        qtbot.mouseClick(timeline, LEFT, pos=timeline.area(timeline.spans[0]).center().toPoint())
    assert desk.daemon.asked("fact") == [("B",)] and wanted.args[0].quote == "I moved to Lyon."
    timeline.setFocus()
    qtbot.keyClick(timeline, Qt.Key.Key_Right)
    with qtbot.waitSignal(desk.context.requests.place_wanted):
        qtbot.keyClick(timeline, Qt.Key.Key_Return)
    assert desk.daemon.asked("fact")[-1] == ("C",)
    assert "Leeds" in timeline.accessibleDescription()


def test_facts_are_looked_for_and_an_empty_place_teaches(
    page: YouPage, desk: Desk, qtbot: QtBot
) -> None:
    page.show_tab("Facts")
    qtbot.waitUntil(page.facts.empty.isVisible)
    assert page.facts.empty.sentence.text() == "No facts yet."
    qtbot.keyClicks(page.facts.search, "zebra")
    qtbot.waitUntil(lambda: page.facts.empty.sentence.text() == "No fact says this.")
    queries = [named for name, _args, named in desk.daemon.calls if name == "facts"]
    assert queries[-1]["text"] == "zebra"


def test_many_topics_come_in_parts(page: YouPage, desk: Desk, qtbot: QtBot) -> None:
    from app.facts_view import TopicRow

    many = listing(*(fact(f"F{n}", "Graz", subject=f"Person {n}") for n in range(60)))
    desk.daemon.replies["facts"] = lambda **_query: many
    page.show_tab("Facts")
    qtbot.waitUntil(lambda: page.facts.more.isVisible())
    assert page.facts.more.text() == "Show more: 20 topics"
    qtbot.mouseClick(page.facts.more, LEFT)
    qtbot.waitUntil(lambda: len(page.facts.findChildren(TopicRow)) == 60)
    assert page.facts.more.isHidden()


# -- what waits for the person's word

OLD = fact("K", "14 August", "birthday")
NEW = fact("N", "15 August", "birthday", state=p.FactState.DOUBTFUL, doubt="contradicts")
GUESS = fact("G", "Orbis", "works_at", state=p.FactState.DOUBTFUL, doubt="unsure")
A = p.FactChoice


def _doubts(page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot, *some: p.FactDoubt) -> None:
    kept.doubts = list(some)
    page.show_tab("To decide")
    qtbot.waitUntil(lambda: len(page.doubts.cards) == len(some))
    desk.settle(qtbot)


@pytest.mark.parametrize(
    ("key", "decided"),
    [
        ("1", [("N", A.REJECT)]),
        ("2", [("N", A.ACCEPT)]),
        ("b", [("N", A.BOTH)]),
        ("n", [("N", A.REJECT), ("K", A.REJECT)]),
    ],
)
def test_two_values_are_decided_by_a_key_and_taken_back(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot, key: str, decided: list[Any]
) -> None:
    both = doubt(NEW, OLD)
    _doubts(page, desk, kept, qtbot, both)
    assert page.tabs.tabText(2) == "To decide (1)"
    kept.doubts = []
    qtbot.keyClicks(page.doubts.cards[0], key)
    qtbot.waitUntil(lambda: desk.daemon.asked("decide_fact") == decided)
    qtbot.waitUntil(lambda: page.doubts.cards == [] and page.doubts.undo.isVisible())
    assert page.tabs.tabText(2) == "To decide"
    kept.doubts = [both]
    page.doubts.take_back()
    undone = [(fact_id, A.UNDECIDED) for fact_id, _choice in decided]
    qtbot.waitUntil(lambda: desk.daemon.asked("decide_fact")[len(decided) :] == undone)
    qtbot.waitUntil(lambda: len(page.doubts.cards) == 1 and page.doubts.undo.isHidden())


def test_a_guess_is_asked_by_yes_and_no(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    _doubts(page, desk, kept, qtbot, doubt(GUESS), doubt(NEW, OLD))
    card = page.doubts.cards[0]
    assert [button.text() for button in card.buttons.values()] == ["Yes", "No"]
    kept.doubts = [doubt(NEW, OLD)]
    qtbot.mouseClick(card.buttons["1"], LEFT)
    qtbot.waitUntil(lambda: desk.daemon.asked("decide_fact") == [("G", A.ACCEPT)])
    qtbot.waitUntil(lambda: len(page.doubts.cards) == 1)
    assert page.doubts.cards[0].doubt.fact == NEW


def test_the_arrows_go_from_case_to_case(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    _doubts(page, desk, kept, qtbot, doubt(GUESS), doubt(NEW, OLD))
    moved: list[int] = []
    page.doubts.cards[0].moved.connect(moved.append)
    qtbot.keyClick(page.doubts.cards[0], Qt.Key.Key_Down)
    assert moved == [1] and page.doubts.focusWidget() is page.doubts.cards[1]
    qtbot.keyClick(page.doubts.cards[1], Qt.Key.Key_Up)
    assert page.doubts.focusWidget() is page.doubts.cards[0]


def test_nothing_doubtful_is_said(page: YouPage, desk: Desk, qtbot: QtBot) -> None:
    page.show_tab("To decide")
    qtbot.waitUntil(page.doubts.empty.isVisible)
    assert page.doubts.empty.sentence.text() == "Nothing is doubtful."


# -- keeping it true


def test_it_asks_anew_when_facts_change(
    page: YouPage, desk: Desk, kept: Kept, qtbot: QtBot
) -> None:
    kept.lines.append(line("F2", "You work as a nurse."))
    desk.daemon.say_changed(p.Change.FACTS)
    qtbot.waitUntil(lambda: len(page.portrait.rows) == 2)
