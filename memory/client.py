"""Client of the daemon: one method a request, typed replies, event streams.

Light to import: httpx and the protocol, no engine. A ``Client`` may be used from several
threads; each stream belongs to the thread that reads it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter

from memory import protocol as p
from memory.paths import ENVIRONMENT_VARIABLE, DataPaths, data_paths
from memory.version import program_version

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "AnswerStream",
    "Client",
    "DaemonAddress",
    "DaemonError",
    "DaemonUnreachable",
    "DataPaths",
    "connect",
    "data_paths",
    "program_version",
    "read_address",
    "start_problem",
]

_Reply = TypeVar("_Reply", bound=BaseModel)
_ASK_EVENT: TypeAdapter[p.AskEvent] = TypeAdapter(p.AskEvent)
_EVENT: TypeAdapter[p.Event] = TypeAdapter(p.Event)


class DaemonError(Exception):
    """The daemon answered with a problem; ``problem`` holds the words for the person."""

    def __init__(self, problem: p.Problem):
        super().__init__(f"{problem.title}: {problem.message}")
        self.problem = problem


class DaemonUnreachable(DaemonError):
    """No daemon answers for this data folder."""

    def __init__(self, detail: str):
        super().__init__(
            p.Problem(
                code=p.ErrorCode.STOPPING,
                title="The memory is not running",
                message=f"No answer from the background program ({detail}).",
                next_step="Run `recollect daemon start`, or open the window.",
            )
        )


@dataclass(frozen=True)
class DaemonAddress:
    """What ``daemon.json`` says: where the daemon listens and the token it expects."""

    port: int
    token: str
    pid: int
    version: str
    protocol: int


def read_address(paths: DataPaths) -> DaemonAddress:
    """Read ``daemon.json``.

    Raises:
        DaemonUnreachable: there is none, or it cannot be read.
    """
    try:
        found = json.loads(paths.daemon_json.read_text("utf-8"))
        return DaemonAddress(
            int(found["port"]),
            str(found["token"]),
            int(found["pid"]),
            str(found["version"]),
            int(found["protocol"]),
        )
    except FileNotFoundError as error:
        raise DaemonUnreachable("not started") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DaemonUnreachable(f"daemon.json: {type(error).__name__}") from error


def start_problem(paths: DataPaths) -> p.Problem | None:
    """Why the daemon could not be started the last time it was tried, if it said so."""
    try:
        return p.Problem.model_validate_json(paths.start_problem.read_bytes())
    except (OSError, ValueError):
        return None


def connect(data_dir: str | os.PathLike[str] | None = None, *, timeout_s: float = 60.0) -> Client:
    """A client for the daemon of this data folder; checks that it is alive and fits.

    Raises:
        DaemonUnreachable: no daemon answers.
        DaemonError: it speaks another protocol version (``version_mismatch``).
    """
    client = Client(read_address(data_paths(data_dir)), timeout_s=timeout_s)
    try:
        health = client.health()
    except BaseException:
        client.close()
        raise
    if health.protocol != p.PROTOCOL_VERSION:
        client.close()
        raise DaemonError(
            p.Problem(
                code=p.ErrorCode.VERSION_MISMATCH,
                title="The running memory is another version",
                message=f"It speaks version {health.protocol}, this program {p.PROTOCOL_VERSION}.",
                next_step="Run `recollect daemon stop`, then try again.",
            )
        )
    return client


class AnswerStream:
    """The events of one answer; ``close`` (or leaving the ``with``) stops the answer."""

    def __init__(self, response: httpx.Response):
        self._response = response

    def __iter__(self) -> Iterator[p.AskEvent]:
        for data in _server_sent(self._response):
            yield _ASK_EVENT.validate_json(data)

    def close(self) -> None:
        self._response.close()


class Client:
    """Requests to one daemon. Every method raises ``DaemonError`` with a problem."""

    def __init__(self, address: DaemonAddress, *, timeout_s: float = 60.0):
        self.address = address
        self._http = httpx.Client(
            base_url=f"http://127.0.0.1:{address.port}",
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=httpx.Timeout(timeout_s, connect=5.0),
            trust_env=False,
        )
        self._streams: set[httpx.Response] = set()

    def close(self) -> None:
        self._http.close()

    def interrupt(self) -> None:
        """Wake every thread that waits on a stream; it sees ``DaemonUnreachable``.

        Closing a socket does not wake a thread that reads it; shutting it down does.
        """
        for response in list(self._streams):
            stream = response.extensions.get("network_stream")
            found = stream.get_extra_info("socket") if stream is not None else None
            if found is not None:
                with suppress(OSError):
                    found.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _stream(
        self, method: str, path: str, timeout: httpx.Timeout, body: str | None = None
    ) -> Iterator[httpx.Response]:
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            with self._http.stream(
                method, path, content=body, headers=headers, timeout=timeout
            ) as response:
                _raise_for_problem(response)
                self._streams.add(response)
                try:
                    yield response
                finally:
                    self._streams.discard(response)
        except httpx.TransportError as error:
            raise DaemonUnreachable(type(error).__name__) from error

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

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

    def export(self, path: str) -> p.ExportReply:
        return self._post("/v1/export", p.ExportRequest(path=path), p.ExportReply, timeout_s=None)

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

    def review(self, memory_id: str, reason: p.ReviewReason) -> p.MemoryInfo:
        return self._post(
            f"/v1/memories/{memory_id}/reviews", p.ReviewRequest(reason=reason), p.MemoryInfo
        )

    def forget(self, request: p.ForgetRequest) -> p.ForgetReply:
        return self._post("/v1/forget", request, p.ForgetReply, timeout_s=None)

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
            yield (_EVENT.validate_json(data) for data in _server_sent(response))

    # -- plumbing

    def _get(self, path: str, reply: type[_Reply], params: dict[str, str] | None = None) -> _Reply:
        return reply.model_validate_json(self._send("GET", path, None, params))

    def _get_list(self, path: str, reply: type[_Reply]) -> list[_Reply]:
        return TypeAdapter(list[reply]).validate_json(self._send("GET", path, None, None))  # type: ignore[valid-type]

    def _post(
        self,
        path: str,
        body: BaseModel | None,
        reply: type[_Reply],
        timeout_s: float | None = -1,
    ) -> _Reply:
        return self._send_for("POST", path, body, reply, timeout_s)

    def _send_for(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        reply: type[_Reply],
        timeout_s: float | None = -1,
    ) -> _Reply:
        return reply.model_validate_json(self._send(method, path, body, None, timeout_s))

    def _send(
        self,
        method: str,
        path: str,
        body: BaseModel | None,
        params: dict[str, str] | None,
        timeout_s: float | None = -1,
    ) -> bytes:
        """``timeout_s`` None waits for ever, -1 takes the client's own."""
        content = None if body is None else body.model_dump_json()
        headers = {"Content-Type": "application/json"} if content is not None else None
        timeout = self._http.timeout if timeout_s == -1 else httpx.Timeout(timeout_s, connect=5.0)
        try:
            response = self._http.request(
                method, path, content=content, params=params, headers=headers, timeout=timeout
            )
        except httpx.TransportError as error:
            raise DaemonUnreachable(type(error).__name__) from error
        _raise_for_problem(response)
        return response.content


_PATIENT = httpx.Timeout(None, connect=5.0)
_HEARTBEAT = httpx.Timeout(45.0, connect=5.0)


def _raise_for_problem(response: httpx.Response) -> None:
    if response.is_success:
        return
    response.read()
    try:
        problem = p.Problem.model_validate_json(response.content)
    except ValueError:
        problem = p.Problem(
            code=p.ErrorCode.INTERNAL,
            title="The memory gave an answer that cannot be read",
            message=f"HTTP {response.status_code}.",
            next_step="Run `recollect daemon stop`, then try again.",
        )
    raise DaemonError(problem)


def _server_sent(response: httpx.Response) -> Iterator[str]:
    """Data of each server-sent event; comments (heartbeats) are skipped."""
    lines: list[str] = []
    for line in response.iter_lines():
        if line.startswith("data:"):
            lines.append(line[5:].removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []
