"""Taking a checked archive in, in one transaction: all of it or nothing. Runs on the writer
thread.

What is there already is recognised and stays: a source by its id, its content or its place, a
memory by its id or by its text in the same source, chats and messages by their ids. What is new
keeps its id where that is free. So taking in twice changes nothing.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from memory.archive import layout
from memory.archive.checking import Checked, stopped
from memory.archive.layout import Part, Row
from memory.archive.merging_facts import Facts
from memory.archive.reading import Archive
from memory.archive.writing import Progress
from memory.protocol import ErrorCode, MemoryKind, Problem
from memory.store import archive_known as known
from memory.store import archive_rows, documents, embeddings, memories, outbox, portrait, scopes
from memory.store.archive_known import KnownMemory
from memory.store.db import Connection
from memory.store.ids import new_id

_PAGE = 1_000
_BESIDE = (MemoryKind.FACT, MemoryKind.TOPIC)  # of their source, not in it

How = Literal["new", "filled", "same", "differs"]

_UNREAD = Problem(
    code=ErrorCode.NOT_FOUND,
    title="Not read yet when it was exported",
    message="The archive knows of this file, but not what stands in it.",
    next_step="Add the file again, or remove it from the list.",
).model_dump_json()


@dataclass
class Merged:
    """How much came, and how much was there."""

    sources_new: int = 0
    sources_known: int = 0
    sources_differ: int = 0
    memories_new: int = 0
    memories_known: int = 0
    memories_left_out: int = 0
    chats_new: int = 0
    messages_new: int = 0
    facts_changed: int = 0
    folders: list[str] = field(default_factory=list)


@dataclass
class _Home:
    """A source of the archive as it is here; what it held before, where it was here before."""

    id: str
    how: How
    grows: bool = False
    """A conversation: it may have gone on elsewhere, and its text with it."""
    by_id: dict[str, KnownMemory] = field(default_factory=dict)
    by_key: dict[tuple[Any, ...], deque[str]] = field(default_factory=dict)
    forgotten: set[bytes] = field(default_factory=set)
    looked: bool = False


def merge(
    c: Connection,
    archive: Archive,
    checked: Checked,
    model: str,
    now_ms: int,
    progress: Progress = lambda _what, _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Merged:
    """Take the archive in. ``model`` is the embedder whose vectors are in use.

    Raises:
        BadArchive: it was changed since it was checked.
        Cancelled, sqlite3.Error: nothing of it stays.
    """
    return _Merge(c, archive, checked, model, now_ms, progress, cancelled).run()


class _Merge:
    def __init__(
        self,
        c: Connection,
        archive: Archive,
        checked: Checked,
        model: str,
        now_ms: int,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self._c = c
        self._archive = archive
        self._checked = checked
        self._model = model
        self._now_ms = now_ms
        self._progress = progress
        self._cancelled = cancelled
        self._done = 0
        self._merged = Merged(folders=sorted(checked.folders.values()))
        self._folders = known.folders_by_path(c)
        self._taken = known.ids(c, "memories")
        self._sources: dict[str, _Home] = {}
        self._memories: dict[str, str] = {}
        self._new_memories: set[str] = set()
        self._changed: set[str] = set()
        self._positions: dict[str, int] = {}  # of the next memory of a source that goes on
        self._chats: dict[str, str] = {}
        self._new_chats: set[str] = set()
        self._said: set[str] | None = None
        self._lines: list[Row] = []  # of the portrait, until the facts are there
        self._facts = Facts(c, self._memories.get, self._place_fact)

    def run(self) -> Merged:
        steps: dict[str, Callable[[list[Row]], None]] = {
            "folders": lambda _rows: None,  # what is followed here is for the person to say
            "sources": self._take_sources,
            "documents": self._take_documents,
            "memories": self._take_memories,
            "versions": self._take_versions,
            "reviews": self._take_reviews,
            "forgotten": self._take_forgotten,
            "chats": self._take_chats,
            "messages": self._take_messages,
            "facts": self._facts.take,
            "statements": self._facts.take_statements,
            "portrait": self._lines.extend,
            "vectors": self._take_vectors,
        }
        for part in layout.PARTS:
            self._pages(part, steps[part.name])
        self._merged.facts_changed = self._facts.settle()
        portrait.take_in(self._c, [layout.named(layout.PORTRAIT, row) for row in self._lines])
        self._new_memories &= known.ids(self._c, "memories")  # a fact may read otherwise here
        self._settle()
        return self._merged

    def _pages(self, part: Part, take: Callable[[list[Row]], None]) -> None:
        page: list[Row] = []
        for row in self._archive.rows(part):
            page.append(row)
            if len(page) == _PAGE:
                self._page(part, page, take)
                page = []
        self._page(part, page, take)

    def _page(self, part: Part, page: list[Row], take: Callable[[list[Row]], None]) -> None:
        if self._cancelled():
            raise stopped()
        take(page)
        self._done += len(page)
        self._progress(f"Taking in {part.name}", self._done, self._archive.lines)

    # -- sources

    def _take_sources(self, rows: list[Row]) -> None:
        for row in rows:
            said = layout.named(layout.SOURCES, row)
            parent = self._sources[said["parent"]].id if said["parent"] else None
            home = self._recognised(said, parent)
            self._sources[said["id"]] = home or self._new_source(said, parent)
            if home is None:
                self._merged.sources_new += 1
            elif home.how == "differs":
                self._merged.sources_differ += 1
            else:
                self._merged.sources_known += 1

    def _recognised(self, said: Mapping[str, Any], parent: str | None) -> _Home | None:
        full = said["id"] in self._checked.documents
        found = known.source_by_id(self._c, said["id"])
        if found is not None and not _same_thing(found, said):
            found = None
        if found is None and full and said["content_hash"] and said["kind"] != "conversation":
            found = known.source_by_content(self._c, said["kind"], said["content_hash"])
        if found is None and said["location"] is not None:
            found = known.source_by_place(self._c, said["kind"], said["location"], parent)
        if found is None:
            return None
        if full and not found.holds:
            known.fill_source(self._c, found.id, {**said, "state": _state(said["state"])})
            return _Home(found.id, "filled")
        grows = said["kind"] == "conversation"
        same = grows or not full or found.content_hash == said["content_hash"]
        return _Home(found.id, "same" if same else "differs", grows)

    def _new_source(self, said: Mapping[str, Any], parent: str | None) -> _Home:
        free = known.source_by_id(self._c, said["id"]) is None
        id_ = said["id"] if free else new_id(self._now_ms)
        unread = said["state"] in ("queued", "reading")
        own_chat = said["location"] == said["id"]
        here = {
            **said,
            "id": id_,
            "location": id_ if own_chat else said["location"],
            "state": _state(said["state"]),
            "problem": _UNREAD if unread else said["problem"],
            "parent": parent,
            "folder": self._folders.get(self._checked.folders.get(said["folder"] or "", "")),
        }
        archive_rows.insert(self._c, layout.SOURCES, [layout.row_of(layout.SOURCES, here)])
        return _Home(id_, "new")

    def _take_documents(self, rows: list[Row]) -> None:
        homes = ((self._sources[row[0]], row) for row in rows)
        archive_rows.insert(
            self._c,
            layout.DOCUMENTS,
            [(home.id, *row[1:]) for home, row in homes if home.how in ("new", "filled")],
            ignore=True,
        )

    # -- memories

    def _take_memories(self, rows: list[Row]) -> None:
        fresh: list[Row] = []
        for row in rows:
            said = layout.named(layout.MEMORIES, row)
            home = self._sources[said["source"]]
            there = self._memory_here(said, home)
            if there is not None:
                self._merged.memories_known += 1
                self._memories[said["id"]] = there.id
                self._renew(said, there)
            elif said["id"] in self._checked.of_facts:
                self._facts.hold(said)
            elif home.how == "differs" or said["text_hash"] in home.forgotten:
                self._merged.memories_left_out += 1
            else:
                fresh.append(self._fresh(said, home))
        self._add(fresh)

    def _add(self, fresh: list[Row]) -> None:
        archive_rows.insert(self._c, layout.MEMORIES, fresh)
        outbox.upsert(self._c, [row[0] for row in fresh], fresh=True)
        self._merged.memories_new += len(fresh)

    def _place_fact(self, said: Mapping[str, Any]) -> str:
        """The memory of a fact that comes; folding puts it where it was last told."""
        fresh = self._fresh(said, self._sources[said["source"]])
        self._add([fresh])
        return str(fresh[0])

    def _memory_here(self, said: Mapping[str, Any], home: _Home) -> KnownMemory | None:
        if said["id"] in self._taken:
            there = known.memory(self._c, said["id"])
            if there is not None and there.text_hash == said["text_hash"]:
                return there
        if home.how == "new":
            return None
        self._look_into(home)
        same = home.by_key.get((said["kind"], said["ref"], said["text_hash"]))
        return home.by_id[same.popleft()] if same else None

    def _look_into(self, home: _Home) -> None:
        """What a known source held before; what the archive names by id stands for itself."""
        if home.looked:
            return
        home.looked = True
        home.forgotten = known.forgotten(self._c, home.id)
        home.by_id, by_key = known.memories_of(self._c, home.id)
        named = self._checked.memories
        home.by_key = {
            key: deque(id_ for id_ in ids if id_ not in named) for key, ids in by_key.items()
        }

    def _fresh(self, said: Mapping[str, Any], home: _Home) -> Row:
        free = said["id"] not in self._taken
        id_ = said["id"] if free else new_id(self._now_ms)
        self._taken.add(id_)
        self._memories[said["id"]] = id_
        self._new_memories.add(id_)
        here = {**said, "id": id_, "source": home.id}
        if home.grows and said["kind"] not in _BESIDE:  # at the end of what is here
            start = documents.append(self._c, home.id, said["text"])
            here |= {
                "start": start,
                "end": start + len(said["text"]),
                "position": self._next_position(home),
            }
        return layout.row_of(layout.MEMORIES, here)

    def _next_position(self, home: _Home) -> int:
        if home.id not in self._positions:
            self._positions[home.id] = known.next_position(self._c, home.id)
        self._positions[home.id] += 1
        return self._positions[home.id] - 1

    def _renew(self, said: Mapping[str, Any], there: KnownMemory) -> None:
        """Of a memory on both sides the later edit and the later use count."""
        if said["version"] > there.version:
            known.newer_text(self._c, there.id, said["text"], said["version"])
            self._changed.add(there.id)
        if said["reviewed_at"] > there.reviewed_ms:
            known.newer_strength(
                self._c, there.id, said["stability_days"], said["difficulty"], said["reviewed_at"]
            )

    def _take_versions(self, rows: list[Row]) -> None:
        here = []
        for row in rows:
            id_ = self._memories.get(row[0])
            if id_ is None:
                continue
            if id_ in self._new_memories or row[1] not in known.versions_of(self._c, id_):
                here.append((id_, *row[1:]))
        archive_rows.insert(self._c, layout.VERSIONS, here)

    def _take_reviews(self, rows: list[Row]) -> None:
        here = []
        for row in rows:
            id_ = self._memories.get(row[0])
            if id_ is None:
                continue
            if id_ in self._new_memories or row[1:] not in known.reviews_of(self._c, id_):
                here.append((id_, *row[1:]))
        archive_rows.insert(self._c, layout.REVIEWS, here)

    def _take_forgotten(self, rows: list[Row]) -> None:
        """Only for sources that came: what is remembered here is not forgotten by an archive."""
        here = [
            (self._sources[row[0]].id, row[1])
            for row in rows
            if self._sources[row[0]].how in ("new", "filled")
        ]
        archive_rows.insert(self._c, layout.FORGOTTEN, here, ignore=True)

    # -- chats

    def _take_chats(self, rows: list[Row]) -> None:
        there = known.ids(self._c, "chats")
        for row in rows:
            home = self._sources.get(row[0])
            id_ = home.id if home is not None else row[0]
            self._chats[row[0]] = id_
            if id_ not in there:
                archive_rows.insert(self._c, layout.CHATS, [(id_, *row[1:])])
                self._new_chats.add(id_)
        self._merged.chats_new = len(self._new_chats)

    def _take_messages(self, rows: list[Row]) -> None:
        if self._said is None:
            self._said = known.ids(self._c, "messages")
        here = []
        for row in rows:
            said = layout.named(layout.MESSAGES, row)
            if said["id"] not in self._said:
                said["chat"] = self._chats[said["chat"]]
                said["citations"] = self._cited_here(said["citations"])
                # What was being answered when the archive was made was not finished there.
                said["state"] = "stopped" if said["state"] == "streaming" else said["state"]
                here.append(layout.row_of(layout.MESSAGES, said))
        archive_rows.insert(self._c, layout.MESSAGES, here)
        self._merged.messages_new += len(here)

    def _cited_here(self, citations: str) -> str:
        if citations == "[]":
            return citations
        cited = json.loads(citations)
        for one in cited:
            one["memory"] = self._memories.get(one["memory"], one["memory"])
            home = self._sources.get(one["source_id"])
            one["source_id"] = home.id if home is not None else one["source_id"]
        return json.dumps(cited, ensure_ascii=False)

    # -- the end

    def _take_vectors(self, rows: list[Row]) -> None:
        here = [
            (self._memories[row[0]], *row[1:])
            for row in rows
            if self._memories.get(row[0]) in self._new_memories
        ]
        archive_rows.insert_vectors(self._c, here)

    def _settle(self) -> None:
        """Origins under their ids here, and the vectors still to be made."""
        if any(old != new for old, new in self._memories.items()):
            self._rename_origins()
        if self._changed:
            embeddings.drop(self._c, list(self._changed))
            outbox.upsert(self._c, self._changed)
        known.await_meaning(self._c, self._new_memories | self._changed, self._model)

    def _rename_origins(self) -> None:
        renamed = []
        for id_ in self._new_memories:
            provenance = memories.get(self._c, id_).provenance
            here = {name: self._renamed(name, value) for name, value in provenance.items()}
            if here != provenance:
                renamed.append((json.dumps(here, ensure_ascii=False), id_))
        known.set_provenance(self._c, renamed)

    def _renamed(self, name: str, value: object) -> object:
        if name in ("from", scopes.USED) and isinstance(value, list):
            return [self._memories.get(one, one) if isinstance(one, str) else one for one in value]
        if name == "chat" and isinstance(value, str):
            return self._chats.get(value, value)
        return value


def _same_thing(found: known.KnownSource, said: Mapping[str, Any]) -> bool:
    """Whether a row of the same id is the same source, and not another that took its id."""
    if found.kind != said["kind"]:
        return False
    if said["content_hash"] and found.content_hash == said["content_hash"]:
        return True
    if said["location"] is None:
        return found.location is None and found.title == said["title"]
    return bool(found.location == said["location"])


def _state(state: str) -> str:
    if state in ("queued", "reading"):
        return "failed"
    return "ready" if state == "indexing" else state
