"""Language models: the one in use, the library, downloads, the memory they may use."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from memory.protocol.base import Model, Problem


class ModelMode(StrEnum):
    """How a model's weights live under its memory budget."""

    FITS = "fits"  # all of them in memory
    RING = "ring"  # dense: a share in memory, the rest read from flash in every pass
    ADVISE = "advise"  # experts: read ahead into the system's file cache
    SLOTS = "slots"  # experts: read into a cache of our own
    MMAP = "mmap"  # the system pages as it sees fit: works, slowly


class ModelVerdict(StrEnum):
    FITS = "fits"
    STREAMS = "streams"
    TOO_SLOW = "too_slow"


class ModelPrediction(Model):
    """How a model would do on this machine, reckoned from its measured speeds."""

    budget_bytes: int = Field(description="memory it would be given")
    mode: ModelMode
    verdict: ModelVerdict
    tokens_per_s: float | None = Field(default=None, description="None while nothing is measured")
    first_token_s: float | None = Field(
        default=None, description="to the first word of a typical answer"
    )
    reason: str = Field(description="one sentence for a person")


class ModelMeter(Model):
    """What the loaded model's weights do; counters run from its loading on."""

    mode: ModelMode
    pinned_bytes: int = Field(description="in memory for good")
    cached_bytes: int = Field(description="in memory for now")
    streamed_bytes: int = Field(description="read from flash so far")
    bytes_per_token: float | None = None
    hit_rate: float | None = Field(default=None, description="0 to 1, of the cached part")
    tokens_per_s: float | None = None
    reason: str = Field(description="why this mode: one sentence for a person")
    check_failed: bool = Field(default=False, description="among the reasons; load can ask again")


class ModelCheck(Model):
    """What is found out about a model once, when it is loaded for the first time."""

    stage: Literal["comparing", "measuring"] = Field(
        description="its words with those of plain reading; how many words a pass may hold"
    )
    share: float = Field(description="0 to 1, of this stage")


class ModelInfo(Model):
    """The language model in use; ``None`` in a reply means there is none."""

    name: str
    path: str
    size_bytes: int
    architecture: str | None = None
    context_tokens: int | None = None
    state: Literal["idle", "loading", "loaded", "answering", "failed"]
    problem: Problem | None = None
    mode: ModelMode | None = Field(default=None, description="None until it was loaded")
    budget_bytes: int | None = Field(default=None, description="memory it may take")
    meter: ModelMeter | None = Field(default=None, description="while it is loaded")
    check: ModelCheck | None = Field(default=None, description="during its first loading")


class ModelUse(Model):
    """Exactly one of the two: a file, or the id of a model of the library that is there."""

    path: str | None = None
    id: str | None = None


class ModelLoad(Model):
    check_again: bool = Field(default=False, description="make checks anew that failed before")


class ModelReply(Model):
    model: ModelInfo | None


class ModelState(StrEnum):
    AVAILABLE = "available"  # not here, can be downloaded
    WAITING = "waiting"  # asked for; another download runs
    DOWNLOADING = "downloading"
    CHECKING = "checking"  # its SHA-256 is being compared
    PAUSED = "paused"  # by the person, or by a restart; goes on where it stopped
    FAILED = "failed"  # ``problem`` says why; resume tries again
    READY = "ready"


class DownloadInfo(Model):
    """One download on its way, stopped or failed. Its id is that of the catalogue entry."""

    id: str
    state: ModelState
    done_bytes: int
    total_bytes: int | None = Field(default=None, description="None until the hub has said it")
    rate_bytes_per_s: float | None = None
    seconds_left: float | None = None
    problem: Problem | None = None


class CatalogueEntry(Model):
    """A model that can be downloaded, or was."""

    id: str
    family: str
    name: str
    parameters: int
    active_parameters: int | None = Field(
        default=None, description="that work on each word; None: all of them (dense)"
    )
    repository: str = Field(description="owner/name on the hub")
    file: str
    quantization: str
    size_bytes: int = Field(description="about, until ``size_exact``")
    size_exact: bool = False
    licence: str = Field(description="SPDX id, or the name of its terms")
    gated: bool = Field(default=False, description="the hub asks to accept terms first")
    context_tokens: int
    good_for: str
    state: ModelState
    download: DownloadInfo | None = Field(default=None, description="while not available or ready")
    path: str | None = Field(default=None, description="of the file, once ready")
    in_use: bool = False
    prediction: ModelPrediction | None = None


class LocalModel(Model):
    """A GGUF file on this machine: downloaded, or added by its path."""

    id: str
    name: str
    path: str
    origin: Literal["downloaded", "added"]
    size_bytes: int
    architecture: str | None = None
    parameters: int | None = None
    context_tokens: int | None = None
    in_use: bool = False
    problem: Problem | None = Field(default=None, description="gone, damaged or not readable")
    prediction: ModelPrediction | None = None


class ModelBudget(Model):
    """Memory for the model's process: weights, what it keeps of the text, and itself."""

    budget_bytes: int = Field(description="in force now")
    automatic: bool
    automatic_bytes: int = Field(description="what automatic would give now")
    least_bytes: int = Field(description="ends of a slider")
    most_bytes: int
    mode: ModelMode | None = Field(default=None, description="fixed by the person; None: chosen")


class ModelLibrary(Model):
    """Everything the Models page shows."""

    model: ModelInfo | None
    catalogue: list[CatalogueEntry]
    local: list[LocalModel]
    budget: ModelBudget
    folder: str = Field(description="where downloads go")
    free_bytes: int = Field(description="on that disk")
    hub: str = Field(description="address that downloads come from; contacted only for them")
    measuring: bool = Field(
        default=False, description="speeds of this machine are being measured; MODEL follows"
    )


class ModelAdd(Model):
    path: str = Field(description="absolute path of a GGUF file; it stays where it is")


class DownloadAction(StrEnum):
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"  # what was downloaded so far is deleted


class ModelRemoved(Model):
    id: str
    path: str
    deleted: bool = Field(description="False: only taken off the list, the file stays")
    freed_bytes: int = 0


class ModelBudgetEdit(Model):
    """What is left out stays as it is."""

    budget_bytes: Annotated[int, Field(ge=1)] | Literal["automatic"] | None = None
    mode: ModelMode | Literal["automatic"] | None = None


class PredictRequest(Model):
    """One model (id of the library or a path) at several budgets; none means the one in force."""

    model: str
    budgets: Annotated[list[Annotated[int, Field(ge=1)]], Field(max_length=64)] = Field(
        default_factory=list
    )
    mode: ModelMode | None = None


class PredictReply(Model):
    """In the order of the budgets asked for."""

    predictions: list[ModelPrediction]
