"""Words for what the worker reports as failed. Pure; light to import."""

from __future__ import annotations

from typing import Any

from models.errors import (
    BadSchemaGiven,
    GenerationFailed,
    ModelError,
    ModelLoadFailed,
    PromptTooLong,
)


def failure_of(event: dict[str, Any], name: str) -> ModelError:
    """The error for an event ``failed``; ``name`` is that of the model's file."""
    kind, detail = event["kind"], event["detail"]
    if kind == "load":
        return _load_failed(name, detail)
    if kind == "too_long":
        return PromptTooLong(
            "This is too much for the model at once",
            f"The question and its memories take {detail}.",
            "Ask something shorter, or raise the context of the model in the settings.",
        )
    if kind in ("schema", "grammar"):
        return BadSchemaGiven(
            "The form of the answer cannot be kept",
            f"What was asked for as its form is not understood: {detail}.",
            "This is a fault of the program; please report it.",
        )
    return GenerationFailed(
        "The model could not finish this answer",
        f"It reported: {detail}.",
        "Ask again; if it happens again, choose another model.",
    )


def _load_failed(name: str, detail: str) -> ModelLoadFailed:
    """Words for what llama.cpp gives as its reason."""
    low = detail.lower()
    if "unknown model architecture" in low or "unsupported" in low:
        message = f"{name} is of a kind this version of llama.cpp does not know."
        then = "Choose another model, or update Recollect."
    elif "alloc" in low or "memory" in low:
        message = f"There is not enough free memory for {name}."
        then = "Close other programs, lower the context in the settings, or choose a smaller one."
    else:
        message = f"llama.cpp could not open {name}: {detail[:200] or 'no reason given'}."
        then = "Download it again, or choose another model."
    return ModelLoadFailed("The model could not be loaded", message, then)
