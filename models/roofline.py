"""How fast a model would be on this machine: a roofline of bytes and multiplications. Pure.

A token of an answer multiplies every weight it touches once, so the time is that of reading
them, from memory or from flash, whichever is slower, plus what the many small operations cost.
Rows of a prompt share the reading, so there the arithmetic decides. The method follows "LLM
Inference Unveiled" (arXiv 2402.16363); its ceilings are measured with llama.cpp's own routines
(``models.hardware``), kind of weights by kind.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.flash.plan import ModelParts, Plan
from models.gguf_tensors import TensorTable
from models.hardware import Hardware

Verdict = Literal["fits", "streams", "too_slow"]

# Fewer tokens a second than this are no conversation.
LEAST_TOKENS_S = 1.0
PROMPT_TOKENS = 1000
BATCH_ROWS = 512
# Operations of llama.cpp's graph that threads meet for, in each layer.
LAYER_NODES, EXPERT_LAYER_NODES = 24, 38

# Number of ggml.h -> name and bytes a weight.
KINDS: dict[int, tuple[str, float]] = {
    0: ("F32", 4.0), 1: ("F16", 2.0), 2: ("Q4_0", 18 / 32), 3: ("Q4_1", 20 / 32),
    6: ("Q5_0", 22 / 32), 7: ("Q5_1", 24 / 32), 8: ("Q8_0", 34 / 32), 10: ("Q2_K", 84 / 256),
    11: ("Q3_K", 110 / 256), 12: ("Q4_K", 144 / 256), 13: ("Q5_K", 176 / 256),
    14: ("Q6_K", 210 / 256), 20: ("IQ4_NL", 18 / 32), 23: ("IQ4_XS", 136 / 256),
    30: ("BF16", 2.0), 39: ("MXFP4", 17 / 32),
}  # fmt: skip
_BYTES = dict(KINDS.values())
_UNKNOWN = ("Q4_K", 0.6)


@dataclass(frozen=True)
class Load:
    """What a model asks of a machine.

    Attributes:
        kinds: share of the bytes a token touches, by the name of their kind; together 1.
        kv_token_bytes: what each earlier token leaves in the cache and every later one reads.
    """

    parts: ModelParts
    kinds: Mapping[str, float]
    kv_token_bytes: int


@dataclass(frozen=True)
class Forecast:
    """What to expect.

    Attributes:
        tokens_s: tokens of an answer a second, without guessing ahead from the prompt.
        first_token_s: until the first one, after a prompt of PROMPT_TOKENS that nothing of is
            known, with no expert in memory yet; a kept beginning makes it shorter, and so do
            earlier questions.
        memory_s, flash_s: what a token takes of each, whether they overlap or not.
        token_flash_bytes: read from flash for a token.
        hit_rate: of experts found in memory, for routing that favours none; None if dense.
    """

    verdict: Verdict
    tokens_s: float
    first_token_s: float
    memory_s: float
    flash_s: float
    token_flash_bytes: int
    hit_rate: float | None
    reason: str


def load_of(table: TensorTable, parts: ModelParts, kv_token_bytes: int) -> Load:
    """The load of a model file."""
    share = parts.experts_used / parts.experts if parts.experts else 0.0
    touched: Counter[str] = Counter()
    rows = set(table.embedding)
    for one in table.tensors:
        if one not in rows:
            name, _size = KINDS.get(one.kind, _UNKNOWN)
            touched[name] += round(one.size_bytes * (share if one.of_experts else 1.0))
    total = max(1, sum(touched.values()))
    return Load(parts, {name: size / total for name, size in touched.items()}, kv_token_bytes)


def rough_load(parts: ModelParts, quantization: str, kv_token_bytes: int = 100_000) -> Load:
    """The load of a model that is not here: all weights of the kind its name says ("Q4_K_M")."""
    wanted = quantization.upper()
    found = [name for name in _BYTES if wanted.startswith(name)]
    return Load(parts, {max(found, key=len, default=_UNKNOWN[0]): 1.0}, kv_token_bytes)


def forecast(
    load: Load,
    plan: Plan,
    hardware: Hardware,
    *,
    prompt_tokens: int = PROMPT_TOKENS,
    repacked: bool = False,
) -> Forecast:
    """Speed of a model under a plan.

    Args:
        repacked: llama.cpp may rearrange the weights in memory; only where nothing streams.
    """
    packed = repacked and not plan.streams
    hit_rate = expected_hit_rate(load.parts, plan) if load.parts.experts else None
    memory_s = _memory_s(load, hardware, prompt_tokens, packed)
    flash_bytes = _token_flash_bytes(load.parts, plan, hit_rate)
    flash_s = flash_bytes / _flash_speed(plan, hardware)
    token_s = _together(plan, memory_s, flash_s)
    first_s = _prompt_s(load, plan, hardware, prompt_tokens, packed, hit_rate) + token_s
    tokens_s = 1 / token_s
    verdict: Verdict = "streams" if flash_bytes else "fits"
    if tokens_s < LEAST_TOKENS_S or not plan.enough:
        verdict = "too_slow"
    return Forecast(
        verdict=verdict,
        tokens_s=tokens_s,
        first_token_s=first_s,
        memory_s=memory_s,
        flash_s=flash_s,
        token_flash_bytes=flash_bytes,
        hit_rate=hit_rate,
        reason=_reason(verdict, tokens_s, first_s, memory_s, flash_s, plan),
    )


def expected_hit_rate(parts: ModelParts, plan: Plan) -> float:
    """Share of called experts found in memory if all are called alike, whatever the policy.

    Real routing has favourites and repeats itself, so real rates are higher.
    """
    total = sum(parts.expert_bytes)
    return min(1.0, plan.cache_bytes / total) if total and plan.streams else 1.0


def _memory_s(load: Load, hardware: Hardware, context: int, packed: bool) -> float:
    """Seconds a token takes where nothing comes from flash."""
    touched = load.parts.touched_bytes
    reading = sum(
        touched * share / hardware.speed(name, packed).bytes_s for name, share in load.kinds.items()
    )
    nodes = EXPERT_LAYER_NODES if load.parts.experts else LAYER_NODES
    small = nodes * len(load.parts.layer_bytes) * hardware.node_s
    return reading + small + load.kv_token_bytes * context / hardware.memory_bytes_s


def _token_flash_bytes(parts: ModelParts, plan: Plan, hit_rate: float | None) -> int:
    if not plan.streams:
        return 0
    if hit_rate is None:
        return plan.streamed_bytes
    return round(parts.routed_bytes * (1 - hit_rate))


def _flash_speed(plan: Plan, hardware: Hardware) -> float:
    """Plain mapping reads by page faults: small pieces, one after the other. Experts are read
    layer by layer, and each layer waits for its own."""
    if plan.mode == "mmap":
        return hardware.flash_small_bytes_s
    return hardware.flash_bytes_s if plan.mode == "ring" else hardware.flash_burst_bytes_s


def _together(plan: Plan, memory_s: float, flash_s: float) -> float:
    """A ring reads while others compute; experts are known only when they are needed, and what
    reading those foreseen gains is little (measured)."""
    return max(memory_s, flash_s) if plan.mode == "ring" else memory_s + flash_s


def _prompt_s(
    load: Load, plan: Plan, hardware: Hardware, tokens: int, packed: bool, hit_rate: float | None
) -> float:
    """Seconds to read a prompt, pass by pass.

    Each pass reads the weights once, from memory at least, and the arithmetic of its further rows
    comes on top: experts see few rows each, and there the reading tells.
    """
    parts = load.parts
    passes = math.ceil(tokens / BATCH_ROWS)
    touched = parts.touched_bytes
    called = _called(parts, min(tokens, BATCH_ROWS))
    read = touched - parts.routed_bytes + called
    arithmetic = reading = 0.0
    for name, share in load.kinds.items():
        speed, weight_bytes = hardware.speed(name, packed), _BYTES.get(name, _UNKNOWN[1])
        multiplied = touched * share / weight_bytes
        arithmetic += (tokens - passes) * multiplied / speed.multiplies_s
        reading += passes * read * share / speed.bytes_s
    streamed = passes * plan.streamed_bytes
    if hit_rate is not None:
        streamed = round(called * (1 + (passes - 1) * (1 - hit_rate)))
    flash_s = streamed / _flash_speed(plan, hardware) if plan.streams else 0.0
    return _together(plan, arithmetic + reading, flash_s)


def _called(parts: ModelParts, rows: int) -> int:
    """Bytes of the experts that so many tokens call, where none is favoured."""
    if not parts.experts:
        return 0
    spared = (1 - parts.experts_used / parts.experts) ** rows
    return round(sum(parts.expert_bytes) * (1 - spared))


def _reason(
    verdict: Verdict, tokens_s: float, first_s: float, memory_s: float, flash_s: float, plan: Plan
) -> str:
    speed = f"About {_rounded(tokens_s)} tokens a second, the first after {_rounded(first_s)} s."
    if verdict == "fits":
        return f"Fits into memory. {speed}"
    held = "reading from flash" if flash_s > memory_s else "the processor"
    if verdict == "streams":
        return f"Streams from flash. {speed} What holds it up is {held}."
    if not plan.enough:
        return f"The budget is too small for it. {speed}"
    return f"Too slow for a conversation. {speed} What holds it up is {held}."


def _rounded(value: float) -> str:
    return f"{value:.0f}" if value >= 9.5 else f"{value:.1f}"
