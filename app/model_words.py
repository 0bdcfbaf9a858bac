"""What the Model page says: speeds, verdicts, facts and downloads in words. Pure.

A "token" is the one word of the trade that stays, because speeds are counted in it
everywhere; ``TOKEN_TIP`` explains it where it stands.
"""

from __future__ import annotations

from app import words
from memory.protocol import (
    CatalogueEntry,
    DownloadInfo,
    LocalModel,
    ModelCheck,
    ModelInfo,
    ModelMeter,
    ModelMode,
    ModelPrediction,
    ModelState,
    ModelVerdict,
)

TOKEN_TIP = "A token is a word or a piece of one; four make about three words."

MODES = {
    ModelMode.FITS: "fits in memory",
    ModelMode.RING: "streams from disk",
    ModelMode.ADVISE: "streams from disk",
    ModelMode.SLOTS: "streams from disk",
    ModelMode.MMAP: "read from disk by the system",
}
"""What the weights do, as the end of a sentence."""

VERDICTS = {
    ModelVerdict.FITS: ("Fits in memory", "good"),
    ModelVerdict.STREAMS: ("Streams from disk", "accent"),
    ModelVerdict.TOO_SLOW: ("Too slow here", "warn"),
}
"""A verdict and the token it is coloured with."""

STATES = {
    "idle": ("Not in memory", "muted"),
    "loading": ("Loading", "accent"),
    "loaded": ("Ready", "good"),
    "answering": ("Answering", "accent"),
    "failed": ("Failed", "bad"),
}
_LATE_S = 30.0
"""A wait for the first word that is worth saying beside a verdict."""

IDLE = "It is read into memory with the first question, and leaves again when there are none."


_CHECKS = {
    "comparing": (
        "Checking",
        "While it answers, this model is read from disk. Before it does so for the first time, "
        "what comes out that way is compared, bit for bit, with plain reading. This is done once "
        "and remembered.",
    ),
    "measuring": (
        "Measuring",
        "How it answers fastest on this computer is being tried out. This is done once and "
        "remembered.",
    ),
}


def speed(tokens_per_s: float) -> str:
    """``12 tokens a second``, ``0.7 tokens a second``, ``a token every 8 seconds``."""
    if tokens_per_s <= 0:
        return "no speed yet"
    if tokens_per_s < 0.3:
        return f"a token every {words.count(max(4, round(1 / tokens_per_s)), 'second')}"
    shown = f"{tokens_per_s:.1f}" if tokens_per_s < 9.95 else f"{tokens_per_s:,.0f}"
    return f"{shown.removesuffix('.0')} {'token' if shown == '1.0' else 'tokens'} a second"


def verdict(prediction: ModelPrediction | None) -> tuple[str, str, str]:
    """Verdict, predicted speed (may be empty), and the colour token of the verdict."""
    if prediction is None:
        return "", "", "muted"
    said, token = VERDICTS[prediction.verdict]
    if prediction.tokens_per_s is None:
        return said, "", token
    wait = prediction.first_token_s
    late = f", the first after {_wait(wait)}" if wait is not None and wait > _LATE_S else ""
    return said, f"about {speed(prediction.tokens_per_s)}{late}", token


def expectation(prediction: ModelPrediction) -> str:
    """``Streams from disk, about 6 tokens a second; the first word after a few seconds.``"""
    said = MODES[prediction.mode]
    if prediction.tokens_per_s is None:
        return f"{_capital(said)}; how fast is not known yet."
    said = f"{said}, about {speed(prediction.tokens_per_s)}"
    if prediction.first_token_s is not None:
        said += f"; the first word after {_wait(prediction.first_token_s)}"
    if prediction.verdict is ModelVerdict.TOO_SLOW:
        said += ". That is too slow to be of use"
    return f"{_capital(said)}."


def check_line(check: ModelCheck) -> str:
    """``Checking this model once: 40 %``."""
    return f"{_CHECKS[check.stage][0]} this model once: {words.percent(check.share)}"


def check_help(check: ModelCheck) -> str:
    """What is done there, and why nobody has to wait for it again."""
    return _CHECKS[check.stage][1]


