"""A key combination, and how each system spells it. Pure; no Qt, no system library."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_KEYS = "Ctrl+Alt+Space"

_MODIFIERS = ("Ctrl", "Alt", "Shift", "Meta")
# Qt's portable name of a key: X11 keysym name (also the portal's), pynput's name
_NAMED = {
    "Space": ("space", "<space>"),
    "Return": ("Return", "<enter>"),
    "Enter": ("KP_Enter", "<enter>"),
    "Tab": ("Tab", "<tab>"),
    "Home": ("Home", "<home>"),
    "End": ("End", "<end>"),
    "Ins": ("Insert", "<insert>"),
    "Del": ("Delete", "<delete>"),
    "Up": ("Up", "<up>"),
    "Down": ("Down", "<down>"),
    "Left": ("Left", "<left>"),
    "Right": ("Right", "<right>"),
    "PgUp": ("Prior", "<page_up>"),
    "PgDown": ("Next", "<page_down>"),
    "Backspace": ("BackSpace", "<backspace>"),
    "Pause": ("Pause", "<pause>"),
    ",": ("comma", ","),
    ".": ("period", "."),
    "-": ("minus", "-"),
    "=": ("equal", "="),
    ";": ("semicolon", ";"),
    "'": ("apostrophe", "'"),
    "/": ("slash", "/"),
    "\\": ("backslash", "\\"),
    "[": ("bracketleft", "["),
    "]": ("bracketright", "]"),
    "`": ("grave", "`"),
}


@dataclass(frozen=True)
class Keys:
    """Modifiers in Qt's order and one key by Qt's portable name."""

    modifiers: tuple[str, ...]
    key: str

    @staticmethod
    def parse(text: str) -> Keys:
        """``"Ctrl+Alt+Space"`` to keys.

        Raises:
            ValueError: no key, an unknown one, or no modifier to set it apart from typing.
        """
        *modifiers, key = [part.strip() for part in text.replace("++", "+Plus").split("+")]
        if not set(modifiers) <= set(_MODIFIERS) or len(set(modifiers)) != len(modifiers):
            raise ValueError(f"unknown modifier in {text!r}")
        plain = len(key) == 1 and key.isascii() and key.isalnum()
        function = key[:1] == "F" and key[1:].isdigit() and 1 <= int(key[1:]) <= 24
        if not (plain or function or key in _NAMED):
            raise ValueError(f"cannot use the key {key!r}")
        if not set(modifiers) - {"Shift"} and not function:
            raise ValueError("a global shortcut needs Ctrl, Alt or Meta")
        return Keys(tuple(m for m in _MODIFIERS if m in modifiers), key.upper() if plain else key)

    def text(self) -> str:
        """As Qt writes it and people read it."""
        return "+".join((*self.modifiers, self.key))

    def keysym(self) -> str:
        """X11's name of the key."""
        return _NAMED[self.key][0] if self.key in _NAMED else _plain(self.key)

    def trigger(self) -> str:
        """As the freedesktop shortcuts specification writes it: ``CTRL+ALT+space``."""
        names = {"Ctrl": "CTRL", "Alt": "ALT", "Shift": "SHIFT", "Meta": "LOGO"}
        return "+".join((*(names[m] for m in self.modifiers), self.keysym()))

    def pynput(self) -> str:
        """As pynput parses it: ``<ctrl>+<alt>+<space>``."""
        names = {"Ctrl": "<ctrl>", "Alt": "<alt>", "Shift": "<shift>", "Meta": "<cmd>"}
        if self.key in _NAMED:
            key = _NAMED[self.key][1]
        else:
            key = self.key.lower() if len(self.key) == 1 else f"<{self.key.lower()}>"
        return "+".join((*(names[m] for m in self.modifiers), key))


def _plain(key: str) -> str:
    return key.lower() if len(key) == 1 else key
