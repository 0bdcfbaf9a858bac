"""What is said of models on the command line. Pure."""

from __future__ import annotations

from app.commands.output import size_text
from memory.protocol import (
    CatalogueEntry,
    ModelCheck,
    ModelInfo,
    ModelMode,
    ModelPrediction,
    ModelState,
    ModelVerdict,
)

_MODES = {
    ModelMode.FITS: "all weights in memory",
    ModelMode.RING: "a share of the weights in memory, the rest read from flash",
    ModelMode.ADVISE: "experts read ahead from flash",
    ModelMode.SLOTS: "experts read from flash as they are called",
    ModelMode.MMAP: "mapped; the system reads weights as it sees fit",
}
_VERDICTS = {
    ModelVerdict.FITS: "fits",
    ModelVerdict.STREAMS: "streams",
    ModelVerdict.TOO_SLOW: "too slow",
}
_STATES = {
    ModelState.AVAILABLE: "",
    ModelState.READY: "here",
    ModelState.WAITING: "waiting",
    ModelState.CHECKING: "checking",
}


def model_words(model: ModelInfo | None) -> list[str]:
    """Lines about the model in use, with what its weights do while it is loaded."""
    if model is None:
        return [
            "No model: answers quote your memories. `recollect model list` shows what can be had,"
            " `recollect model use FILE.gguf` takes a file of yours."
        ]
    parts = [model.name, size_text(model.size_bytes), model.state, model.path]
    lines = ["  ".join(part for part in parts if part)]
    if model.check is not None:
        lines.append(f"  {check_words(model.check)}: {100 * model.check.share:.0f} %")
    if model.problem is not None:
        lines += [f"  {model.problem.title}. {model.problem.message} {model.problem.next_step}"]
    meter = model.meter
    if meter is None:
        return lines
    lines.append(f"  {meter.mode.value}: {_MODES[meter.mode]}. {meter.reason}")
    facts = [
        f"{size_text(meter.pinned_bytes)} pinned",
        f"{size_text(meter.cached_bytes)} cached",
        f"{size_text(meter.streamed_bytes)} streamed",
    ]
    if meter.bytes_per_token is not None:
        facts.append(f"{size_text(round(meter.bytes_per_token))} a token")
    if meter.hit_rate is not None:
        facts.append(f"{100 * meter.hit_rate:.0f} % hits")
    if meter.tokens_per_s is not None:
        facts.append(f"{meter.tokens_per_s:.1f} tokens/s")
    if model.budget_bytes is not None:
        facts.append(f"budget {size_text(model.budget_bytes)}")
    return [*lines, "  " + ", ".join(facts)]


def check_words(check: ModelCheck) -> str:
    """What is done once, as the title of a bar."""
    done = {"comparing": "Checking", "measuring": "Measuring"}[check.stage]
    return f"{done} this model once"


def state_words(entry: CatalogueEntry) -> str:
    """Where a model of the catalogue is: here, on its way and how far, or what went wrong."""
    found = entry.download
    if found is None or entry.state in _STATES:
        return _STATES.get(entry.state, entry.state.value)
    if found.problem is not None:
        return f"failed: {found.problem.title}"
    share = f" {100 * found.done_bytes // found.total_bytes} %" if found.total_bytes else ""
    return f"{entry.state.value}{share}"


def forecast_words(prediction: ModelPrediction | None) -> str:
    """ "streams, 3.1 tokens/s", or only the verdict while nothing is measured."""
    if prediction is None:
        return ""
    verdict = _VERDICTS[prediction.verdict]
    speed = prediction.tokens_per_s
    if speed is None:
        return verdict
    return (
        f"{verdict}, {speed:.0f} tokens/s" if speed >= 9.5 else f"{verdict}, {speed:.1f} tokens/s"
    )
