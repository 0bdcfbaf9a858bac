"""What goes on in the worker, as numbers to show. Light to import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Meter:
    """Counters run from the loading on.

    Attributes:
        mode: fits, ring, advise, slots or mmap; see ``models.flash.plan``.
        pinned_bytes, cached_bytes: in memory for good, and for now.
        streamed_bytes: read from flash so far.
        bytes_per_token: of the answer under way or the last one, without its prompt; None before
            one had two tokens.
        hit_rate: 0 to 1, of the cached part; None where nothing is cached.
        tokens_per_s: of the same, from its first token on.
        budget_bytes: memory the worker may take now; None where nothing limits it.
        reason: why this mode, one sentence for a person.
        check_failed: a self-check is among the reasons; ``LanguageModel.load`` can ask again.
    """

    mode: str
    pinned_bytes: int
    cached_bytes: int
    streamed_bytes: int
    bytes_per_token: float | None
    hit_rate: float | None
    tokens_per_s: float | None
    budget_bytes: int | None
    reason: str
    check_failed: bool = False


@dataclass(frozen=True)
class FirstCheck:
    """What is found out about a model when it is loaded for the first time, and how far that is.

    Attributes:
        stage: ``comparing`` its logits with those of plain mapping, where weights are to come
            from flash (``models.flash.self_check``); ``measuring`` how many tokens a pass may
            hold (``models.worker.width_check``).
        share: 0 to 1, of this stage.
    """

    stage: Literal["comparing", "measuring"]
    share: float
