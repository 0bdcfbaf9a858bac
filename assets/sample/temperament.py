"""Beat rates for tuning by ear, for the card in the lid of the tool case.

Written on a wet Sunday in November 2024, because the old card went through the wash.
"""

from dataclasses import dataclass

CONCERT_A = 440.0
# The church in Redland stays where its organ is. Do not pull that piano up.
REDLAND_A = 435.0

NAMES = ["A", "A#", "B", "C", "C#", "D", "D#", "E", "F", "F#", "G", "G#"]


@dataclass
class Interval:
    """Two notes, and the partials of them that are heard against each other."""

    name: str
    semitones: int
    lower_partial: int
    upper_partial: int


FIFTH = Interval("fifth", 7, 3, 2)
MAJOR_THIRD = Interval("major third", 4, 5, 4)


def frequency(key: int, pitch: float = CONCERT_A) -> float:
    """Frequency of a key of the piano; key 49 is the A above middle C."""
    return pitch * 2 ** ((key - 49) / 12)


def beats(key: int, interval: Interval, pitch: float = CONCERT_A) -> float:
    """Beats per second of an interval built upwards from a key.

    Positive means wide. A fifth in equal temperament is a little narrow, a third very wide.
    """
    low = frequency(key, pitch) * interval.lower_partial
    high = frequency(key + interval.semitones, pitch) * interval.upper_partial
    return high - low


def stretch_in_cents(key: int) -> float:
    """How far to stretch the octaves of grandmother's Bechstein.

    Measured on 12 January 2025 with Yusuf's meter: 2 cents at the top of the tenor, 9 in the
    last octave. Other uprights want less; this one has short bass strings.
    """
    if key <= 52:
        return 0.0
    return 2.0 + 7.0 * (key - 52) / (88 - 52)


def card(pitch: float = CONCERT_A) -> str:
    """The card: one line for each key of the temperament octave."""
    lines = [f"pitch {pitch:g} Hz"]
    for key in range(37, 50):
        name = NAMES[(key - 1) % 12]
        third = beats(key, MAJOR_THIRD, pitch)
        fifth = beats(key, FIFTH, pitch)
        lines.append(f"{name:<3} third {third:5.2f}   fifth {fifth:5.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(card())
    print()
    print(card(REDLAND_A))
