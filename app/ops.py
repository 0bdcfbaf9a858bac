"""Named operations: the one way from a widget to the daemon and back.

``ops.forget(request).then(show).start(self)`` runs off the GUI thread; success or failure comes
back on it, and only while the owner still exists. A failure nobody handles is shown by the
message bus, never lost. A change the daemon makes comes back to every screen as
``link.changed``; no screen calls another one. Replies come in any order: a screen that shows
more than one of them hands its operations to ``app.fresh`` instead of starting them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject

from app.answer_run import AnswerRun
from app.link import Link, LinkState
from app.messages import Messages
from memory import protocol as p

if TYPE_CHECKING:
    from memory.client import Client

T = TypeVar("T")


class Operation(Generic[T]):
    """One prepared piece of work. Set what follows, then ``start`` it.

    Started again, it is done anew, and of the first start nothing comes back.
    """

    def __init__(self, link: Link, messages: Messages, name: str, work: Callable[[Client], T]):
        self.name = name
        self._link = link
        self._messages = messages
        self._work = work
        self._owner: QObject | None = None
        self._success: Callable[[T], None] | None = None
        self._failure: Callable[[p.Problem | BaseException], None] | None = None
        self._always: Callable[[], None] | None = None
        self._ended: Callable[[], None] | None = None
        self._turn = 0  # what comes back from an older one is dropped

    def then(self, success: Callable[[T], None]) -> Operation[T]:
        self._success = success
        return self

    def otherwise(self, failure: Callable[[Any], None]) -> Operation[T]:
        """``failure`` gets the ``Problem`` where there is one, else the exception."""
        self._failure = failure
        return self

    def always(self, call: Callable[[], None]) -> Operation[T]:
        """Called after success or failure: give the button back, hide the spinner."""
        self._always = call
        return self

    def start(
        self, owner: QObject | None = None, *, ended: Callable[[], None] | None = None
    ) -> Operation[T]:
        """Begin; nothing is shown once ``owner`` is destroyed. ``ended`` is called last, always
        but after ``cancel``.
        """
        self._owner, self._ended = owner, ended
        self._turn += 1
        turn = self._turn
        self._link.submit(
            lambda client: self._work(client) if turn == self._turn else None,
            lambda result, error: self._arrive(turn, result, error),
        )
        return self

    def cancel(self) -> None:
        """Forget the answer: a newer question has been asked."""
        self._turn += 1

    def _arrive(self, turn: int, result: Any, error: BaseException | None) -> None:
        if turn != self._turn:
            return
        try:
            if self._owner is None or shiboken6.isValid(self._owner):
                self._tell(result, error)
        finally:
            if self._ended is not None:
                self._ended()

    def _tell(self, result: Any, error: BaseException | None) -> None:
        if error is None:
            if self._success is not None:
                self._success(result)
        else:
            self._fail(error)
        if self._always is not None:
            self._always()

    def _fail(self, error: BaseException) -> None:
        problem = getattr(error, "problem", None)
        if self._failure is not None:
            self._failure(problem if isinstance(problem, p.Problem) else error)
        elif not self._known_already(problem):
            self._messages.failure(error)

    def _known_already(self, problem: object) -> bool:
        """While the memory starts or is away the window says so in one place; not ten times."""
        return (
            isinstance(problem, p.Problem)
            and problem.code is p.ErrorCode.STOPPING
            and self._link.state is not LinkState.READY
        )


class Ops:
    """Every operation by name. ``call`` is for what has none."""

    def __init__(self, link: Link, messages: Messages):
        self._link = link
        self._messages = messages

    def call(self, name: str, work: Callable[[Client], T]) -> Operation[T]:
        return Operation(self._link, self._messages, name, work)

    # -- adding

    def add_paths(self, paths: Sequence[str], *, watch: bool = False) -> Operation[p.AddReply]:
        chosen = list(paths)
        return self.call("add files", lambda c: c.add(chosen, watch=watch))

    def add_note(self, text: str, title: str | None = None) -> Operation[p.SourceInfo]:
        note = p.NoteRequest(text=text, title=title)
        return self.call("add note", lambda c: c.add_note(note))

    def add_samples(self) -> Operation[p.AddReply]:
        return self.call("add samples", lambda c: c.add_samples())

    # -- sources, jobs, folders

    def status(self) -> Operation[p.Status]:
        return self.call("status", lambda c: c.status())

    def sources(self, **query: Any) -> Operation[p.SourceList]:
        return self.call("list sources", lambda c: c.sources(**query))

    def source(self, source_id: str) -> Operation[p.SourceInfo]:
        return self.call("source", lambda c: c.source(source_id))

    def document(self, source_id: str) -> Operation[p.Document]:
        return self.call("document", lambda c: c.document(source_id))

    def page_picture(
        self, source_id: str, page: int, *, start: int = 0, end: int = 0, width: int = 900
    ) -> Operation[p.PagePicture]:
        return self.call(
            "page picture",
            lambda c: c.page_picture(source_id, page, start=start, end=end, width=width),
        )

    def retry_source(self, source_id: str) -> Operation[p.SourceInfo]:
        return self.call("retry source", lambda c: c.retry_source(source_id))

    def jobs(self, **query: Any) -> Operation[p.JobList]:
        return self.call("list jobs", lambda c: c.jobs(**query))

    def job_action(self, job_id: str, action: p.JobAction) -> Operation[p.JobInfo]:
        return self.call(f"{action} job", lambda c: c.job_action(job_id, action))

    def batch_action(self, batch_id: str, action: p.JobAction) -> Operation[p.BatchInfo]:
        return self.call(f"{action} batch", lambda c: c.batch_action(batch_id, action))

    def pause(self, paused: bool) -> Operation[p.Status]:
        return self.call("pause", lambda c: c.pause(paused))

    def folders(self) -> Operation[list[p.FolderInfo]]:
        return self.call("list folders", lambda c: c.folders())

    def watch(self, path: str, ignore: list[str] | None = None) -> Operation[p.FolderInfo]:
        return self.call("watch folder", lambda c: c.watch(path, ignore=ignore))

    def unwatch(self, folder_id: str) -> Operation[None]:
        return self.call("stop watching", lambda c: c.unwatch(folder_id))

    def decide_missing(self, choice: p.MissingChoice) -> Operation[p.ForgetReply]:
        return self.call("decide about missing files", lambda c: c.decide_missing(choice))

    # -- memories

    def memories(self, query: p.MemoryQuery) -> Operation[p.MemoryList]:
        return self.call("list memories", lambda c: c.memories(query))

    def memory(self, memory_id: str) -> Operation[p.MemoryDetail]:
        return self.call("memory", lambda c: c.memory(memory_id))

    def edit_memory(self, memory_id: str, edit: p.MemoryEdit) -> Operation[p.MemoryInfo]:
        return self.call("edit memory", lambda c: c.edit_memory(memory_id, edit))

    def call_fine(self, memory_id: str) -> Operation[p.MemoryInfo]:
        """Say that a memory taken for orders to an assistant is fine."""
        return self.call("call memory fine", lambda c: c.call_fine(memory_id))

    def review(
        self, memory_id: str, reason: p.ReviewReason, recall: str | None = None
    ) -> Operation[p.MemoryInfo]:
        """A use of a memory, which ``recall`` listed."""
        return self.call("review memory", lambda c: c.review(memory_id, reason, recall=recall))

    def links(self, memory_id: str, *, walking: bool = False) -> Operation[p.MemoryLinks]:
        """What a memory is about and has to do with; ``walking`` along links is another question
        than that about the memory shown."""
        name = "links on the way" if walking else "links"
        return self.call(name, lambda c: c.links(memory_id))

    def note_versions(self, memory_id: str) -> Operation[p.NoteVersions]:
        return self.call("versions", lambda c: c.note_versions(memory_id))

    def undo_note(self, memory_id: str, version: int) -> Operation[p.NoteVersions]:
        """Put back what an earlier version says a memory is about."""
        return self.call("put a version back", lambda c: c.undo_note(memory_id, version=version))

    def recall(self, request: p.RecallRequest) -> Operation[p.RecallReply]:
        return self.call("recall", lambda c: c.recall(request))

    def forget(self, request: p.ForgetRequest) -> Operation[p.ForgetReply]:
        return self.call("forget", lambda c: c.forget(request))

    # -- what fades

    def fading(self) -> Operation[p.FadingList]:
        """Today's memories about to fade."""
        return self.call("what fades", lambda c: c.fading())

    def decide_fading(
        self, memory_id: str, answer: p.FadingAnswer | None
    ) -> Operation[p.FadingList]:
        """Keep it or let it fade; None takes that back."""
        return self.call("decide what fades", lambda c: c.decide_fading(memory_id, answer))

    def fading_year(self) -> Operation[p.FadingYear]:
        return self.call("the year", lambda c: c.fading_year())

    # -- the diary, and what was folded

    def diary(self, zoom: p.DiaryZoom, before: date | None, limit: int) -> Operation[p.DiaryReply]:
        return self.call("diary", lambda c: c.diary(zoom, before=before, limit=limit))

    def earlier_diary(self, zoom: p.DiaryZoom, before: date, limit: int) -> Operation[p.DiaryReply]:
        return self.call("earlier diary", lambda c: c.diary(zoom, before=before, limit=limit))

    def folds(self) -> Operation[p.FoldList]:
        return self.call("folds", lambda c: c.folds())

    def undo_folds(
        self, *, memory: str | None = None, night: str | None = None
    ) -> Operation[p.FoldsUndone]:
        """Take apart the group of a memory, or all that a night folded."""
        return self.call("undo folds", lambda c: c.undo_folds(memory=memory, night=night))

    # -- chats and answers

    def chats(self, text: str = "") -> Operation[p.ChatList]:
        return self.call("list chats", lambda c: c.chats(text=text))

    def chat(self, chat_id: str) -> Operation[p.ChatDetail]:
        return self.call("chat", lambda c: c.chat(chat_id))

    def create_chat(
        self, *, title: str | None, private: bool, scopes: list[str] | None = None
    ) -> Operation[p.ChatInfo]:
        create = p.ChatCreate(title=title, private=private, scopes=scopes)
        return self.call("create chat", lambda c: c.create_chat(create))

    def rename_chat(self, chat_id: str, title: str) -> Operation[p.ChatInfo]:
        return self.call("rename chat", lambda c: c.edit_chat(chat_id, p.ChatEdit(title=title)))

    def limit_chat(self, chat_id: str, scopes: list[str] | None) -> Operation[p.ChatInfo]:
        """Let a chat use nothing but these scopes; None: all of them."""
        edit = p.ChatEdit(scopes=scopes, every_scope=scopes is None)
        return self.call("limit chat", lambda c: c.edit_chat(chat_id, edit))

    def set_scope(self, source_id: str, scope: str) -> Operation[p.ScopeReply]:
        """Say where a source belongs."""
        edit = p.ScopeEdit(scope=scope, sources=[source_id])
        return self.call("set scope", lambda c: c.set_scope(edit))

    def delete_chat(self, chat_id: str) -> Operation[p.ForgetReply]:
        return self.call("delete chat", lambda c: c.delete_chat(chat_id))

    def ask(self, request: p.AskRequest, owner: QObject) -> AnswerRun:
        """A run to connect and start; not an operation, because it answers many times."""
        return AnswerRun(self._link, request, owner)

    # -- model, settings, upkeep

    def model(self) -> Operation[p.ModelReply]:
        return self.call("model", lambda c: c.model())

    def use_model(
        self, path: str | None = None, *, model_id: str | None = None
    ) -> Operation[p.ModelReply]:
        """Answer with a file, or with a model of the library, by its id."""
        return self.call("use model", lambda c: c.use_model(path, id=model_id))

    def load_model(self, *, check_again: bool = False) -> Operation[p.ModelReply]:
        """Have the model in use read into memory now; may take minutes the first time."""
        return self.call("load model", lambda c: c.load_model(check_again=check_again))

    def no_model(self) -> Operation[p.ModelReply]:
        return self.call("use no model", lambda c: c.no_model())

    def models(self) -> Operation[p.ModelLibrary]:
        return self.call("models", lambda c: c.models())

    def download(self, model_id: str, action: p.DownloadAction) -> Operation[p.DownloadInfo]:
        return self.call(f"{action} model", lambda c: c.download(model_id, action))

    def remove_model(self, model_id: str) -> Operation[p.ModelRemoved]:
        return self.call("remove model", lambda c: c.remove_model(model_id))

    def set_budget(self, edit: p.ModelBudgetEdit) -> Operation[p.ModelBudget]:
        return self.call("change the model's memory", lambda c: c.set_budget(edit))

    def predict(self, request: p.PredictRequest) -> Operation[p.PredictReply]:
        return self.call("predict speeds", lambda c: c.predict(request))

    def settings(self) -> Operation[p.SettingsReply]:
        return self.call("settings", lambda c: c.settings())

    def edit_settings(self, values: dict[str, Any]) -> Operation[p.SettingsReply]:
        edit = p.SettingsEdit(values=values)
        return self.call("change settings", lambda c: c.edit_settings(edit))

    def learning(self) -> Operation[p.LearningInfo]:
        return self.call("learning", lambda c: c.learning())

    def reset_learning(self) -> Operation[p.LearningInfo]:
        """Forget what recall learnt from use."""
        return self.call("start learning over", lambda c: c.reset_learning())

    def reindex(self) -> Operation[p.ReindexReply]:
        return self.call("rebuild the index", lambda c: c.reindex())

    def backup(self) -> Operation[p.BackupReply]:
        return self.call("back up", lambda c: c.backup())

    def export(self, path: str) -> Operation[p.ExportReply]:
        return self.call("export", lambda c: c.export(path))

    def take_in(self, path: str) -> Operation[p.ImportReply]:
        return self.call("take in an archive", lambda c: c.take_in(path))

    def run_night(self) -> Operation[p.RunInfo]:
        return self.call("nightly upkeep", lambda c: c.run_night())
