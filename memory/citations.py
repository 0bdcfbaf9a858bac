"""Numbers in an answer as it streams: those that name a memory stay, others go. Pure.

Also takes out what a model thinks aloud in ``<think>`` before its answer. Some models are
prompted into a thought, so that only its end stands in what they write: then all that was
before it was no answer, which is known only when it has been shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection

# What may still become "[12, 3]" or a thinking tag when the next piece comes.
_OPEN_END = re.compile(r"\s?(?:\[[\d,;\s]{0,24}|【[\d,;\s]{0,24}|<[/a-z]{0,10})$|\s$", re.I)
_CITATION = re.compile(r"(\s?)[\[【]\s*(\d{1,4}(?:\s*[,;]\s*\d{1,4})*)\s*[\]】]")
_THINKS = re.compile(r"<think(?:ing)?>", re.I)
_THOUGHT = re.compile(r"</think(?:ing)?>", re.I)
_EITHER = re.compile(r"</?think(?:ing)?>", re.I)
_LONGEST_TAG = len("</thinking>")


class CitationFilter:
    """Feed it pieces, show what it returns.

    Attributes:
        used: the numbers that stand in what it returned.
        restarts: how often all it had returned turned out to be a thought; what it returns
            from then on, in the same call already, is the answer.
    """

    def __init__(self, allowed: Collection[int]) -> None:
        self._allowed = frozenset(allowed)
        self._held = ""
        self._thinking = False
        self._begun = False
        self.used: list[int] = []
        self.restarts = 0

    def feed(self, piece: str) -> str:
        """The text that can be shown now; the rest waits for the next piece."""
        self._held += piece
        return self._release(final=False)

    def end(self) -> str:
        """What was still held back."""
        return self._release(final=True)

    def _release(self, *, final: bool) -> str:
        shown: list[str] = []
        while True:
            mark = (_THOUGHT if self._thinking else _EITHER).search(self._held)
            if mark is None:
                break
            begins = bool(_THINKS.fullmatch(mark.group()))
            if begins:
                shown.append(self._held[: mark.start()])
            elif not self._thinking:  # a thought whose beginning was in the prompt
                shown.clear()
                self.used.clear()
                self._begun = False
                self.restarts += 1
            self._held, self._thinking = self._held[mark.end() :], begins
        if self._thinking:
            self._held = "" if final else self._held[-_LONGEST_TAG:]
        else:
            unfinished = None if final else _OPEN_END.search(self._held)
            end = len(self._held) if unfinished is None else unfinished.start()
            shown.append(self._held[:end])
            self._held = self._held[end:]
        text = "".join(shown)
        if not self._begun:  # models like to begin with a blank line
            text = text.lstrip()
            self._begun = bool(text)
        return _CITATION.sub(self._known_numbers, text)

    def _known_numbers(self, match: re.Match[str]) -> str:
        numbers = [int(number) for number in re.findall(r"\d+", match[2])]
        known = [number for number in dict.fromkeys(numbers) if number in self._allowed]
        self.used += [number for number in known if number not in self.used]
        return match[1] + "".join(f"[{number}]" for number in known) if known else ""
