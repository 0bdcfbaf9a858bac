"""Errors of the engines, meant for people: what happened, what it means, what to do.

Light to import: nothing big is loaded here. The daemon turns them into its own problems.
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of the family.

    Attributes:
        title: what happened, a few words.
        message: what it means.
        next_step: what the person can do.
    """

    def __init__(self, title: str, message: str, next_step: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message
        self.next_step = next_step


class EmbedderMissing(ModelError):
    """The files of the shipped embedder are absent or damaged."""


class BadModelFile(ModelError):
    """The file is no GGUF model, is cut off, or is of a kind that cannot answer."""


class ModelLoadFailed(ModelError):
    """llama.cpp could not load the model."""


class WorkerDied(ModelError):
    """The worker process ended in the middle of something: crash, kill or out of memory."""


class GenerationFailed(ModelError):
    """The worker lives, but this answer could not be made."""


class PromptTooLong(GenerationFailed):
    """The messages do not fit into the context of the model."""


class BadSchemaGiven(GenerationFailed):
    """The schema or grammar asked for is not understood."""


class ModelClosed(ModelError):
    """The model was closed or replaced while someone wanted to use it."""
