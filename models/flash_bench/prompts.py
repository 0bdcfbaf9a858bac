"""What the benchmark asks a model that nobody prepared: to repeat notes, so that it quotes."""

from __future__ import annotations

NOTES = (
    "The boiler was serviced on the third of March and the man said the valve will last "
    "another two winters.",
    "Grandmother's recipe wants four hundred grams of flour, three eggs, and the rind of one "
    "lemon from the garden.",
    "The key to the allotment hangs behind the kitchen door, next to the torch that needs new "
    "batteries.",
    "Train tickets for the second weekend of June are booked, seats twelve and thirteen, in the "
    "quiet coach.",
)
ASKED = "Here are my notes. Write all of them down again, word for word, and nothing else:"


def quoting() -> str:
    """A message whose best answer stands in it."""
    return "\n".join([ASKED, *(f"- {note}" for note in NOTES)])


def beginning(words: int) -> str:
    """Instructions and notes of about so many words, for a prompt that begins the same again."""
    notes: list[str] = []
    count, number = 0, 0
    while count < words:
        note = f"Note {number}: {NOTES[number % len(NOTES)]}"
        notes.append(note)
        count += len(note.split())
        number += 1
    return "\n".join(["You answer from these notes.", *notes])


def quoted_share(answer: str, prompt: str, run: int = 4) -> float:
    """Share of the answer's words that stand in runs of at least ``run`` in the prompt."""
    said, given = answer.split(), prompt.split()
    known = {tuple(given[at : at + run]) for at in range(len(given) - run + 1)}
    marked = [False] * len(said)
    for at in range(len(said) - run + 1):
        if tuple(said[at : at + run]) in known:
            marked[at : at + run] = [True] * run
    return sum(marked) / len(said) if said else 0.0
