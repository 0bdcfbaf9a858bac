"""Memories as the channel shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from memory import decay
from memory.clock import DAY_MS, to_datetime, to_datetime_or_none
from memory.flags import flags_of
from memory.protocol import CurvePoint, MemoryDetail, MemoryInfo, ReviewInfo
from memory.store.rows import Memory, MemoryWithSource, Review

_CURVE_DAYS = 365
_CURVE_POINTS = 200


def memory_info(found: MemoryWithSource, now_ms: int) -> MemoryInfo:
    memory = found.memory
    return MemoryInfo(
        id=memory.id,
        kind=memory.kind,
        text=memory.text,
        source=memory.source_id,
        source_kind=found.source_kind,
        source_title=found.source_title,
        location=found.location,
        ref=memory.ref,
        speaker=memory.speaker,
        heading=memory.heading,
        page=memory.page,
        start=memory.start,
        end=memory.end,
        position=memory.position,
        happened_at=to_datetime_or_none(memory.happened_ms),
        learnt_at=to_datetime(memory.learnt_ms),
        strength=decay.retrievability(memory.strength, now_ms),
        stability_days=memory.strength.stability_days,
        difficulty=memory.strength.difficulty,
        reviewed_at=to_datetime(memory.strength.reviewed_ms),
        importance=memory.importance,
        pinned=memory.pinned,
        marked_wrong=memory.marked_wrong,
        flags=flags_of(found),
        state=memory.state,
        version=memory.version,
    )


def memory_detail(
    found: MemoryWithSource,
    around: tuple[Sequence[Memory], Sequence[Memory]],
    history: Sequence[Review],
    now_ms: int,
    dormant_below: float = 0.0,
    also: Sequence[MemoryWithSource] = (),
) -> MemoryDetail:
    """With its neighbours (of the same source), its history and its forgetting curve;
    ``dormant_below`` is the mark of the settings."""

    def sibling(memory: Memory) -> MemoryInfo:
        return memory_info(
            MemoryWithSource(memory, found.source_kind, found.source_title, found.location), now_ms
        )

    before, after = around
    return MemoryDetail(
        also=[memory_info(one, now_ms) for one in also],
        memory=memory_info(found, now_ms),
        before=[sibling(memory) for memory in before],
        after=[sibling(memory) for memory in after],
        reviews=[
            ReviewInfo(
                at=to_datetime(entry.at_ms),
                reason=entry.reason,
                stability_days=entry.after.stability_days,
                difficulty=entry.after.difficulty,
            )
            for entry in history
        ],
        curve=[
            CurvePoint(at=to_datetime(at_ms), strength=strength)
            for at_ms, strength in decay.curve(
                history,
                found.memory.strength,
                found.memory.learnt_ms,
                now_ms + _CURVE_DAYS * DAY_MS,
                _CURVE_POINTS,
            )
        ],
        dormant_below=0.0 if found.memory.pinned else dormant_below,
    )
