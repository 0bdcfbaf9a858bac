"""The Model page: which language model words the answers and what it does, the memory it may
use, the models on this computer, and those that can be had.

GUI thread only. The page only puts its parts together: what rows say is decided in
``app.model_shown``, what a click does in ``app.model_actions``. A model is one of the catalogue,
or a GGUF file the person points at, by dialog or by dropping it here; the daemon looks at the
file before it takes it, and its problems are shown in its words.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QVBoxLayout, QWidget

from app import model_curve, model_shown, model_words, parts, words
from app.bits import CentredColumn, later
from app.context import Context
from app.fresh import Fresh
from app.model_actions import ModelActions
from app.model_budget import BudgetSlider
from app.model_list import ModelList
from app.model_none import NoModel
from app.model_now import ModelNow
from app.model_problem import ProblemNote
from app.model_shown import Action
from app.ops import Operation
from app.theme import set_role
from memory.protocol import (
    Change,
    Changed,
    DownloadInfo,
    DownloadProgress,
    MeterRead,
    ModelBudget,
    ModelBudgetEdit,
    ModelChecked,
    ModelInfo,
    ModelLibrary,
    ModelPrediction,
    ModelReply,
    ModelState,
    PredictReply,
    PredictRequest,
    Problem,
)

_WATCH_MS = 1000  # while it loads or answers, states pass quicker than change events are sent
_REFRESH_MS = 120  # events come in swarms
_WIDEST = 720
_WITH = (
    "The model words an answer from what your memories say, and numbers what it used. It runs on "
    "this computer; nothing is sent anywhere."
)


class ModelPage(QWidget):
    """``shown`` is called by the window when the page comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._trying: Problem | None = None  # why the file given last was not taken
        self._predicted: tuple[object, ...] = ()
        self._asked = self._told = 0  # numbers of questions: put last, shown last
        self.model: ModelInfo | None = None
        self.library: ModelLibrary | None = None
        self.setProperty("role", "page")
        self.setAcceptDrops(True)
        self._fresh = Fresh(self)
        self.actions = ModelActions(context, self._fresh, self)
        self._build()
        self._refreshing = later(self, _REFRESH_MS, self.refresh)
        self._watch = QTimer(self, singleShot=True, interval=_WATCH_MS)
        self._watch.timeout.connect(self._look)
        self._connect()
        self._show_model(None)

    def _connect(self) -> None:
        link, actions = self._context.link, self.actions
        link.changed.connect(self._on_changed)
        link.connected.connect(lambda _health: self._refreshing.start())
        link.meter.connect(self._on_meter)
        link.check.connect(self._on_check)
        link.download.connect(self._on_download)
        actions.download_changed.connect(self._took_download)
        actions.model_changed.connect(lambda reply: self._took(reply))
        actions.failed.connect(self._not_used)
        actions.used.connect(self._using)
        self.catalogue.acted.connect(actions.act)
        self.local.acted.connect(actions.act)
        self.budget.budget_chosen.connect(lambda size: self._set_budget(budget_bytes=size))
        self.budget.automatic_chosen.connect(lambda: self._set_budget(budget_bytes="automatic"))
        self.budget.mode_released.connect(lambda: self._set_budget(mode="automatic"))

    def shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Ask for everything anew, if anybody looks: to be asked makes the daemon measure."""
        if not self.isVisible():
            return
        number = self._number()
        asked = self._context.ops.models().then(lambda found: self._took_library(found, number))
        self._fresh.ask(asked.otherwise(lambda _p: None))

    # -- putting it together

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        page = CentredColumn(theme, px(_WIDEST))
        page.setAccessibleName("Model")
        content = page.content
        content.setSpacing(px(10))
        self.now = ModelNow(theme)
        self.now.stop_wanted.connect(self.actions.use_none)
        self.now.check_wanted.connect(self.actions.check_again)
        self.none = NoModel(theme)
        self.none.file_wanted.connect(self.choose)
        self.none.model_wanted.connect(self._use_suggested)
        self._about = parts.label(_WITH, "muted")
        self.problem = ProblemNote(theme)
        self.budget = BudgetSlider(theme)
        self.budget_card = QFrame()
        set_role(self.budget_card, "card")
        self.budget_card.setLayout(
            parts.column(self.budget, margins=(px(16), px(12), px(14), px(12)))
        )
        for part in (
            parts.label("Model", "title"),
            self._about,
            self.now,
            self.none,
            self.problem,
            self.budget_card,
            self._build_local(),
            self._build_catalogue(),
        ):
            content.addWidget(part)
        content.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)

    def _build_local(self) -> QWidget:
        theme, px = self._context.theme, self._context.theme.px
        self._local_box = QWidget()
        self.local = ModelList(theme, "Models on this computer")
        self.choose_button = parts.button("Choose a model file", self.choose)
        self._drop = QFrame()
        set_role(self._drop, "question")
        said = parts.label("A GGUF file can be dropped here, too; it stays where it is.", "small")
        line = parts.row(space=px(12))
        line.addWidget(said, 1)
        line.addWidget(self.choose_button)
        line.setContentsMargins(px(16), px(10), px(12), px(10))
        self._drop.setLayout(line)
        head = parts.label("On this computer", "section")
        layout = parts.column(head, self.local, self._drop, space=px(6))
        layout.setContentsMargins(0, px(10), 0, 0)
        self._local_box.setLayout(layout)
        self._local_box.hide()
        return self._local_box

    def _build_catalogue(self) -> QWidget:
        theme, px = self._context.theme, self._context.theme.px
        self._catalogue_box = QWidget()
        self.catalogue = ModelList(theme, "Models to download")
        self._from = parts.label("", "small")
        layout = parts.column(
            parts.label("To download", "section"), self._from, self.catalogue, space=px(6)
        )
        layout.setContentsMargins(0, px(10), 0, 0)
        self._catalogue_box.setLayout(layout)
        self._catalogue_box.hide()
        return self._catalogue_box

    # -- what the daemon says

    def _on_changed(self, event: Changed) -> None:
        if {Change.MODEL, Change.SETTINGS} & set(event.flags) and not self._refreshing.isActive():
            self._refreshing.start()

    def _on_meter(self, event: MeterRead) -> None:
        self.now.show_meter(event.meter)
        if self.model is not None and self.model.state in ("idle", "loading"):
            self._look()  # it answers already, and nothing said so

    def _on_check(self, event: ModelChecked) -> None:
        self.now.show_check(event.check)
        if self.model is not None and self.model.state != "loading":
            self._look()  # it is being loaded, and nothing said so yet

    def _on_download(self, event: DownloadProgress) -> None:
        self._show_download(event.download)

    def _show_download(self, download: DownloadInfo) -> None:
        self.actions.note(download)
        self.catalogue.show_download(download)

    def _took_download(self, download: DownloadInfo) -> None:
        self._show_download(download)
        if download.state in (ModelState.AVAILABLE, ModelState.READY):
            self.refresh()

    def _took_library(self, library: ModelLibrary, number: int) -> None:
        self.library = self.actions.library = library
        if number > self._told:
            self._told = number
            self._show_model(library.model)
        self.budget.show_budget(
            library.budget, has_model=library.model is not None, measuring=library.measuring
        )
        self.local.show_models(
            [
                model_shown.local_shown(local, model_shown.entry_of(local, library.catalogue))
                for local in library.local
            ]
        )
        here = {local.id for local in library.local}
        to_get = [e for e in library.catalogue if e.id not in here]
        self.catalogue.show_models([model_shown.entry_shown(entry) for entry in to_get])
        self._catalogue_box.setVisible(bool(to_get))
        self._local_box.setVisible(bool(library.local) or library.model is not None)
        self._from.setText(_where(library))
        self.none.show_library(library)
        self._predict(library)

    def _look(self) -> None:
        """How the model is, and no more."""
        number = self._number()
        asked = self._context.ops.model().then(lambda reply: self._took(reply, number))
        self._fresh.ask(asked.otherwise(lambda _p: None))

    def _number(self) -> int:
        """Of a question on how the model is: two kinds tell it, and the later asked one counts."""
        self._asked += 1
        return self._asked

    def _took(self, reply: ModelReply, number: int | None = None) -> None:
        number = self._number() if number is None else number
        if number < self._told:
            return
        self._told = number
        before = self.model
        self._show_model(reply.model)
        if (before is None) != (reply.model is None):
            self._refreshing.start()

    def _show_model(self, model: ModelInfo | None) -> None:
        self.model = model
        self.now.setVisible(model is not None)
        self._about.setVisible(model is not None)
        self.none.setVisible(model is None)
        self.problem.show_problem(self._trying)
        if model is None:
            return
        self.now.show_model(model, self._expected())
        if model.state in ("loading", "answering") and self.isVisible():
            self._watch.start()

    def _expected(self) -> ModelPrediction | None:
        """What is predicted for the model in use."""
        found = self.library.local if self.library else []
        return next((local.prediction for local in found if local.in_use), None)

    # -- the memory it may use

    def _predict(self, library: ModelLibrary) -> None:
        """Ask for the whole slider at once, when its ends, the model or the measures are new."""
        model, budget = library.model, library.budget
        if model is None:
            self._predicted = ()
            self.budget.show_curve([])
            return
        wanted = model_curve.grid(budget)
        key = (model.path, tuple(wanted), budget.mode, library.measuring)
        if key == self._predicted:
            return
        self._predicted = key
        request = PredictRequest(model=model.path, budgets=wanted, mode=budget.mode)

        def took(reply: PredictReply) -> None:
            if key == self._predicted:
                self.budget.show_curve(reply.predictions)

        def failed(_problem: object) -> None:
            self._predicted = ()  # asked again with the next reply

        self._fresh.ask(self._context.ops.predict(request).then(took).otherwise(failed))

    def _set_budget(self, **edit: object) -> None:
        def took(budget: ModelBudget) -> None:
            if not self._fresh.more_to_do:
                self.budget.settled(budget)
                self._refreshing.start()

        def failed(problem: object) -> None:
            self.budget.settled(None)
            self._tell(problem)

        asked: Operation[ModelBudget] = self._context.ops.set_budget(
            ModelBudgetEdit.model_validate(edit)
        )
        self._fresh.do(asked.then(took).otherwise(failed))

    # -- using one

    def _use_suggested(self, model_id: str) -> None:
        here = self.actions.local(model_id) is not None
        self.actions.act(model_id, Action.USE if here else Action.DOWNLOAD)

    def choose(self) -> None:
        """Pick a file; it is used where it lies."""
        start = str(Path(self.model.path).parent) if self.model else str(Path.home())
        dialog = QFileDialog(self, "Choose a model", start, "Models (*.gguf);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.use)
        dialog.open()

    def use(self, path: str) -> None:
        """Hand the file to the daemon, which looks at it first."""
        self.actions.use(path)

    def _using(self, busy: bool) -> None:
        if busy:
            self._trying = None
            self.problem.show_problem(None)
        self.choose_button.setEnabled(not busy)
        self.none.setEnabled(not busy)

    def _not_used(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._trying = problem
            self.problem.show_problem(problem)
        else:
            self._tell(problem)

    def _tell(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._context.messages.problem(problem)
        elif isinstance(problem, BaseException):
            self._context.messages.failure(problem)

    # -- dropping one here; other files go on to the window

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if _dropped_model(event):
            event.acceptProposedAction()
            set_role(self._drop, "notice")
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802
        set_role(self._drop, "question")

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        set_role(self._drop, "question")
        path = _dropped_model(event)
        if path:
            event.acceptProposedAction()
            self.use(path)


def _where(library: ModelLibrary) -> str:
    """Where downloads come from and go to, above the catalogue."""
    said = (
        f"From {model_words.host(library.hub)}, one at a time and only when you say so. They go "
        f"to {words.path(library.folder)}, where {words.size(library.free_bytes)} are free."
    )
    return f"{said} How fast this computer is gets measured now." if library.measuring else said


def _dropped_model(event: QDropEvent) -> str:
    """The one GGUF file that is dropped, or nothing."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        path = urls[0].toLocalFile()
        if path.lower().endswith(".gguf"):
            return path
    return ""
