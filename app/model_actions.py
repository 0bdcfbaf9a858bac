"""What a person does with a model of the library: get, hold, use, remove. GUI thread only.

Nothing leaves this computer before the person has read what will be fetched, from where and how
big it is, and has said yes; that goes for every download anew. Removing asks, too.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from app import model_shown, model_words, words
from app.context import Context
from app.fresh import Fresh
from app.messages import Question
from app.model_shown import Action
from memory.protocol import (
    CatalogueEntry,
    DownloadAction,
    DownloadInfo,
    LocalModel,
    ModelLibrary,
    ModelRemoved,
)

_DOWNLOADS = {
    Action.DOWNLOAD: DownloadAction.DOWNLOAD,
    Action.PAUSE: DownloadAction.PAUSE,
    Action.RESUME: DownloadAction.RESUME,
    Action.RETRY: DownloadAction.RESUME,
    Action.CANCEL: DownloadAction.CANCEL,
}
_ONLY = (
    "Nothing else is sent or fetched: the site learns your network address and the file you ask "
    "for, nothing of your memories."
)


class ModelActions(QObject):
    """Signals:
    download_changed: ``DownloadInfo`` after an action on a download.
    model_changed: ``ModelReply`` after another model was put to use, or none.
    used: a model is being put to use (True), and that has ended (False).
    failed: ``Problem`` or exception of putting one to use.
    """

    download_changed = Signal(object)
    model_changed = Signal(object)
    used = Signal(bool)
    failed = Signal(object)

    def __init__(self, context: Context, fresh: Fresh, parent: QObject):
        super().__init__(parent)
        self._context = context
        self._fresh = fresh
        self._came: dict[str, int] = {}  # bytes, by id; newer than the library's
        self.library: ModelLibrary | None = None

    def note(self, download: DownloadInfo) -> None:
        """How much of a model has come by now."""
        self._came[download.id] = download.done_bytes

    def entry(self, model_id: str) -> CatalogueEntry | None:
        """What the catalogue says of it, where it is in there."""
        found = self.library.catalogue if self.library else []
        return next((entry for entry in found if entry.id == model_id), None)

    def local(self, model_id: str) -> LocalModel | None:
        found = self.library.local if self.library else []
        return next((local for local in found if local.id == model_id), None)

    def act(self, model_id: str, action: Action) -> None:
        """Do what a row's button says, after asking where that is due."""
        match action:
            case Action.USE:
                self.use(model_id=model_id)
            case Action.REMOVE:
                self._ask_remove(model_id)
            case Action.DOWNLOAD:
                self._ask_download(model_id)
            case Action.CANCEL:
                self._ask_cancel(model_id)
            case _:
                self._send(model_id, action)

    # -- downloads

    def _ask_download(self, model_id: str) -> None:
        entry, library = self.entry(model_id), self.library
        if entry is None or library is None:
            return
        if entry.size_bytes > library.free_bytes:
            self._context.messages.warning(
                f"There is no room for {entry.name}",
                f"It needs {words.size(entry.size_bytes)}, and {words.size(library.free_bytes)} "
                f"are free where models are kept. Nothing was fetched.",
                "Make room, or choose a smaller model.",
                item=words.path(library.folder),
            )
            return
        self._context.messages.ask(
            download_question(entry, library, lambda: self._send(model_id, Action.DOWNLOAD))
        )

    def _ask_cancel(self, model_id: str) -> None:
        entry = self.entry(model_id)
        known = entry.download.done_bytes if entry and entry.download else 0
        done = self._came.get(model_id, known)
        if entry is None or done < 1_000_000:
            self._send(model_id, Action.CANCEL)
            return
        self._context.messages.ask(
            Question(
                f"Cancel the download of {entry.name}?",
                f"What came so far, {words.size(done)}, is deleted. Pause keeps it for later.",
                "Cancel the download",
                lambda: self._send(model_id, Action.CANCEL),
                danger=True,
                no="Keep it",
            )
        )

    def _send(self, model_id: str, action: Action) -> None:
        asked = self._context.ops.download(model_id, _DOWNLOADS[action])
        self._fresh.do(asked.then(self.download_changed.emit))

    # -- using and removing

    def use(self, path: str | None = None, *, model_id: str | None = None) -> None:
        """Word the answers with a file, or with a model of the library."""
        self.used.emit(True)
        asked = self._context.ops.use_model(path, model_id=model_id)
        asked.then(self.model_changed.emit).otherwise(self.failed.emit)
        self._fresh.do(asked.always(lambda: self.used.emit(False)))

    def use_none(self) -> None:
        """Answer by quotation."""
        self._fresh.do(self._context.ops.no_model().then(self.model_changed.emit))

    def check_again(self) -> None:
        """Make a check anew that failed; what it does meanwhile is told by events."""
        asked = self._context.ops.load_model(check_again=True)
        asked.then(self.model_changed.emit).start(self)

    def _ask_remove(self, model_id: str) -> None:
        local = self.local(model_id)
        if local is not None and self.library is not None:
            name = model_shown.name_of(local, self.library.catalogue)
            question = remove_question(local, name, lambda: self._remove(model_id))
            self._context.messages.ask(question)

    def _remove(self, model_id: str) -> None:
        def removed(reply: ModelRemoved) -> None:
            if reply.deleted:
                said = f"{words.size(reply.freed_bytes)} are free again"
                self._context.messages.info("The model was deleted", f"{said}.")

        self._fresh.do(self._context.ops.remove_model(model_id).then(removed))


def download_question(
    entry: CatalogueEntry, library: ModelLibrary, on_yes: Callable[[], None]
) -> Question:
    """Everything a person has to know before something leaves the computer."""
    about = "" if entry.size_exact else "about "
    size = words.size(entry.size_bytes)
    site = model_words.host(library.hub)
    details = [
        f"From {site}, {entry.repository}",
        f"The file {entry.file}, {about}{size}",
        f"To {words.path(library.folder)}, where {words.size(library.free_bytes)} are free",
        f"Under the licence {entry.licence}",
    ]
    terms = f" {site} gives it only to those who have accepted its terms there." * entry.gated
    return Question(
        f"Download {entry.name}?",
        f"Recollect will connect to {site} and fetch one file of {about}{size}. {_ONLY}{terms}",
        f"Download {size}",
        on_yes,
        details=tuple(details),
    )


def remove_question(local: LocalModel, name: str, on_yes: Callable[[], None]) -> Question:
    """A downloaded file is deleted; one of the person's own only leaves the list."""
    after = " It is in use; answers quote from then on." if local.in_use else ""
    if local.origin == "downloaded":
        return Question(
            f"Delete {name}?",
            f"The file is deleted, and {words.size(local.size_bytes)} become free. You can "
            f"download it again.{after}",
            "Delete the file",
            on_yes,
            danger=True,
            details=(words.path(local.path),),
        )
    return Question(
        f"Take {name} off the list?",
        f"The file stays where it is.{after}",
        "Take it off the list",
        on_yes,
        details=(words.path(local.path),),
    )
