"""The models that can be downloaded, as ``catalogue.toml`` beside this file lists them.

Read once, on first use; light to import, any thread. Where the facts come from stands in the
head of that file.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources

# What a weight takes on average where only the size of the whole file is known.
KV_VALUE_BYTES = 2  # f16, as the cache is kept


@dataclass(frozen=True)
class CatalogueModel:
    """One entry.

    Attributes:
        repository, file: owner/name on the hub, and the path within it.
        size_bytes: about; the true one comes from the hub.
        parameters: weights of the network.
        active_parameters: those that work on each token, None in a dense model.
        licence: SPDX identifier, or the name of its terms.
        context_tokens: text it was made to see at once.
        good_for: a sentence for whoever chooses.
        layers, width, vocabulary: shape of the network.
        tied: its input table is its output matrix as well.
        kv_values: numbers kept of each token of the text.
        experts, experts_used: per layer; 0 in a dense model.
    """

    id: str
    family: str
    name: str
    repository: str
    file: str
    quantization: str
    size_bytes: int
    parameters: int
    licence: str
    context_tokens: int
    good_for: str
    layers: int
    width: int
    vocabulary: int
    tied: bool
    kv_values: int
    active_parameters: int | None = None
    experts: int = 0
    experts_used: int = 0

    @property
    def kv_bytes_per_token(self) -> int:
        return self.kv_values * KV_VALUE_BYTES


@functools.cache
def catalogue() -> tuple[CatalogueModel, ...]:
    """All entries, in the order of the file."""
    text = resources.files("models").joinpath("catalogue.toml").read_text("utf-8")
    return tuple(CatalogueModel(**entry) for entry in tomllib.loads(text)["model"])


def find(model_id: str, models: Iterable[CatalogueModel] | None = None) -> CatalogueModel | None:
    """The entry of this id."""
    for model in catalogue() if models is None else models:
        if model.id == model_id:
            return model
    return None
