"""Topics, links and versions for the person: looked at, and versions undone.

Any thread may call; rows are written by the writer thread. Where only some scopes are allowed,
memories of others are told of nowhere: not as the end of a link, not as a cause.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from memory.clock import Clock, to_datetime, to_datetime_or_none
from memory.errors import BadRequest, NotFound
from memory.notes.content import Cause
from memory.notes.reasons import in_words
from memory.protocol import (
    LinkEnd,
    LinkInfo,
    LinkReason,
    MemoryKind,
    MemoryLinks,
    NoteCause,
    NoteContext,
    NoteVersion,
    NoteVersions,
    TopicDetail,
    TopicInfo,
    TopicList,
    TopicTurn,
)
from memory.store import memories, note_links, notes, topics
from memory.store.db import Connection, Database
from memory.store.notes import Version
from memory.store.rows import MemoryWithSource
from memory.store.topics import Topic

OutOfReach = Callable[[Sequence[str], Sequence[str] | None], set[str]]

_TEXT_CHARS = 240


class Notes:
    """``out_of_reach`` tells which memories may not be used with some scopes."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        out_of_reach: OutOfReach = lambda _ids, _scopes: set(),
        on_changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._out_of_reach = out_of_reach
        self._on_changed = on_changed

    # -- links and versions

    def links(self, memory_id: str, scopes: Sequence[str] | None = None) -> MemoryLinks:
        """What a memory is about and what it is linked with.

        Raises:
            NotFound: there is no such memory, or not in these scopes.
        """
        with self._database.read() as c:
            found = _required(c, memory_id)
            every = notes.versions(c, memory_id)
            linked = note_links.of(c, memory_id)
            topic = topics.topic_with(c, found.memory.source_id, memory_id)
            ends = _ends(c, [memory_id, topic, *(one.id for one in linked), *_named(every)])
        shown = self._shown(ends, scopes)
        if memory_id not in shown:
            raise _gone(memory_id)
        told = [one for one in every if one.because is None or one.because in shown]
        newest = told[-1] if told else None
        return MemoryLinks(
            memory=shown[memory_id],
            keywords=list(newest.content.keywords) if newest else [],
            tags=list(newest.content.tags) if newest else [],
            context=NoteContext(
                topic=shown.get(topic or ""),
                anew=shown.get(newest.content.anew or "") if newest else None,
            ),
            version=newest.version if newest else None,
            versions=len(told),
            links=[
                LinkInfo(
                    to=shown[one.id],
                    reason=LinkReason(one.reason),
                    words=list(one.words),
                    why=in_words(one.reason, one.words),
                    weight=one.weight,
                )
                for one in linked
                if one.id in shown
            ],
        )

    def versions(self, memory_id: str, scopes: Sequence[str] | None = None) -> NoteVersions:
        """All versions of what a memory is about, oldest first.

        Raises:
            NotFound: there is no such memory, or not in these scopes.
        """
        with self._database.read() as c:
            _required(c, memory_id)
            every = notes.versions(c, memory_id)
            ends = _ends(c, [memory_id, *_named(every)])
        shown = self._shown(ends, scopes)
        if memory_id not in shown:
            raise _gone(memory_id)
        return NoteVersions(
            memory=memory_id,
            versions=[
                NoteVersion(
                    version=one.version,
                    keywords=list(one.content.keywords),
                    tags=list(one.content.tags),
                    context=NoteContext(anew=shown.get(one.content.anew or "")),
                    cause=NoteCause(one.cause),
                    because=shown.get(one.because or ""),
                    at=to_datetime(one.at_ms),
                )
                for one in every
                if one.because is None or one.because in shown
            ],
        )

    def undo(self, memory_id: str, version: int | None = None) -> NoteVersions:
        """Put what an earlier version says in the place of what counts now, as a new version.

        Raises:
            NotFound: there is no such memory or version.
            BadRequest: there is nothing to go back to.
        """

        def work(c: Connection) -> None:
            _required(c, memory_id)
            every = notes.versions(c, memory_id)
            chosen = _wanted(every, version)
            notes.put(
                c, memory_id, chosen.content, Cause.UNDONE, self._clock.now_ms(), chosen.because
            )

        self._database.write(work)
        self._on_changed()
        return self.versions(memory_id)

    # -- topics

    def topics(
        self,
        *,
        source: str = "",
        text: str = "",
        scopes: Sequence[str] | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> TopicList:
        """Topics that fit, newest first."""
        with self._database.read() as c:
            found = topics.listing(c, source=source, text=text)
        outside = self._out_of_reach([topic.id for topic in found], scopes)
        found = [topic for topic in found if topic.id not in outside]
        page = found[offset : offset + limit]
        with self._database.read() as c:
            infos = _topic_infos(c, page)
        return TopicList(topics=infos, total=len(found))

    def topic(self, topic_id: str, scopes: Sequence[str] | None = None) -> TopicDetail:
        """A topic with the turns it was made from.

        Raises:
            NotFound: there is no such topic, or not in these scopes.
        """
        with self._database.read() as c:
            found = topics.get(c, topic_id)
            if found is None or self._out_of_reach([topic_id], scopes):
                raise _gone(topic_id)
            infos = _topic_infos(c, [found])
            turns = memories.get_many(c, found.turns)
        said = [turns[id_].memory for id_ in found.turns if id_ in turns]
        return TopicDetail(
            topic=infos[0],
            turns=[
                TopicTurn(
                    memory=one.id,
                    text=one.text,
                    speaker=one.speaker,
                    said_at=to_datetime(
                        one.learnt_ms if one.happened_ms is None else one.happened_ms
                    ),
                )
                for one in said
            ],
        )

    def _shown(self, ends: dict[str, LinkEnd], scopes: Sequence[str] | None) -> dict[str, LinkEnd]:
        outside = self._out_of_reach(list(ends), scopes)
        return {id_: end for id_, end in ends.items() if id_ not in outside}


def _named(every: Iterable[Version]) -> list[str | None]:
    return [id_ for one in every for id_ in (one.because, one.content.anew)]


def _ends(c: Connection, ids: Collection[str | None]) -> dict[str, LinkEnd]:
    wanted = list(dict.fromkeys(id_ for id_ in ids if id_))
    return {id_: _end(row) for id_, row in memories.get_many(c, wanted).items()}


def _end(row: MemoryWithSource) -> LinkEnd:
    memory = row.memory
    text = " ".join(memory.text.split())
    return LinkEnd(
        memory=memory.id,
        kind=memory.kind,
        title=(memory.heading or "") if memory.kind is MemoryKind.TOPIC else "",
        text=text if len(text) <= _TEXT_CHARS else text[: _TEXT_CHARS - 1].rstrip() + "…",
        source=memory.source_id,
        source_title=row.source_title,
        said_at=to_datetime(memory.learnt_ms if memory.happened_ms is None else memory.happened_ms),
    )


def _topic_infos(c: Connection, found: Sequence[Topic]) -> list[TopicInfo]:
    rows = memories.get_many(c, [topic.id for topic in found])
    return [
        TopicInfo(
            id=topic.id,
            title=topic.title,
            summary=topic.summary,
            source=topic.source_id,
            source_title=rows[topic.id].source_title,
            turns=len(topic.turns),
            began_at=to_datetime_or_none(topic.began_ms),
            by_model=topic.worded_by == topics.MODEL,
        )
        for topic in found
        if topic.id in rows
    ]


def _wanted(every: Sequence[Version], version: int | None) -> Version:
    if version is not None:
        found = next((one for one in every if one.version == version), None)
        if found is None:
            raise NotFound(
                "There is no such version",
                "It went with the memory that brought it about, or never was.",
                "Look at the versions there are.",
                item=str(version),
            )
    elif len(every) > 1:
        found = every[-2]
    else:
        found = every[-1] if every else None
    if found is None or found.content == every[-1].content:
        raise BadRequest(
            "There is nothing to undo",
            "What this memory is about already reads so.",
            "Choose an earlier version.",
        )
    return found


def _required(c: Connection, memory_id: str) -> MemoryWithSource:
    found = memories.get_many(c, [memory_id]).get(memory_id)
    if found is None:
        raise _gone(memory_id)
    return found


def _gone(memory_id: str) -> NotFound:
    return NotFound(
        "This memory is gone",
        "It was forgotten or replaced meanwhile.",
        "Refresh the list.",
        item=memory_id,
    )