def state_line(model: ModelInfo, meter: ModelMeter | None) -> str:
    """State, what the weights do and how fast: ``Answering · streams from disk · 6 tokens a
    second``."""
    said = [STATES[model.state][0]]
    if model.state in ("idle", "failed"):
        return said[0]
    mode = meter.mode if meter is not None else model.mode
    if mode is not None:
        said.append(MODES[mode])
    if meter is not None and meter.tokens_per_s:
        last = "" if model.state == "answering" else "last time "
        said.append(f"{last}{speed(meter.tokens_per_s)}")
    return " · ".join(said)


def meter_line(meter: ModelMeter) -> str:
    """``310 MB read for each token · 62 % found in memory``; empty where nothing was counted."""
    said = []
    if meter.bytes_per_token is not None and meter.mode is not ModelMode.FITS:
        said.append(f"{words.size(round(meter.bytes_per_token))} read for each token")
    if meter.hit_rate is not None and meter.mode is not ModelMode.FITS:
        said.append(f"{words.percent(meter.hit_rate)} found in memory")
    return " · ".join(said)


# -- facts ------------------------------------------------------------------------------


def model_facts(model: ModelInfo) -> str:
    """``2.0 GB · llama · sees 8,192 tokens at once``."""
    return _facts(
        words.size(model.size_bytes) if model.size_bytes else "",
        model.architecture or "",
        _sees(model.context_tokens),
    )


def entry_facts(entry: CatalogueEntry) -> str:
    """``Qwen · 2.5 GB · Q4_K_M · Apache-2.0 · sees 32,768 tokens at once``."""
    return _facts(
        entry.family,
        words.size(entry.size_bytes),
        entry.quantization,
        entry.licence,
        _sees(entry.context_tokens),
    )


def local_facts(local: LocalModel, entry: CatalogueEntry | None) -> str:
    """Of a file on this computer; ``entry`` is what the catalogue says of it, if it does."""
    if entry is not None:
        return entry_facts(entry)
    return _facts(
        words.size(local.size_bytes) if local.size_bytes else "",
        local.architecture or "",
        _sees(local.context_tokens),
    )


# -- downloads --------------------------------------------------------------------------


def amount(done: int, total: int | None) -> str:
    """``1.2 of 4.2 GB``; the unit stands once where it is the same."""
    if total is None:
        return words.size(done)
    one, other = words.size(done), words.size(total)
    number, _, unit = one.partition(" ")
    return f"{number} of {other}" if other.endswith(f" {unit}") else f"{one} of {other}"


def download_line(download: DownloadInfo) -> str:
    """How a download stands: amount, rate, time left, or what it waits for."""
    so_far = amount(download.done_bytes, download.total_bytes)
    match download.state:
        case ModelState.WAITING:
            return "Waits for the other download"
        case ModelState.CHECKING:
            return "All of it is here; checking that nothing was damaged on the way"
        case ModelState.PAUSED:
            return f"Paused at {so_far}"
        case ModelState.FAILED:
            return f"Stopped at {so_far}" if download.done_bytes else ""
    said = [so_far]
    if download.rate_bytes_per_s:
        said.append(f"{words.size(round(download.rate_bytes_per_s))} a second")
    if download.seconds_left is not None:
        said.append(f"{words.duration(download.seconds_left)} left")
    return " · ".join(said)


def gigabytes(size_bytes: int) -> str:
    """Memory in one unit, so that numbers along a slider can be compared: ``12.5 GB``."""
    return f"{size_bytes / 1e9:.1f} GB"


def host(address: str) -> str:
    """Only the name of a web address: ``huggingface.co``."""
    return address.split("://", 1)[-1].split("/", 1)[0]


def _sees(context_tokens: int | None) -> str:
    return f"sees {words.count(context_tokens, 'token')} at once" if context_tokens else ""


def _facts(*facts: str) -> str:
    return " · ".join(fact for fact in facts if fact)


def _wait(seconds: float) -> str:
    return "under a second" if seconds < 1 else words.duration(seconds)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
