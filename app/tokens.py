"""The named colours and sizes of the look, as plain values: no Qt, so tests read them cheaply.

Two palettes from one set of names: warm paper and deep ink, one accent. ``CONTRAST_TEXT`` and
``CONTRAST_MARKS`` list which colour is read on which ground; a test holds them to 4.5:1 and 3:1
(WCAG 2.2, success criteria 1.4.3 and 1.4.11).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

TITLE = 1.35
BODY = 1.0
SMALL = 0.87
LINE_HEIGHT = 1.45
GRID = 8
CORNER = 8
MOTION_MS = 150
COLUMN_CHARS = 75


@dataclass(frozen=True)
class Palette:
    """One look; every value is ``#rrggbb``."""

    surface: str  # the paper of the work column
    side: str  # places at the left, source at the right
    raised: str  # cards, fields, floating panels
    hover: str
    line: str  # hairlines between things
    edge: str  # outline of fields and buttons, must be seen
    text: str
    muted: str
    accent: str
    on_accent: str
    accent_soft: str  # the selected place, chips
    good: str
    warn: str
    bad: str
    bad_soft: str
    mark: str  # behind the cited passage
    private: str  # the chat that is not remembered
    private_soft: str

    def items(self) -> list[tuple[str, str]]:
        return [(f.name, getattr(self, f.name)) for f in fields(self)]


LIGHT = Palette(
    surface="#fbf9f4",
    side="#f4f0e8",
    raised="#fffdfa",
    hover="#ece6db",
    line="#e4ddd0",
    edge="#8f8778",
    text="#24211c",
    muted="#686156",
    accent="#2f55a4",
    on_accent="#fffdfa",
    accent_soft="#e1e7f3",
    good="#2f7346",
    warn="#8a5a00",
    bad="#ad3527",
    bad_soft="#f8e3de",
    mark="#fbe9a9",
    private="#71498f",
    private_soft="#eee4f4",
)

DARK = Palette(
    surface="#1a1c22",
    side="#15171c",
    raised="#22252c",
    hover="#2b2f38",
    line="#30343d",
    edge="#757b89",
    text="#e9e4da",
    muted="#a8a399",
    accent="#9db7f5",
    on_accent="#151a26",
    accent_soft="#2a3550",
    good="#86c797",
    warn="#e2b765",
    bad="#f09a8c",
    bad_soft="#43272a",
    mark="#57491a",
    private="#c9a6e6",
    private_soft="#352a40",
)

GROUNDS = ("surface", "side", "raised")
CONTRAST_TEXT: tuple[tuple[str, str], ...] = (
    *((name, ground) for name in ("text", "muted", "accent", "bad", "warn", "good", "private")
      for ground in GROUNDS),
    *(("text", ground) for ground in ("hover", "accent_soft", "bad_soft", "mark", "private_soft")),
    ("muted", "hover"),
    ("on_accent", "accent"),
    ("accent", "accent_soft"),
    ("bad", "bad_soft"),
    ("private", "private_soft"),
)  # fmt: skip
CONTRAST_MARKS: tuple[tuple[str, str], ...] = tuple(("edge", ground) for ground in GROUNDS)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(one: str, other: str, share: float) -> str:
    """``share`` (0 to 1) of ``other`` in ``one``."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
