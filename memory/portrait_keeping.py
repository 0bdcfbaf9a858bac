"""The portrait for the person and for prompts, and the person's word on its lines.

Any thread may call; rows are written by the writer thread.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo

from memory import portrait_lines
from memory.clock import Clock
from memory.errors import BadRequest, NotFound
from memory.fact_keeping import sources_of
from memory.facts.statements import YOU
from memory.portrait_lines import SECTIONS, Line
from memory.protocol import PortraitEdit, PortraitLine, PortraitPage, PortraitSection
from memory.settings import Settings
from memory.store import portrait
from memory.store.db import Connection, Database
from memory.store.ids import new_id
from memory.store.portrait import Told


class Portrait:
    """``on_changed`` is told that the person changed a line; ``forget_line`` deletes one of
    their own for good."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        *,
        forget_line: Callable[[str], None],
        on_changed: Callable[[], None] = lambda: None,
        zone: tzinfo | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._forget_line = forget_line
        self._on_changed = on_changed
        self._zone = zone

    def page(self) -> PortraitPage:
        """Every line with the sentences it rests on; nothing where it is off."""
        if not self._settings().portrait:
            return PortraitPage(on=False, sections=[], hidden=0)
        with self._database.read() as c:
            found = self._lines(c)
            shown = [(one.section, _shown(c, one)) for one in found]
        sections = [
            PortraitSection(name=name, title=title, lines=[o for s, o in shown if s == name])
            for name, (title, _relations) in SECTIONS.items()
        ]
        return PortraitPage(
            on=True,
            sections=[one for one in sections if one.lines],
            hidden=sum(one.hidden for one in found),
        )

    def told(self) -> list[Told]:
        """What prompts may hold of it, the most important first; changes only with the facts,
        the person's word on them, and the day a plan is over."""
        if not self._settings().portrait:
            return []
        with self._database.read() as c:
            found = portrait_lines.in_order_of_weight(self._lines(c))
        return [
            Told(one.fact.id, one.fact.memory_id, one.text, one.fact.value)
            if one.fact is not None
            else Told(None, None, one.text, "")
            for one in found
        ]

    def add(self, text: str) -> PortraitPage:
        """A line of the person's own.

        Raises:
            BadRequest: it is empty, or the portrait is off.
        """
        self._required_on()
        words = _words(text)
        now_ms = self._clock.now_ms()
        self._database.write(lambda c: portrait.put_own(c, new_id(now_ms), words, now_ms))
        return self._changed()

    def edit(self, line_id: str, edit: PortraitEdit) -> PortraitPage:
        """Change the words of a line, hide it, or put either back.

        Raises:
            NotFound: there is no such line.
            BadRequest: nothing is to be changed, or an own line would be empty.
        """
        self._required_on()
        if edit.text is None and edit.hidden is None:
            raise BadRequest("Nothing to change", "No words were given.", "Give some.")
        self._database.write(lambda c: self._edit(c, line_id, edit))
        return self._changed()

    def remove(self, line_id: str) -> PortraitPage:
        """Delete a line of the person's own, for good.

        Raises:
            NotFound: there is no such line.
            BadRequest: it is made from a fact: such a line is hidden, or its fact forgotten.
        """
        with self._database.read() as c:
            line = _required(self._lines(c), line_id)
        if line.fact is not None:
            raise BadRequest(
                "This line is made from a fact",
                "It would be made again.",
                "Hide it, or forget the fact.",
            )
        self._forget_line(line_id)
        return self._changed()

    def _edit(self, c: Connection, line_id: str, edit: PortraitEdit) -> None:
        line = _required(self._lines(c), line_id)
        hidden = line.hidden if edit.hidden is None else edit.hidden
        if line.fact is None:
            text = line.text if edit.text is None else _words(edit.text)
            portrait.change_own(c, line_id, text, hidden)
            return
        kept = line.text if line.edited else ""
        text = kept if edit.text is None else " ".join(edit.text.split())
        if text == line.made:
            text = ""
        mark = portrait.resolve(portrait.marks(c), [line.fact]).get(line.fact.id)
        now_ms = self._clock.now_ms()
        portrait.put(c, line.fact, mark, text, hidden, now_ms, new_id(now_ms))

    def _lines(self, c: Connection) -> list[Line]:
        own = portrait.holding(c, YOU)
        others = [fact for key in portrait_lines.close_to(own) for fact in portrait.holding(c, key)]
        every = portrait.marks(c)
        return portrait_lines.lines(
            own,
            others,
            portrait.resolve(every, [*own, *others]),
            [mark for mark in every if mark.fact_id is None],
            self._clock.now_ms(),
            self._zone,
        )

    def _changed(self) -> PortraitPage:
        self._on_changed()
        return self.page()

    def _required_on(self) -> None:
        if not self._settings().portrait:
            raise BadRequest(
                "The portrait is off", "Its lines can't be changed.", "Switch it on first."
            )


def _shown(c: Connection, line: Line) -> PortraitLine:
    return PortraitLine(
        id=line.id,
        fact=line.fact.id if line.fact else None,
        text=line.text,
        made=line.made,
        edited=line.edited,
        hidden=line.hidden,
        told=line.told,
        sources=sources_of(c, line.fact.id) if line.fact else [],
    )


def _required(lines: list[Line], line_id: str) -> Line:
    for line in lines:
        if line.id == line_id:
            return line
    raise NotFound(
        "This line is gone", "Its fact changed or was forgotten.", "Refresh the page.", item=line_id
    )


def _words(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        raise BadRequest("An empty line", "There are no words in it.", "Write some.")
    return words
