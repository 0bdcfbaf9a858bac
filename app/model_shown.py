"""What a row of the Model page shows and offers, from what the daemon says of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app import model_words, words
from memory.protocol import (
    CatalogueEntry,
    DownloadInfo,
    LocalModel,
    ModelState,
    ModelVerdict,
    Problem,
)

_LEAST_USEFUL = 4.0
"""Tokens a second below which a model is not the one to begin with; about as fast as one reads."""


class Action(StrEnum):
    """What a person can do with a row."""

    USE = "use"
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    CANCEL = "cancel"
    REMOVE = "remove"


@dataclass(frozen=True)
class Shown:
    """One row.

    Attributes:
        verdict: what to expect of it here, or that it is in use; ``token`` is its colour.
        path: where its file lies.
        progress: of a download, 0 to 1; None hides the bar, -1 shows one without an end.
        line: how the download stands.
    """

    id: str
    name: str
    facts: str
    text: str = ""
    path: str = ""
    verdict: str = ""
    speed: str = ""
    token: str = "muted"
    reason: str = ""
    progress: float | None = None
    line: str = ""
    problem: Problem | None = None
    actions: tuple[Action, ...] = ()


_ACTIONS = {
    ModelState.AVAILABLE: (Action.DOWNLOAD,),
    ModelState.WAITING: (Action.PAUSE, Action.CANCEL),
    ModelState.DOWNLOADING: (Action.PAUSE, Action.CANCEL),
    ModelState.CHECKING: (Action.CANCEL,),
    ModelState.PAUSED: (Action.RESUME, Action.CANCEL),
    ModelState.FAILED: (Action.RETRY, Action.CANCEL),
    ModelState.READY: (Action.USE, Action.REMOVE),
}


def entry_shown(entry: CatalogueEntry) -> Shown:
    """A model of the catalogue, on its way or not."""
    verdict, speed, token = model_words.verdict(entry.prediction)
    shown = Shown(
        id=entry.id,
        name=entry.name,
        facts=model_words.entry_facts(entry),
        text=entry.good_for,
        verdict=verdict,
        speed=speed,
        token=token,
        reason=entry.prediction.reason if entry.prediction else "",
        actions=_ACTIONS[entry.state],
    )
    if entry.download is not None and entry.state is not ModelState.READY:
        return with_download(shown, entry.download)
    return shown


def with_download(shown: Shown, download: DownloadInfo) -> Shown:
    """The same row while something comes down."""
    if download.state in (ModelState.AVAILABLE, ModelState.READY):
        return replace(
            shown, progress=None, line="", problem=None, actions=_ACTIONS[download.state]
        )
    return replace(
        shown,
        progress=_progress(download),
        line=model_words.download_line(download),
        problem=download.problem if download.state is ModelState.FAILED else None,
        actions=_ACTIONS[download.state],
    )


def local_shown(local: LocalModel, entry: CatalogueEntry | None = None) -> Shown:
    """A file on this computer; ``entry`` is what the catalogue says of it."""
    verdict, speed, token = model_words.verdict(local.prediction)
    usable = local.problem is None and not local.in_use
    return Shown(
        id=local.id,
        name=entry.name if entry is not None else local.name,
        facts=model_words.local_facts(local, entry),
        text=entry.good_for if entry is not None else "",
        path=words.path(local.path),
        verdict="In use" if local.in_use else verdict,
        speed="" if local.in_use else speed,
        token="good" if local.in_use else token,
        reason=local.prediction.reason if local.prediction and not local.in_use else "",
        problem=local.problem,
        actions=(Action.USE, Action.REMOVE) if usable else (Action.REMOVE,),
    )


def entry_of(local: LocalModel, catalogue: Iterable[CatalogueEntry]) -> CatalogueEntry | None:
    """What the catalogue says of a file that was downloaded from it."""
    if local.origin != "downloaded":
        return None
    return next((e for e in catalogue if e.id == local.id or e.path == local.path), None)


def name_of(local: LocalModel, catalogue: Iterable[CatalogueEntry]) -> str:
    """What a file on this computer is called on the page."""
    entry = entry_of(local, catalogue)
    return entry.name if entry is not None else local.name


def suggested(catalogue: Sequence[CatalogueEntry]) -> CatalogueEntry | None:
    """The model to begin with: the biggest that fits and words an answer as fast as one reads.

    Where nothing is measured yet, the smallest of all.
    """
    free = [e for e in catalogue if e.state is ModelState.AVAILABLE and not e.gated]
    known = [e for e in free if e.prediction and e.prediction.tokens_per_s is not None]
    good = [e for e in known if _suits(e)]
    if good:
        return max(good, key=lambda e: (e.parameters, -e.size_bytes))
    if known:
        return max(known, key=_predicted_speed)
    return min(free, key=lambda e: e.size_bytes, default=None)


def _suits(entry: CatalogueEntry) -> bool:
    found = entry.prediction
    return (
        found is not None
        and found.verdict is ModelVerdict.FITS
        and (found.tokens_per_s or 0) >= _LEAST_USEFUL
    )


def _predicted_speed(entry: CatalogueEntry) -> float:
    return (entry.prediction.tokens_per_s if entry.prediction else None) or 0.0


def _progress(download: DownloadInfo) -> float | None:
    under_way = download.state in (ModelState.DOWNLOADING, ModelState.CHECKING)
    if download.state is ModelState.CHECKING or (under_way and not download.total_bytes):
        return -1.0
    if not download.total_bytes:
        return None if download.state is ModelState.FAILED else 0.0
    return min(1.0, download.done_bytes / download.total_bytes)
