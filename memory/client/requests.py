"""One method a request, by what it is about; the paths are those of ``memory.api``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from urllib.parse import urlencode

import httpx
from pydantic import TypeAdapter

from memory import protocol as p
from memory.client.channel import server_sent
from memory.client.portrait import PortraitRequests

_ASK_EVENT: TypeAdapter[p.AskEvent] = TypeAdapter(p.AskEvent)
_EVENT: TypeAdapter[p.Event] = TypeAdapter(p.Event)
_PATIENT = httpx.Timeout(None, connect=5.0)
_HEARTBEAT = httpx.Timeout(45.0, connect=5.0)


def _scopes(names: list[str] | None) -> list[tuple[str, str | int]]:
    return [("scope", name) for name in names or []]


class AnswerStream:
    """The events of one answer; ``close`` (or leaving the ``with``) stops the answer."""

    def __init__(self, response: httpx.Response):
        self._response = response

    def __iter__(self) -> Iterator[p.AskEvent]:
        for data in server_sent(self._response):
            yield _ASK_EVENT.validate_json(data)

    def close(self) -> None:
        self._response.close()


class Client(PortraitRequests):
    """Requests to one daemon. Every method raises ``DaemonError`` with a problem."""

    # -- health, status, upkeep

    def health(self) -> p.Health:
        return self._get("/v1/health", p.Health)

    def status(self) -> p.Status:
        return self._get("/v1/status", p.Status)

    def stop(self) -> None:
        """Ask the daemon to finish what it holds and end."""
        self._send("POST", "/v1/stop", None, None)

    def pause(self, paused: bool) -> p.Status:
        """Pause or resume the reading of files as a whole."""
        return self._post("/v1/pause", p.PauseRequest(paused=paused), p.Status)

    def reindex(self) -> p.ReindexReply:
        """Rebuild the meaning index from the database; may take minutes."""
        return self._post("/v1/reindex", None, p.ReindexReply, timeout_s=None)

    def backup(self) -> p.BackupReply:
        return self._post("/v1/backup", None, p.BackupReply, timeout_s=None)

    def export(self, path: str, *, scope: str | None = None, vectors: bool = True) -> p.ExportReply:
        """Write an archive of everything, or of one scope."""
        order = p.ExportRequest(path=path, scope=scope, vectors=vectors)
        return self._post("/v1/export", order, p.ExportReply, timeout_s=None)

    def take_in(self, path: str) -> p.ImportReply:
        """Take an archive in, all of it or nothing."""
        return self._post("/v1/import", p.ImportRequest(path=path), p.ImportReply, timeout_s=None)

    def archive(self) -> p.ArchiveProgress:
        """How far an export or import is."""
        return self._get("/v1/archive", p.ArchiveProgress)

    def run_night(self) -> p.RunInfo:
        """Do the nightly upkeep now."""
        return self._post("/v1/night", None, p.RunInfo, timeout_s=None)

    # -- sources, jobs, folders

    def add(self, paths: list[str], *, watch: bool = False) -> p.AddReply:
        return self._post("/v1/sources", p.AddRequest(paths=paths, watch=watch), p.AddReply)

    def add_note(self, note: p.NoteRequest) -> p.SourceInfo:
        return self._post("/v1/notes", note, p.SourceInfo)

    def add_samples(self) -> p.AddReply:
        """Remember the sample files that ship with the program."""
        return self._post("/v1/samples", None, p.AddReply)

    def sources(
        self,
        *,
        text: str = "",
        state: p.SourceState | None = None,
        kind: p.SourceKind | None = None,
        batch: str | None = None,
        folder: str | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> p.SourceList:
        asked = {"text": text, "state": state, "kind": kind, "batch": batch, "folder": folder}
        params = {k: str(v) for k, v in asked.items() if v}
        return self._get(
            "/v1/sources", p.SourceList, {**params, "limit": str(limit), "offset": str(offset)}
        )

    def source(self, source_id: str) -> p.SourceInfo:
        return self._get(f"/v1/sources/{source_id}", p.SourceInfo)

    def document(self, source_id: str) -> p.Document:
        """The extracted text of a file or note; of a conversation, its turns joined."""
        return self._get(f"/v1/sources/{source_id}/document", p.Document)

    def page_picture(
        self, source_id: str, page: int, *, start: int = 0, end: int = 0, width: int = 900
    ) -> p.PagePicture:
        """A PDF page with the passage from ``start`` to ``end`` marked."""
        params = {"start": str(start), "end": str(end), "width": str(width)}
        return self._get(f"/v1/sources/{source_id}/pages/{page}", p.PagePicture, params)

    def retry_source(self, source_id: str) -> p.SourceInfo:
        return self._post(f"/v1/sources/{source_id}/retry", None, p.SourceInfo)

    def jobs(self, *, batch: str | None = None, state: p.JobState | None = None) -> p.JobList:
        params = {k: str(v) for k, v in (("batch", batch), ("state", state)) if v}
        return self._get("/v1/jobs", p.JobList, params)

    def job_action(self, job_id: str, action: p.JobAction) -> p.JobInfo:
        return self._post(f"/v1/jobs/{job_id}/{action.value}", None, p.JobInfo)

    def batch(self, batch_id: str) -> p.BatchInfo:
        return self._get(f"/v1/batches/{batch_id}", p.BatchInfo)

    def batch_action(self, batch_id: str, action: p.JobAction) -> p.BatchInfo:
        return self._post(f"/v1/batches/{batch_id}/{action.value}", None, p.BatchInfo)

    def folders(self) -> list[p.FolderInfo]:
        return self._get_list("/v1/folders", p.FolderInfo)

    def watch(self, path: str, *, ignore: list[str] | None = None) -> p.FolderInfo:
        return self._post("/v1/folders", p.FolderRequest(path=path, ignore=ignore), p.FolderInfo)

    def unwatch(self, folder_id: str) -> None:
        """Stop following a folder; its memories stay."""
        self._send("DELETE", f"/v1/folders/{folder_id}", None, None)

    def decide_missing(self, choice: p.MissingChoice) -> p.ForgetReply:
        """Say what becomes of memories whose files are gone."""
        return self._post("/v1/missing", choice, p.ForgetReply, timeout_s=None)

    # -- memories

    def memories(self, query: p.MemoryQuery) -> p.MemoryList:
        return self._post("/v1/memories/query", query, p.MemoryList)

    def memory(self, memory_id: str) -> p.MemoryDetail:
        return self._get(f"/v1/memories/{memory_id}", p.MemoryDetail)

    def edit_memory(self, memory_id: str, edit: p.MemoryEdit) -> p.MemoryInfo:
        return self._send_for("PATCH", f"/v1/memories/{memory_id}", edit, p.MemoryInfo)

    def call_fine(self, memory_id: str) -> p.MemoryInfo:
        """Say that a memory taken for orders to an assistant is fine."""
        return self._post(f"/v1/memories/{memory_id}/fine", None, p.MemoryInfo)

    def review(
        self, memory_id: str, reason: p.ReviewReason, *, recall: str | None = None
    ) -> p.MemoryInfo:
        """Say that a memory was used; ``recall`` names the list it was chosen from."""
        request = p.ReviewRequest(reason=reason, recall=recall)
        return self._post(f"/v1/memories/{memory_id}/reviews", request, p.MemoryInfo)

    def forget(self, request: p.ForgetRequest) -> p.ForgetReply:
        return self._post("/v1/forget", request, p.ForgetReply, timeout_s=None)

    # -- diary, and what was folded

    def diary(
        self,
        zoom: p.DiaryZoom = p.DiaryZoom.DAY,
        *,
        before: date | None = None,
        limit: int = 30,
    ) -> p.DiaryReply:
        """Days, weeks or months that have something to tell, newest first."""
        params = {"zoom": zoom.value, "limit": str(limit)}
        if before is not None:
            params["before"] = before.isoformat()
        return self._get("/v1/diary", p.DiaryReply, params)

    def diary_entry(self, day: date, zoom: p.DiaryZoom = p.DiaryZoom.DAY) -> p.DiaryEntry:
        """The day, week or month that holds a day."""
        return self._get(f"/v1/diary/{day.isoformat()}", p.DiaryEntry, {"zoom": zoom.value})

    def folds(self, *, night: str | None = None, limit: int = 50, offset: int = 0) -> p.FoldList:
        """Memories that stand behind others because they say the same."""
        params = {"limit": str(limit), "offset": str(offset)}
        return self._get("/v1/folds", p.FoldList, params | ({"night": night} if night else {}))

    def undo_folds(self, *, memory: str | None = None, night: str | None = None) -> p.FoldsUndone:
        """Take apart the group of a memory, or all that a night folded."""
        undo = p.FoldUndo(memory=memory, night=night)
        return self._post("/v1/folds/undo", undo, p.FoldsUndone)

    # -- facts

    def facts(
        self,
        *,
        states: list[p.FactState] | None = None,
        subject: str = "",
        relation: str = "",
        text: str = "",
        limit: int = 200,
        offset: int = 0,
    ) -> p.FactList:
        """Facts that fit, the person's own first; without states all of them."""
        asked = {"subject": subject, "relation": relation, "text": text}
        params = [(name, value) for name, value in asked.items() if value]
        params += [("state", state.value) for state in states or []]
        query = urlencode([*params, ("limit", limit), ("offset", offset)])
        return self._get(f"/v1/facts?{query}", p.FactList)

    def fact(self, fact_id: str) -> p.FactDetail:
        """A fact with every fact of its line, and the sentences it rests on."""
        return self._get(f"/v1/facts/{fact_id}", p.FactDetail)

    def fact_review(self) -> p.FactReview:
        """Doubtful facts that wait for the person's word."""
        return self._get("/v1/facts/review", p.FactReview)

    def decide_fact(self, fact_id: str, choice: p.FactChoice) -> p.FactDetail:
        decision = p.FactDecision(choice=choice)
        return self._post(f"/v1/facts/{fact_id}/decision", decision, p.FactDetail)

    def edit_fact(self, fact_id: str, edit: p.FactEdit) -> p.FactDetail:
        return self._send_for("PATCH", f"/v1/facts/{fact_id}", edit, p.FactDetail)

    def learn_facts(self) -> p.FactsLearnt:
        """Learn from everything that waits now, chats that have not rested included."""
        return self._post("/v1/facts/learn", None, p.FactsLearnt, timeout_s=None)

    # -- topics and links

    def topics(
        self,
        *,
        source: str = "",
        text: str = "",
        scopes: list[str] | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> p.TopicList:
        """What talks were about, newest first."""
        params = [(name, one) for name, one in (("source", source), ("text", text)) if one]
        query = urlencode([*params, *_scopes(scopes), ("limit", limit), ("offset", offset)])
        return self._get(f"/v1/topics?{query}", p.TopicList)

    def topic(self, topic_id: str, *, scopes: list[str] | None = None) -> p.TopicDetail:
        """A topic with the turns it was made from."""
        return self._get(f"/v1/topics/{topic_id}?{urlencode(_scopes(scopes))}", p.TopicDetail)

    def learn_topics(self) -> p.NotesMade:
        """Cut and link everything that waits now, chats that have not rested included."""
        return self._post("/v1/topics/learn", None, p.NotesMade, timeout_s=None)

    def links(self, memory_id: str, *, scopes: list[str] | None = None) -> p.MemoryLinks:
        """What a memory is about and what it has to do with."""
        query = urlencode(_scopes(scopes))
        return self._get(f"/v1/memories/{memory_id}/links?{query}", p.MemoryLinks)

    def note_versions(self, memory_id: str, *, scopes: list[str] | None = None) -> p.NoteVersions:
        """Versions of what a memory is about, oldest first."""
        query = urlencode(_scopes(scopes))
        return self._get(f"/v1/memories/{memory_id}/versions?{query}", p.NoteVersions)

    def undo_note(self, memory_id: str, *, version: int | None = None) -> p.NoteVersions:
        """Put an earlier version back, as a new one."""
        undo = p.NoteUndo(version=version)
        return self._post(f"/v1/memories/{memory_id}/undo", undo, p.NoteVersions)

    # -- what fades

    def fading(self) -> p.FadingList:
        """Today's memories about to fade."""
        return self._get("/v1/fading", p.FadingList)

    def decide_fading(self, memory_id: str, answer: p.FadingAnswer | None) -> p.FadingList:
        """Keep one or let it fade; None takes that back. Returns today's list as it is then."""
        decision = p.FadingDecision(answer=answer)
        return self._post(f"/v1/fading/{memory_id}", decision, p.FadingList)

    def fading_year(self) -> p.FadingYear:
        """How many memories were strong, fading, dormant and renewed, week by week."""
        return self._get("/v1/fading/year", p.FadingYear)

    # -- recall and answers

    def recall(self, request: p.RecallRequest) -> p.RecallReply:
        return self._post("/v1/recall", request, p.RecallReply)

    @contextmanager
    def ask(self, request: p.AskRequest) -> Iterator[AnswerStream]:
        """Stream an answer; closing the stream stops it at the next token."""
        with self._stream("POST", "/v1/ask", _PATIENT, request.model_dump_json()) as response:
            yield AnswerStream(response)

    def cancel_ask(self, request_id: str) -> None:
        self._send("POST", f"/v1/ask/{request_id}/cancel", None, None)

    # -- scopes

    def scopes(self) -> p.ScopeList:
        """Every scope with what it holds."""
        return self._get("/v1/scopes", p.ScopeList)

    def set_scope(self, edit: p.ScopeEdit) -> p.ScopeReply:
        """Give sources, folders and chats another scope."""
        return self._send_for("PUT", "/v1/scopes", edit, p.ScopeReply)

    # -- chats

    def chats(self, *, text: str = "") -> p.ChatList:
        return self._get("/v1/chats", p.ChatList, {"text": text} if text else None)

    def create_chat(self, create: p.ChatCreate) -> p.ChatInfo:
        return self._post("/v1/chats", create, p.ChatInfo)

    def chat(self, chat_id: str) -> p.ChatDetail:
        return self._get(f"/v1/chats/{chat_id}", p.ChatDetail)

    def edit_chat(self, chat_id: str, edit: p.ChatEdit) -> p.ChatInfo:
        return self._send_for("PATCH", f"/v1/chats/{chat_id}", edit, p.ChatInfo)

    def delete_chat(self, chat_id: str) -> p.ForgetReply:
        """Delete a chat and forget, physically, what was remembered of it."""
        return self._send_for("DELETE", f"/v1/chats/{chat_id}", None, p.ForgetReply, None)

    # -- learning from use

    def learning(self) -> p.LearningInfo:
        """What recall has learnt from the person's choices."""
        return self._get("/v1/learning", p.LearningInfo)

    def reset_learning(self) -> p.LearningInfo:
        """Forget every choice, and rank as shipped."""
        return self._send_for("DELETE", "/v1/learning", None, p.LearningInfo)

    # -- model and settings

    def model(self) -> p.ModelReply:
        return self._get("/v1/model", p.ModelReply)

    def use_model(self, path: str | None = None, *, id: str | None = None) -> p.ModelReply:
        """Answer with a file, or with a model of the library, by its id."""
        return self._send_for("PUT", "/v1/model", p.ModelUse(path=path, id=id), p.ModelReply)

    def no_model(self) -> p.ModelReply:
        return self._send_for("DELETE", "/v1/model", None, p.ModelReply)

    def load_model(self, *, check_again: bool = False) -> p.ModelReply:
        """Have the model in use read into memory now; may take minutes the first time."""
        load = p.ModelLoad(check_again=check_again)
        return self._post("/v1/model/load", load, p.ModelReply, timeout_s=None)

    def models(self) -> p.ModelLibrary:
        """The catalogue, the models on this machine, and the budget."""
        return self._get("/v1/models", p.ModelLibrary)

    def add_model(self, path: str) -> p.LocalModel:
        """Put a GGUF file on the list of local models, without using it yet."""
        return self._post("/v1/models", p.ModelAdd(path=path), p.LocalModel)

    def download(self, model_id: str, action: p.DownloadAction) -> p.DownloadInfo:
        """Start, pause, resume or cancel the download of a catalogue entry."""
        return self._post(f"/v1/models/{model_id}/{action.value}", None, p.DownloadInfo)

    def remove_model(self, model_id: str) -> p.ModelRemoved:
        """Delete a downloaded model; take an added one off the list, its file stays."""
        return self._send_for("DELETE", f"/v1/models/{model_id}", None, p.ModelRemoved)

    def set_budget(self, edit: p.ModelBudgetEdit) -> p.ModelBudget:
        return self._send_for("PUT", "/v1/models/budget", edit, p.ModelBudget)

    def predict(self, request: p.PredictRequest) -> p.PredictReply:
        """How a model would do at each of several budgets."""
        return self._post("/v1/models/predict", request, p.PredictReply)

    def settings(self) -> p.SettingsReply:
        return self._get("/v1/settings", p.SettingsReply)

    def edit_settings(self, edit: p.SettingsEdit) -> p.SettingsReply:
        return self._send_for("PATCH", "/v1/settings", edit, p.SettingsReply)

    # -- events

    @contextmanager
    def events(self) -> Iterator[Iterator[p.Event]]:
        """The daemon's events from now on; a line every 15 s at most keeps it alive."""
        with self._stream("GET", "/v1/events", _HEARTBEAT) as response:
            yield (_EVENT.validate_json(data) for data in server_sent(response))
