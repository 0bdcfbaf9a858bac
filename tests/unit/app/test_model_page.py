"""The Model page before a stand-in for the daemon: using, the budget, downloads, looks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QApplication, QProgressBar
from pytestqt.qtbot import QtBot

from app.bits import CentredColumn
from app.messages import Question
from app.model_page import ModelPage
from app.model_row import ModelRow
from app.model_shown import Action
from app.theme import Mode
from memory import protocol as p
from tests.unit.app import model_factories as made
from tests.unit.app.channel import Desk
from tests.unit.app.factories import model, problem

WAIT_MS = 60_000


class Shelf:
    """What the daemon holds, with the stand-in's replies read from it."""

    def __init__(self, desk: Desk):
        self.library = made.library()
        self.desk = desk
        desk.daemon.replies.update(
            models=lambda: self.library,
            model=lambda: p.ModelReply(model=self.library.model),
            predict=made.predict,
            set_budget=self.set_budget,
        )

    def put(self, **changes: Any) -> None:
        """Change what there is, and say so as the daemon does."""
        self.library = self.library.model_copy(update=changes)
        self.desk.daemon.say_changed(p.Change.MODEL)

    def set_budget(self, edit: p.ModelBudgetEdit) -> p.ModelBudget:
        before = self.library.budget
        if edit.mode == "automatic":
            after = before.model_copy(update={"mode": None})
        elif edit.budget_bytes == "automatic":
            after = before.model_copy(
                update={"automatic": True, "budget_bytes": before.automatic_bytes}
            )
        else:
            after = before.model_copy(
                update={"automatic": False, "budget_bytes": edit.budget_bytes}
            )
        self.library = self.library.model_copy(update={"budget": after})
        return after

    def entry(self, model_id: str, **changes: Any) -> None:
        """Change one entry of the catalogue."""
        self.put(
            catalogue=[
                e.model_copy(update=changes) if e.id == model_id else e
                for e in self.library.catalogue
            ]
        )


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    return Shelf(desk)


@pytest.fixture
def asked(desk: Desk) -> list[Question]:
    found: list[Question] = []
    desk.context.messages.asked.connect(found.append)
    return found


@pytest.fixture
def page(desk: Desk, shelf: Shelf, qtbot: QtBot) -> Iterator[ModelPage]:
    page = ModelPage(desk.context)
    qtbot.addWidget(page)
    page.resize(800, 600)
    page.show()
    page.shown()
    qtbot.waitUntil(lambda: len(page.catalogue.rows()) == 5, timeout=WAIT_MS)
    yield page


@pytest.fixture
def in_use(page: ModelPage, shelf: Shelf, qtbot: QtBot) -> ModelPage:
    """A model of the person's own is in use and streams."""
    shelf.library = made.library_in_use("loaded")
    shelf.put()
    qtbot.waitUntil(page.now.isVisible, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: page.local.row("mine") is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(page.budget._curve), timeout=WAIT_MS)
    return page


def row(page: ModelPage, model_id: str) -> ModelRow:
    found = page.catalogue.row(model_id) or page.local.row(model_id)
    assert found is not None
    return found


def offers(row: ModelRow, action: Action) -> bool:
    button = row.button(action)
    return button is not None and button.isVisible()


def press(row: ModelRow, action: Action) -> None:
    button = row.button(action)
    assert button is not None and not button.isHidden()
    button.click()


# -- using one


def test_without_a_model_the_page_teaches(page: ModelPage, asked: list[Question]) -> None:
    assert page.none.isVisible() and not page.now.isVisible()
    assert "Small Writer 3B" in page.none.example.text()
    assert page.none.suggest.accessibleName() == "Download Small Writer 3B Instruct"
    page.none.suggest.click()
    assert asked[0].title == "Download Small Writer 3B Instruct?"


