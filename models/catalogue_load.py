"""What a model of the catalogue would ask of a machine, before its file is here. Pure.

Rougher than ``models.flash.needs``, which reads the file: the same number of bits is taken for
every weight, and the same size for every layer.
"""

from __future__ import annotations

from models.catalogue import CatalogueModel
from models.flash.needs import (
    BATCH_ROWS,
    LOGIT_ROWS,
    PROCESS_BYTES,
    SMALL_BYTES,
    WORD_BYTES,
)
from models.flash.plan import ModelParts
from models.roofline import Load, rough_load

# Heads of attention that score the whole context at once; published models have 16 to 64.
_HEADS = 32
_MOST_EXPERTS = 0.97


def parts_of_entry(model: CatalogueModel) -> ModelParts:
    """How its bytes are divided.

    With P weights of which A work on a token, U of E experts are called, so that the experts X
    together hold: A = P - X + X U / E, hence X = (P - A) / (1 - U / E).
    """
    weight_bytes = model.size_bytes / model.parameters
    table = int(model.vocabulary * model.width * weight_bytes)
    body = model.size_bytes - table * (1 if model.tied else 2)
    experts = 0
    if model.experts and model.active_parameters is not None:
        idle = model.parameters - model.active_parameters
        experts = int(idle / (1 - model.experts_used / model.experts) * weight_bytes)
        # Some makers leave input and output out of their A; attention takes a share in any case.
        experts = min(experts, int(body * _MOST_EXPERTS))
    return ModelParts(
        layer_bytes=((body - experts) // model.layers,) * model.layers,
        expert_bytes=(experts // model.layers,) * model.layers,
        embedding_bytes=0 if model.tied else table,
        output_bytes=table,
        experts=model.experts,
        experts_used=model.experts_used,
        row_bytes=table // model.vocabulary,
    )


def load_of_entry(model: CatalogueModel) -> Load:
    return rough_load(parts_of_entry(model), model.quantization, model.kv_bytes_per_token)


def overhead_of_entry(model: CatalogueModel, context_tokens: int) -> tuple[int, int]:
    """Bytes of its KV cache, and of buffers and process, for a context of so many tokens."""
    tokens = min(context_tokens, model.context_tokens)
    rows = min(BATCH_ROWS, tokens)
    buffers = 4 * rows * (5 * model.width + (1 + _HEADS) * tokens) + SMALL_BYTES
    words = model.vocabulary * (WORD_BYTES + 4 * LOGIT_ROWS)
    return model.kv_bytes_per_token * tokens, buffers + words + PROCESS_BYTES
