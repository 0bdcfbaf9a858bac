"""Every shortcut of the window, declared once: the window binds them, F1 shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shortcut:
    """``action`` is the name the window binds; empty where a widget handles the keys itself."""

    keys: str
    words: str
    group: str
    action: str = ""


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("Ctrl+K", "Search your memories", "Anywhere", "search"),
    Shortcut("Ctrl+N", "New chat", "Anywhere", "new_chat"),
    Shortcut("Ctrl+Shift+N", "New private chat", "Anywhere", "new_private_chat"),
    Shortcut("Ctrl+O", "Add files", "Anywhere", "add_files"),
    Shortcut("Ctrl+Shift+O", "Add a folder", "Anywhere", "add_folder"),
    Shortcut(
        "Ctrl+V", "Remember what you copied, where no text field has the focus", "Anywhere", "paste"
    ),
    Shortcut("Ctrl+1", "Chat", "Places", "page:chat"),
    Shortcut("Ctrl+2", "Memories", "Places", "page:memories"),
    Shortcut("Ctrl+3", "Time", "Places", "page:timeline"),
    Shortcut("Ctrl+4", "Files", "Places", "page:sources"),
    Shortcut("Ctrl+5", "Model", "Places", "page:model"),
    Shortcut("Ctrl+6", "You", "Places", "page:you"),
    Shortcut("Ctrl+7", "About to fade", "Places", "page:fading"),
    Shortcut("Ctrl+,", "Settings", "Places", "page:settings"),
    Shortcut("Ctrl+B", "Show or hide the places", "Places", "toggle_places"),
    Shortcut("F1", "These shortcuts", "Anywhere", "help"),
    Shortcut("Ctrl+Q", "Quit the window", "Anywhere", "quit"),
    Shortcut("Enter", "Ask", "Chat"),
    Shortcut("Shift+Enter", "New line", "Chat"),
    Shortcut("Up", "Your last question again, in an empty field", "Chat"),
    Shortcut("Esc", "Stop the answer, then close the source", "Chat", "escape"),
    Shortcut("Ctrl+Click", "Open a source in its own program", "Chat"),
    Shortcut("Ctrl+F", "Search on this page", "Memories and files"),
    Shortcut("Enter", "Open it", "Memories and files"),
    Shortcut("O", "Open the source of a memory", "Memories and files"),
    Shortcut("E", "Change the wording", "Memories and files"),
    Shortcut("P", "Pin, or unpin", "Memories and files"),
    Shortcut("H", "It was helpful", "Memories and files"),
    Shortcut("W", "It is wrong", "Memories and files"),
    Shortcut("Del", "See what would be forgotten", "Memories and files"),
    Shortcut("Alt+D", "Days", "Time"),
    Shortcut("Alt+W", "Weeks", "Time"),
    Shortcut("Alt+M", "Months", "Time"),
    Shortcut("1  2  B  N", "Decide: one side, the other, both, neither", "You"),
    Shortcut("Ctrl+Z", "Take back your last word", "You"),
    Shortcut("K", "Keep it", "About to fade"),
    Shortcut("L", "Let it fade", "About to fade"),
    Shortcut("Del", "See what would be forgotten", "About to fade"),
    Shortcut("O", "Open its source", "About to fade"),
    Shortcut("Ctrl+Z", "Take your last word back", "About to fade"),
    Shortcut("F2", "Rename the chat", "Chat list"),
    Shortcut("Del", "Delete the chat", "Chat list"),
)
