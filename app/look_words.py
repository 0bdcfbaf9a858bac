"""Further looks at the memories, told in words. Pure; light, for the window and the commands."""

from __future__ import annotations

from memory.protocol import HardReason, Look, Looked, LookEnd

_HARD = {
    HardReason.UNSURE: "little was found that answers it",
    HardReason.PARTS: "it asks several things",
    HardReason.COMPARES: "it compares",
    HardReason.LINKED: "one memory led to another",
}
_ENDS = {
    LookEnd.ENOUGH: "the model thought it was enough",
    LookEnd.NOTHING_TO_ASK: "the model knew nothing more to look for",
    LookEnd.NOTHING_NEW: "nothing new came",
    LookEnd.MOST: "it looked as often as the settings allow",
    LookEnd.TIME: "the time for it was used up",
    LookEnd.STOPPED: "you stopped it",
    LookEnd.MODEL_FAILED: "the model failed",
}


def why(looked: Looked) -> str:
    """What made the question hard."""
    return ", ".join(_HARD[reason] for reason in looked.hard)


def end(looked: Looked) -> str:
    """Why no further look followed."""
    return _ENDS[looked.end]


def summary(looked: Looked) -> str:
    """One line: "Looked 3 times: Who owned the mill?"."""
    times = "twice" if len(looked.looks) == 1 else f"{len(looked.looks) + 1} times"
    if not looked.looks:
        return f"Looked once: {end(looked)}"
    asked = [one for look in looked.looks for one in (*look.questions, *look.clues)]
    return f"Looked {times}: {'; '.join(asked)}"


def found(look: Look) -> str:
    """What a look found: "nothing new", "1 new memory"."""
    count = len(look.new)
    return "nothing new" if not count else f"{count} new {'memory' if count == 1 else 'memories'}"


def seconds(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 950 else f"{ms:.0f} ms"


def lines(looked: Looked) -> list[str]:
    """The whole trace, a line for each thing."""
    told = [f"A hard question: {why(looked)}."]
    for look in looked.looks:
        spent = seconds(look.draft_ms + look.recall_ms)
        unused = f", {look.dropped} drafts of no use" if look.dropped else ""
        told.append(f"Look {look.number}: {found(look)}, {spent}{unused}")
        told += [f"    asked: {one}" for one in look.questions]
        told += [f"    clue: {one}" for one in look.clues]
    told.append(f"Then {end(looked)}. {seconds(looked.took_ms)} in all.")
    return told