def test_a_model_that_is_here_is_offered_first(
    page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    shelf.put(local=[made.local()])
    qtbot.waitUntil(lambda: page.none.suggest.text() == "Use it", timeout=WAIT_MS)
    desk.daemon.replies["use_model"] = p.ModelReply(model=model())
    page.none.suggest.click()
    qtbot.waitUntil(page.now.isVisible, timeout=WAIT_MS)
    assert desk.daemon.asked("use_model") == [(None,)]


def _drop(page: ModelPage, path: str) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path)])
    page.dropEvent(
        QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_a_dropped_model_is_used(page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot) -> None:
    def use(path: str | None, **_id: Any) -> p.ModelReply:
        shelf.library = made.library_in_use("idle")
        return p.ModelReply(model=shelf.library.model)

    desk.daemon.replies["use_model"] = use
    _drop(page, "/models/small-writer-3b-q4.gguf")
    qtbot.waitUntil(page.now.isVisible, timeout=WAIT_MS)
    assert desk.daemon.asked("use_model") == [("/models/small-writer-3b-q4.gguf",)]
    assert page.now.state.text() == "Not in memory" and page.now.help.isVisible()
    assert "2.0 GB" in page.now.facts.text()


def test_stop_using(in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot) -> None:
    def stop() -> p.ModelReply:
        shelf.library = made.library()
        return p.ModelReply(model=None)

    desk.daemon.replies["no_model"] = stop
    qtbot.mouseClick(in_use.now.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: in_use.none.isVisible() and not in_use.now.isVisible(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: in_use.budget._curve == [], timeout=WAIT_MS)


def test_a_file_that_is_no_model(page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["use_model"] = problem(title="This is not a model file")
    page.use("/papers/lease.pdf")
    qtbot.waitUntil(page.problem.isVisible, timeout=WAIT_MS)
    assert page.problem.title.text() == "This is not a model file"
    assert page.none.isEnabled() and page.choose_button.isEnabled()
    shelf.put(local=[made.local()])  # the word on it stays while other things change
    qtbot.waitUntil(lambda: page.local.row("mine") is not None, timeout=WAIT_MS)
    assert page.problem.isVisible()
    desk.daemon.replies["use_model"] = p.ModelReply(model=model())
    press(row(page, "mine"), Action.USE)
    qtbot.waitUntil(lambda: not page.problem.isVisible(), timeout=WAIT_MS)


def test_other_files_are_not_taken(page: ModelPage, desk: Desk) -> None:
    _drop(page, "/papers/lease.pdf")
    assert not desk.daemon.asked("use_model")


def test_a_model_of_the_list_is_used_by_its_id(
    page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    shelf.put(local=[made.local("mine"), made.local("other", name="Other")])
    qtbot.waitUntil(lambda: page.local.row("other") is not None, timeout=WAIT_MS)
    desk.daemon.replies["use_model"] = p.ModelReply(model=model())
    press(row(page, "other"), Action.USE)
    qtbot.waitUntil(page.now.isVisible, timeout=WAIT_MS)
    (_path, named) = next((a, n) for c, a, n in desk.daemon.calls if c == "use_model")
    assert named == {"id": "other"}


# -- what it does now


def test_the_live_bar_follows_the_meter(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    now = in_use.now
    shelf.library = made.library_in_use("answering")
    shelf.put()
    qtbot.waitUntil(lambda: now.state.text().startswith("Answering"), timeout=WAIT_MS)
    desk.daemon.say_meter(made.meter(pinned_bytes=600_000_000, tokens_per_s=9.0, hit_rate=0.9))
    qtbot.waitUntil(lambda: "9 tokens a second" in now.state.text(), timeout=WAIT_MS)
    assert now.meter.said() == (
        "600 MB kept in memory, 220 MB in memory for now, 1.2 GB read from disk as needed"
    )
    assert now.figures.text() == "310 MB read for each token · 90 % found in memory"


def test_a_first_check_is_seen_while_it_loads(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    now = in_use.now
    shelf.library = made.library_in_use("loading")
    shelf.put()
    qtbot.waitUntil(lambda: now.state.text().startswith("Loading"), timeout=WAIT_MS)
    assert now.busy.isVisible() and now.busy.maximum() == 0  # nobody knows how long
    shelf.library = made.library_in_use(
        "loading", model={"check": p.ModelCheck(stage="comparing", share=0.4)}
    )
    desk.daemon.say_check(p.ModelCheck(stage="comparing", share=0.4))
    qtbot.waitUntil(lambda: now.state.text() == "Checking this model once: 40 %", timeout=WAIT_MS)
    assert now.busy.value() == 0.4 * now.busy.maximum()
    assert now.help.isVisible() and "bit for bit" in now.help.text()
    shelf.library = made.library_in_use("loaded")
    desk.daemon.say_check(None)
    shelf.put()
    qtbot.waitUntil(lambda: now.state.text().startswith("Ready"), timeout=WAIT_MS)
    assert not now.busy.isVisible() and not now.help.isVisible()


def test_a_check_tells_a_page_that_knows_nothing_of_the_loading(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    shelf.library = made.library_in_use(
        "loading", model={"check": p.ModelCheck(stage="measuring", share=0.25)}
    )
    desk.daemon.say_check(p.ModelCheck(stage="measuring", share=0.25))
    qtbot.waitUntil(
        lambda: in_use.now.state.text() == "Measuring this model once: 25 %", timeout=WAIT_MS
    )


def test_the_bar_is_painted_by_its_shares(in_use: ModelPage) -> None:
    """Kept weights are plain accent, those on disk the ground of the page."""
    bar = in_use.now.meter.bar
    picture = bar.grab().toImage()
    accent = in_use._context.theme.colour("accent")
    high, wide = bar.height() // 2, bar.width()
    kept = 1_100 / 2_019
    assert picture.pixelColor(round(wide * kept) - 4, high) == accent
    ground = in_use._context.theme.colour("surface")
    assert picture.pixelColor(wide - 8, high) == ground


def test_details_tell_why(in_use: ModelPage) -> None:
    now = in_use.now
    assert not now.reason.isVisible()
    now.more.click()
    assert now.reason.isVisible() and "read anew for each token" in now.reason.text()
    assert "1.6 GB" in now.budget.text() and now.more.accessibleName() == "Fewer details"
    now.more.click()
    assert not now.reason.isVisible()


def test_a_check_that_failed_can_be_asked_for_again(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    now = in_use.now
    now.more.click()
    assert not now.again.isVisible()  # there is nothing wrong
    failed = made.meter(mode=p.ModelMode.MMAP, check_failed=True, reason="Its check failed.")
    shelf.library = made.library_in_use()
    assert shelf.library.model is not None
    used = shelf.library.model.model_copy(update={"meter": failed, "mode": p.ModelMode.MMAP})
    shelf.library = shelf.library.model_copy(update={"model": used})
    shelf.put()
    qtbot.waitUntil(now.again.isVisible, timeout=WAIT_MS)
    ready = used.model_copy(update={"meter": made.meter(), "mode": p.ModelMode.RING})
    desk.daemon.replies["load_model"] = p.ModelReply(model=ready)
    now.again.click()
    assert not now.again.isEnabled()
    qtbot.waitUntil(lambda: not now.again.isVisible(), timeout=WAIT_MS)
    (named,) = [n for c, _a, n in desk.daemon.calls if c == "load_model"]
    assert named == {"check_again": True}


def test_a_failed_model_says_what_to_do(in_use: ModelPage, shelf: Shelf, qtbot: QtBot) -> None:
    broken = problem(title="The model ran out of memory")
    shelf.library = made.library_in_use("failed", model={"problem": broken})
    shelf.put()
    qtbot.waitUntil(in_use.now.problem.isVisible, timeout=WAIT_MS)
    assert in_use.now.state.text() == "Failed"
    assert in_use.now.problem.title.text() == "The model ran out of memory"


def test_loading_is_looked_at_until_it_is_over(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    in_use._watch.setInterval(5)
    shelf.library = made.library_in_use("loading")
    shelf.put()
    qtbot.waitUntil(lambda: in_use.now.state.text().startswith("Loading"), timeout=WAIT_MS)
    shelf.library = made.library_in_use("loaded")  # and no event says so
    qtbot.waitUntil(lambda: in_use.now.state.text().startswith("Ready"), timeout=WAIT_MS)


# -- the memory it may use


def test_one_request_predicts_the_whole_slider(in_use: ModelPage, desk: Desk) -> None:
    (request,) = (args[0] for args in desk.daemon.asked("predict"))
    assert len(request.budgets) > 20 and request.budgets[0] == 600_000_000
    assert request.model == "/models/small-writer-3b-q4.gguf"
    slider = in_use.budget
    slider.slider.setSliderDown(True)
    said = []
    for mb in range(700, 15_000, 50):
        slider.slider.setValue(mb)
        said.append(slider.expected.text())
    assert len(desk.daemon.asked("predict")) == 1 and not desk.daemon.asked("set_budget")
    assert said[0].startswith("Streams from disk, about 0.5 tokens a second")
    assert said[-1].startswith("Fits in memory, about 12 tokens a second")


def test_moving_the_slider_takes_effect_when_it_rests(
    in_use: ModelPage, desk: Desk, qtbot: QtBot
) -> None:
    budget = in_use.budget
    assert budget.amount.text() == "Automatic: 4.2 GB" and not budget.back.isVisible()
    budget.slider.setFocus()
    qtbot.keyClick(budget.slider, Qt.Key.Key_Right)
    assert budget.amount.text() == "4.5 GB" and budget.back.isVisible()
    qtbot.waitUntil(lambda: bool(desk.daemon.asked("set_budget")), timeout=WAIT_MS)
    (edit,) = desk.daemon.asked("set_budget")[0]
    assert edit.budget_bytes == 4_500_000_000 and edit.mode is None
    qtbot.waitUntil(lambda: not budget.busy, timeout=WAIT_MS)
    assert budget.amount.text() == "4.5 GB"
    qtbot.keyClick(budget.slider, Qt.Key.Key_Home)
    assert budget.amount.text() == "0.6 GB"
    assert "From about 2.5 GB on" in budget.fits.text()


def test_the_way_back_to_automatic(in_use: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    budget = in_use.budget
    budget.slider.setValue(9_000)
    qtbot.waitUntil(lambda: len(desk.daemon.asked("set_budget")) == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not budget.busy, timeout=WAIT_MS)
    assert "4.2 GB" in budget.back.accessibleName()
    budget.back.click()
    qtbot.waitUntil(lambda: budget.amount.text() == "Automatic: 4.2 GB", timeout=WAIT_MS)
    assert desk.daemon.asked("set_budget")[1][0].budget_bytes == "automatic"
    assert budget.slider.value() == 4_213


def test_a_refused_budget_goes_back(in_use: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["set_budget"] = problem(title="The model needs more than that")
    in_use.budget.slider.setValue(700)
    qtbot.waitUntil(lambda: bool(desk.told), timeout=WAIT_MS)
    assert desk.told[-1].title == "The model needs more than that"
    assert in_use.budget.amount.text() == "Automatic: 4.2 GB"
    assert in_use.budget.slider.value() == 4_213


def test_the_hand_on_the_slider_wins(in_use: ModelPage, shelf: Shelf, qtbot: QtBot) -> None:
    slider = in_use.budget.slider
    slider.setSliderDown(True)
    slider.setValue(9_000)
    shelf.put(budget=made.budget(budget_bytes=2 * made.GB, automatic_bytes=2 * made.GB))
    shelf.entry("tiny", name="Tinier Writer")
    qtbot.waitUntil(lambda: row(in_use, "tiny").name.text() == "Tinier Writer", timeout=WAIT_MS)
    assert slider.value() == 9_000 and in_use.budget.amount.text() == "9.0 GB"


def test_the_wheel_is_left_to_the_page(in_use: ModelPage) -> None:
    slider = in_use.budget.slider
    before = slider.value()
    at = QPointF(slider.rect().center())
    event = QWheelEvent(
        at,
        QPointF(slider.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(slider, event)
    assert slider.value() == before and not event.isAccepted()


def test_a_way_fixed_by_hand_can_be_let_go(
    in_use: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    assert not in_use.budget.release.isVisible()
    shelf.put(budget=made.budget(mode=p.ModelMode.MMAP))
    qtbot.waitUntil(in_use.budget.release.isVisible, timeout=WAIT_MS)
    in_use.budget.release.click()
    qtbot.waitUntil(lambda: not in_use.budget.release.isVisible(), timeout=WAIT_MS)
    assert desk.daemon.asked("set_budget")[0][0].mode == "automatic"


def test_while_the_machine_is_measured(in_use: ModelPage, shelf: Shelf, qtbot: QtBot) -> None:
    curve = [made.prediction(tokens_per_s=None, first_token_s=None)]
    in_use.budget.show_curve(curve)
    shelf.put(measuring=True)
    qtbot.waitUntil(lambda: "measured now" in in_use._from.text(), timeout=WAIT_MS)


# -- downloads


def test_nothing_leaves_before_the_person_agrees(
    page: ModelPage, desk: Desk, asked: list[Question], qtbot: QtBot
) -> None:
    desk.daemon.replies["download"] = made.download(state=p.ModelState.WAITING)
    press(row(page, "small"), Action.DOWNLOAD)
    assert not desk.daemon.asked("download") and "connect to huggingface.co" in asked[0].text
    asked[0].on_yes()
    qtbot.waitUntil(lambda: row(page, "small").line.isVisible(), timeout=WAIT_MS)
    assert desk.daemon.asked("download") == [("small", p.DownloadAction.DOWNLOAD)]
    assert row(page, "small").line.text() == "Waits for the other download"


def test_no_room_is_said_before_anything_is_fetched(
    page: ModelPage, shelf: Shelf, desk: Desk, asked: list[Question], qtbot: QtBot
) -> None:
    shelf.put(free_bytes=1_000_000_000)
    qtbot.waitUntil(lambda: "1.0 GB are free" in page._from.text(), timeout=WAIT_MS)
    press(row(page, "small"), Action.DOWNLOAD)
    assert not asked and not desk.daemon.asked("download")
    assert "no room" in desk.told[-1].title


def test_progress_is_shown_in_place(page: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    small = row(page, "small")
    for done in (200_000_000, 1_200_000_000):
        desk.daemon.say_download(made.download(done_bytes=done))
    qtbot.waitUntil(lambda: small.line.text().startswith("1.2 of 2.0 GB"), timeout=WAIT_MS)
    assert small.bar.isVisible() and small.bar.value() == round(1000 * 1_200 / 2_019)
    assert "Small Writer" in small.bar.accessibleName()
    assert row(page, "small") is small and not offers(small, Action.DOWNLOAD)
    assert offers(small, Action.PAUSE) and offers(small, Action.CANCEL)


def test_pause_and_resume_keep_the_focus(page: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    small = row(page, "small")
    desk.daemon.say_download(made.download())
    qtbot.waitUntil(lambda: offers(small, Action.PAUSE), timeout=WAIT_MS)
    states = {p.DownloadAction.PAUSE: p.ModelState.PAUSED}
    desk.daemon.replies["download"] = lambda which, action: made.download(
        which, state=states.get(action, p.ModelState.DOWNLOADING)
    )
    page.activateWindow()
    pause = small.button(Action.PAUSE)
    assert pause is not None
    pause.setFocus()
    qtbot.waitUntil(pause.hasFocus, timeout=WAIT_MS)
    qtbot.keyClick(pause, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: offers(small, Action.RESUME), timeout=WAIT_MS)
    resume = small.button(Action.RESUME)
    assert resume is not None and resume.hasFocus()
    assert small.line.text() == "Paused at 640 MB of 2.0 GB"
    cancel = small.button(Action.CANCEL)
    assert cancel is not None
    qtbot.waitUntil(lambda: cancel.x() > resume.x(), timeout=WAIT_MS)
    qtbot.keyClick(resume, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: offers(small, Action.PAUSE), timeout=WAIT_MS)
    assert [a for _i, a in desk.daemon.asked("download")] == [
        p.DownloadAction.PAUSE,
        p.DownloadAction.RESUME,
    ]


def test_cancelling_asks_where_much_came_already(
    page: ModelPage, shelf: Shelf, desk: Desk, asked: list[Question], qtbot: QtBot
) -> None:
    shelf.entry("small", state=p.ModelState.DOWNLOADING, download=made.download())
    small = row(page, "small")
    qtbot.waitUntil(lambda: offers(small, Action.CANCEL), timeout=WAIT_MS)
    press(small, Action.CANCEL)
    assert "640 MB" in asked[0].text and not desk.daemon.asked("download")

    def cancelled(which: str, _action: p.DownloadAction) -> p.DownloadInfo:
        shelf.library = made.library()
        return made.download(which, state=p.ModelState.AVAILABLE, done_bytes=0)

    desk.daemon.replies["download"] = cancelled
    asked[0].on_yes()
    qtbot.waitUntil(lambda: offers(small, Action.DOWNLOAD), timeout=WAIT_MS)
    assert not small.bar.isVisible()


def test_a_failed_download_says_why_and_tries_again(
    page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    cut = problem(title="The connection was cut", message="640 MB are kept.")
    failed = made.download(state=p.ModelState.FAILED, problem=cut)
    shelf.entry("small", state=p.ModelState.FAILED, download=failed)
    small = row(page, "small")
    qtbot.waitUntil(small.problem.isVisible, timeout=WAIT_MS)
    assert small.problem.title.text() == "The connection was cut"
    desk.daemon.replies["download"] = made.download()
    press(small, Action.RETRY)
    qtbot.waitUntil(lambda: not small.problem.isVisible(), timeout=WAIT_MS)
    assert desk.daemon.asked("download") == [("small", p.DownloadAction.RESUME)]


def test_what_has_come_stands_with_what_is_here(
    page: ModelPage, shelf: Shelf, desk: Desk, qtbot: QtBot
) -> None:
    path = "/data/models/small-3b-q4_k_m.gguf"
    here = made.local("small", origin="downloaded", path=path)
    shelf.library = shelf.library.model_copy(update={"local": [here]})
    shelf.entry("small", state=p.ModelState.READY, path=path)
    qtbot.waitUntil(lambda: page.local.row("small") is not None, timeout=WAIT_MS)
    assert page.catalogue.row("small") is None
    assert "Apache-2.0" in row(page, "small").facts.text()


def test_removing_asks_first(
    in_use: ModelPage, shelf: Shelf, desk: Desk, asked: list[Question], qtbot: QtBot
) -> None:
    press(row(in_use, "mine"), Action.REMOVE)
    assert asked and not desk.daemon.asked("remove_model")
    path = "/models/small-writer-3b-q4.gguf"
    desk.daemon.replies["remove_model"] = p.ModelRemoved(
        id="mine", path=path, deleted=True, freed_bytes=2_019_000_000
    )
    asked[0].on_yes()
    qtbot.waitUntil(lambda: bool(desk.told), timeout=WAIT_MS)
    assert desk.told[-1].text == "2.0 GB are free again."
    shelf.put(model=None, local=[])
    qtbot.waitUntil(lambda: in_use.local.row("mine") is None, timeout=WAIT_MS)


# -- looks


def test_rows_keep_the_order_of_the_daemon(page: ModelPage, shelf: Shelf, qtbot: QtBot) -> None:
    shelf.put(catalogue=list(reversed(made.catalogue())))
    wanted = [e.id for e in reversed(made.catalogue())]
    qtbot.waitUntil(lambda: [r.shown.id for r in page.catalogue.rows()] == wanted, timeout=WAIT_MS)
    qtbot.waitUntil(
        lambda: [r.shown.id for r in sorted(page.catalogue.rows(), key=lambda r: r.y())] == wanted,
        timeout=WAIT_MS,
    )
    shelf.put(catalogue=made.catalogue()[1:])
    qtbot.waitUntil(lambda: page.catalogue.row("tiny") is None, timeout=WAIT_MS)


def test_every_control_has_a_name(in_use: ModelPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.say_download(made.download())
    qtbot.waitUntil(lambda: row(in_use, "small").bar.isVisible(), timeout=WAIT_MS)
    for kind in (QAbstractButton, QAbstractSlider, QProgressBar):
        for control in in_use.findChildren(kind):
            if control.isVisible() and not control.objectName().startswith("qt_"):
                name = control.accessibleName()
                assert name or type(control).__name__ == "QScrollBar", control
    names = [b.accessibleName() for b in in_use.catalogue.findChildren(QAbstractButton)]
    assert len(names) == len(set(names))  # "Download" alone would be five times the same


@pytest.mark.parametrize(("wide", "points"), [(560, 10), (800, 10), (680, 20)])
def test_it_fits_small_windows_and_large_letters(
    desk: Desk, shelf: Shelf, qtbot: QtBot, wide: int, points: int
) -> None:
    """680 pixels are left of a window of 800 with letters twice as large."""
    theme = desk.theme
    font, base = theme._base_font, theme._base_px
    theme._base_px = base * points // 10
    theme._apply()
    shelf.library = made.library_in_use("answering")
    shelf.entry("small", state=p.ModelState.DOWNLOADING, download=made.download())
    page = ModelPage(desk.context)
    qtbot.addWidget(page)
    page.setFont(font)
    page.resize(wide, 560)
    page.show()
    page.shown()
    qtbot.waitUntil(lambda: len(page.catalogue.rows()) == 5, timeout=WAIT_MS)
    area = page.findChild(CentredColumn)
    assert isinstance(area, CentredColumn)
    qtbot.waitUntil(lambda: area.widget().width() <= area.viewport().width(), timeout=WAIT_MS)
    right = area.viewport().width()
    for control in page.findChildren(QAbstractButton):
        if control.isVisible() and area.widget().isAncestorOf(control):
            edge = control.mapTo(area.widget(), control.rect().topRight()).x()
            assert edge < right
            assert control.width() >= control.sizeHint().width()


def test_dark_and_back(in_use: ModelPage, desk: Desk) -> None:
    light = in_use.now.meter.bar.grab().toImage()
    desk.theme.set_mode(Mode.DARK)
    dark = in_use.now.meter.bar.grab().toImage()
    desk.theme.set_mode(Mode.LIGHT)
    assert dark != light and in_use.now.meter.bar.grab().toImage() == light


def test_rows_are_made_one_a_turn(desk: Desk, shelf: Shelf, qtbot: QtBot) -> None:
    """However many there are, the window answers between any two of them."""
    shelf.library = made.library(
        catalogue=[made.entry(f"m{n}", name=f"Writer {n}") for n in range(40)]
    )
    page = ModelPage(desk.context)
    qtbot.addWidget(page)
    page.show()
    page.shown()
    counts: list[int] = []
    page.catalogue._growing.timeout.connect(lambda: counts.append(len(page.catalogue.rows())))
    qtbot.waitUntil(lambda: len(page.catalogue.rows()) == 40, timeout=WAIT_MS)
    assert counts == list(range(1, 41))
