"""The Timeline: what its days are called, clicks that open sources, zoom, more, undoing folds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app import timeline_words
from app.folds_dialog import FoldsDialog, night_words, said_in
from app.timeline_page import PAGE, TimelinePage
from memory import protocol as p
from tests.unit.app.channel import Desk, overtaking
from tests.unit.app.factories import memory

TODAY = date(2026, 3, 1)


def quote(text: str = "The roof leaks <again>.", **more: object) -> p.DiaryQuote:
    given = {"memory": "m1", "text": text, "start": 10, "end": 10 + len(text), "speaker": "You"}
    return p.DiaryQuote(**(given | more))  # type: ignore[arg-type]


def line(day: date = TODAY, **more: object) -> p.DiaryLine:
    given = {
        "day": day, "text": "", "opening": "You talked about Lisbon:", "quotes": [quote()],
        "source": "s1", "source_kind": p.SourceKind.CONVERSATION, "source_title": "A chat",
        "location": "s1", "memories": 4,
    }  # fmt: skip
    return p.DiaryLine(**(given | more))  # type: ignore[arg-type]


def entry(first: date = TODAY, zoom: p.DiaryZoom = p.DiaryZoom.DAY, **more: object) -> p.DiaryEntry:
    given = {"zoom": zoom, "first": first, "last": first, "memories": 4, "lines": [line(first)]}
    return p.DiaryEntry(**(given | more))  # type: ignore[arg-type]


def days(zoom: p.DiaryZoom, *, before: date | None, limit: int) -> p.DiaryReply:
    """A diary of 60 days, that of any zoom."""
    last = before - timedelta(days=1) if before else TODAY
    left = (last - (TODAY - timedelta(days=59))).days + 1
    found = [entry(last - timedelta(days=n), zoom) for n in range(min(limit, left))]
    return p.DiaryReply(entries=found, more=left > limit)


def group(number: int, night: str) -> p.FoldGroup:
    others = [memory(number + 50, source_title="copy.pdf")]
    return p.FoldGroup(night=night, at=datetime.now(UTC), shown=memory(number), others=others)


FOLDS = p.FoldList(
    groups=[group(0, "2026-02-28"), group(1, "2026-02-27")],
    total=2,
    nights=[p.FoldNight(night=f"2026-02-{n}", memories=1) for n in (28, 27)],
)
NO_FOLDS = p.FoldList(groups=[], total=0)


@pytest.fixture
def page(desk: Desk, qtbot: QtBot) -> TimelinePage:
    desk.daemon.replies.update(diary=days, folds=lambda **_query: FOLDS)
    made = TimelinePage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.shown()
    desk.settle(qtbot)
    return made


def _laid_out(qtbot: QtBot, widget: QWidget) -> None:
    """Wait until it has its place: before that there is nothing to click on."""
    qtbot.waitUntil(lambda: widget.isVisible() and widget.height() > 1)


def test_a_line_opens_its_source_at_the_words(page: TimelinePage, desk: Desk, qtbot: QtBot) -> None:
    assert len(page.views) == PAGE
    first = page.views[0].quotes[0]
    _laid_out(qtbot, first)
    with qtbot.waitSignal(desk.context.requests.place_wanted) as wanted:
        qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    place = wanted.args[0]
    assert (place.source_id, place.memory_id, place.start) == ("s1", "m1", 10)
    assert place.quote == "The roof leaks <again>."
    first.setFocus()
    with qtbot.waitSignal(desk.context.requests.place_wanted):
        qtbot.keyClick(first, Qt.Key.Key_Return)


def test_the_words_of_a_memory_are_never_markup(page: TimelinePage) -> None:
    shown = page.views[0].quotes[0]
    assert "&lt;again&gt;" in shown.text()
    assert shown.accessibleName() == "You talked about Lisbon: The roof leaks <again>."


def test_more_comes_until_there_is_no_more(page: TimelinePage, desk: Desk, qtbot: QtBot) -> None:
    for count in (2 * PAGE, 3 * PAGE):
        assert page.earlier.isVisibleTo(page)
        page.earlier.click()
        desk.settle(qtbot)
        assert len(page.views) == count
    assert not page.earlier.isVisibleTo(page)
    firsts = [view.entry.first for view in page.views]
    assert firsts == sorted(set(firsts), reverse=True)


def test_zoom_asks_for_weeks_and_months(page: TimelinePage, desk: Desk, qtbot: QtBot) -> None:
    for number, zoom in ((1, p.DiaryZoom.WEEK), (2, p.DiaryZoom.MONTH), (0, p.DiaryZoom.DAY)):
        page.tabs.setCurrentIndex(number)
        desk.settle(qtbot)
        assert desk.daemon.asked("diary")[-1] == (zoom,)
        assert {view.entry.zoom for view in page.views} == {zoom}


def test_days_asked_for_before_the_zoom_do_not_cover_the_weeks(
    page: TimelinePage, desk: Desk, qtbot: QtBot
) -> None:
    with overtaking(desk, qtbot, "diary", page.earlier.click):
        page.tabs.setCurrentIndex(1)
    assert {view.entry.zoom for view in page.views} == {p.DiaryZoom.WEEK}


def test_days_not_written_yet_are_asked_for_again(
    page: TimelinePage, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["diary"] = p.DiaryReply(entries=[], unwritten=3)
    page.tabs.setCurrentIndex(1)
    qtbot.waitUntil(lambda: "3 more days" in page._state.text())
    desk.daemon.replies["diary"] = days
    qtbot.waitUntil(lambda: len(page.views) == PAGE)
    assert page._state.text() == ""


def test_an_empty_place_teaches(page: TimelinePage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies.update(diary=p.DiaryReply(entries=[]), folds=NO_FOLDS)
    page.tabs.setCurrentIndex(1)
    desk.settle(qtbot)
    assert page.empty.isVisible() and not page.folded.isVisible()


def test_what_changes_in_the_memory_shows(page: TimelinePage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["diary"] = p.DiaryReply(entries=[entry(lines=[])])
    desk.daemon.say_changed(p.Change.MEMORIES)
    qtbot.waitUntil(lambda: len(page.views) == 1)


def test_a_told_day_says_so_and_leads_to_its_memories(
    page: TimelinePage, desk: Desk, qtbot: QtBot
) -> None:
    told = [p.DiaryTold(text="You spoke of the roof & the rain.", memories=["m7", "m8"])]
    reply = p.DiaryReply(entries=[entry(told=told, model="tiny")])
    desk.daemon.replies["diary"] = reply
    page.tabs.setCurrentIndex(1)
    desk.settle(qtbot)
    view = page.views[0]
    (shown,) = [one for one in view.findChildren(type(view.quotes[0])) if one not in view.quotes]
    _laid_out(qtbot, shown)
    assert "tiny" in shown.toolTip() and "2 of your memories" in shown.toolTip()
    with qtbot.waitSignal(desk.context.requests.memory_wanted) as wanted:
        qtbot.mouseClick(shown, Qt.MouseButton.LeftButton)
    assert wanted.args == ["m7"]


def test_folds_are_undone_by_group_and_by_night(
    page: TimelinePage, desk: Desk, qtbot: QtBot
) -> None:
    assert page.folded.text() == "2 memories folded"
    desk.daemon.replies["undo_folds"] = p.FoldsUndone(memories=1)
    qtbot.mouseClick(page.folded, Qt.MouseButton.LeftButton)
    desk.settle(qtbot)
    dialog = page.findChild(FoldsDialog)
    assert dialog is not None

    def button(text: str) -> QPushButton:
        def shown() -> list[QPushButton]:
            every = dialog.findChildren(QPushButton)
            return [one for one in every if one.text() == text and one.isVisibleTo(dialog)]

        qtbot.waitUntil(lambda: bool(shown()))
        return shown()[0]

    button("Undo this night (1)").click()
    desk.settle(qtbot)
    button("Take apart").click()
    desk.settle(qtbot)
    undone = [named for name, _args, named in desk.daemon.calls if name == "undo_folds"]
    assert undone == [
        {"memory": None, "night": "2026-02-28"},
        {"memory": FOLDS.groups[0].shown.id, "night": None},
    ]


@pytest.mark.parametrize(
    ("zoom", "first", "last", "said"),
    [
        ("day", TODAY, TODAY, "Today, Sunday, 1 March"),
        ("day", date(2026, 2, 28), date(2026, 2, 28), "Yesterday, Saturday, 28 February"),
        ("day", date(2025, 12, 24), date(2025, 12, 24), "Wednesday, 24 December 2025"),
        ("week", date(2026, 2, 23), TODAY, "This week"),
        ("week", date(2026, 2, 16), date(2026, 2, 22), "16 – 22 February"),
        ("week", date(2025, 12, 29), date(2026, 1, 4), "29 December 2025 – 4 January"),
        ("week", date(2025, 9, 29), date(2025, 10, 5), "29 September – 5 October 2025"),
        ("month", date(2026, 2, 1), date(2026, 2, 28), "February 2026"),
    ],
)
def test_how_days_are_called(zoom: str, first: date, last: date, said: str) -> None:
    named = entry(first, p.DiaryZoom(zoom), last=last)
    assert timeline_words.heading(named, TODAY) == said


def test_speakers_are_named_in_conversations_of_others() -> None:
    theirs = line(opening="In Moving:", location="moving", quotes=[quote("We go.", speaker="Ann")])
    assert timeline_words.plain(theirs, 0) == "In Moving: Ann We go."
    assert timeline_words.quoted(theirs, 0, "#000").endswith("In Moving: Ann:</span> “We go.”")
    assert timeline_words.speaker(line(), quote()) == ""


def test_files_that_no_line_tells_are_counted() -> None:
    added = line(opening="You added lease.pdf:")
    assert timeline_words.files_added(entry(files=2, lines=[])) == "You added 2 files."
    assert timeline_words.files_added(entry(files=2, lines=[added])) == "You added 2 files in all."
    assert timeline_words.files_added(entry(files=1, lines=[added])) == ""


def test_words_of_folds() -> None:
    assert night_words("2026-02-28") == "28 February 2026"
    others = [memory(n, source_title=f"{n}.pdf") for n in range(6)]
    said = said_in(memory(9), others)
    assert said == "Said 7 times: lease-2024.pdf, 0.pdf, 1.pdf, 2.pdf and 3 other sources"


def test_signs_of_markdown_are_not_shown() -> None:
    told = line(
        source_kind=p.SourceKind.FILE, location="/papers/list.md", opening="",
        quotes=[quote("## Goes with us\n- piano\n- **stool**", speaker=None)],
    )  # fmt: skip
    assert timeline_words.plain(told, 0) == "Goes with us: piano · stool"
    assert "Goes with us: piano · stool" in timeline_words.quoted(told, 0, "#777777")
