"""What a request to forget means: everything that goes with what the person named.

Read only, so that a preview is the very same. With a memory go what was derived from it and
the answers that used it; with a turn of a chat its message; with the last memory of a source
the source; with a source its conversations.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from memory.clock import to_ms
from memory.errors import BadRequest, NotFound
from memory.protocol import ForgetRequest
from memory.scripts import is_grouped, laid_out
from memory.store import portrait, reservoir
from memory.store.db import Connection
from memory.store.doomed_facts import facts_with

_SAMPLES = 5
_SAMPLE_CHARS = 80
_TITLES = 20
_HAPPENED = "ifnull(happened_ms, learnt_ms)"
_TOLD_BY = "SELECT id FROM memories WHERE ref = ? AND kind NOT IN ('fact', 'topic')"
_STANDING_IN = "SELECT id FROM memories WHERE source_id = ? AND kind NOT IN ('fact', 'topic')"


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a request takes away.

    ``messages`` are deleted; ``answers`` are emptied, because they used a doomed memory.
    ``derived`` of the memories were made from others that go. ``naming`` memories only name
    the person asked about: they go where the person's choice was to have them go too, and then
    ``name`` is what has to leave the texts that stay; ``still_named`` are sources that stay
    under a name with the person's in it. ``kept`` are answers kept for questions that are asked
    again. ``facts`` are those the person named, whose turns stay. ``lines`` are those of the
    portrait whose words by the person go.
    """

    everything: bool
    memories: list[str]
    sources: list[str]
    chats: list[str]
    messages: list[str]
    answers: list[str]
    samples: list[str]
    titles: list[str]
    derived: list[str] = field(default_factory=list)
    derived_samples: list[str] = field(default_factory=list)
    naming: list[str] = field(default_factory=list)
    naming_samples: list[str] = field(default_factory=list)
    still_named: list[str] = field(default_factory=list)
    name: str | None = None
    kept: list[int] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.everything
            or self.memories
            or self.sources
            or self.messages
            or self.answers
            or self.kept
            or self.lines
        )


def collect(c: Connection, request: ForgetRequest) -> Doomed:
    """Everything that goes with what the person named.

    Raises:
        BadRequest: not exactly one of the ways was used, or a span ends before it begins.
        NotFound: what was named is not there.
    """
    _check(request)
    if request.all:
        return _all(c)
    if request.source is not None:
        sources = named_sources(c, request.source)
        first = _ids(c, _STANDING_IN, sources)
        chats = _ids(c, "SELECT id FROM chats WHERE id = ?", [*sources, *_locations(c, sources)])
        return _with_all_that_follows(c, first, sources, chats, [])
    if request.person is not None:
        return _of_person(c, request.person, request.naming)
    if request.memories:
        return _with_all_that_follows(c, _known(c, request.memories), [], [], [])
    until = request.before or request.until
    return _between(
        c,
        None if request.since is None else to_ms(request.since),
        None if until is None else to_ms(until),
    )


def line(line_id: str) -> Doomed:
    """A line of the portrait that the person wrote, and nothing else."""
    return Doomed(False, [], [], [], [], [], [], [], lines=[line_id])


def _check(request: ForgetRequest) -> None:
    span = request.since is not None or request.until is not None
    ways = [bool(request.memories), request.source is not None, request.person is not None]
    if sum([*ways, request.before is not None, span, request.all]) != 1:
        raise BadRequest(
            "Say what to forget",
            "Name memories, a source, a person, a time, or everything: exactly one of them.",
            "Try again with one of them.",
        )
    if request.since is not None and request.until is not None and request.until <= request.since:
        raise BadRequest(
            "This time ends before it begins",
            "Nothing can have happened in it.",
            "Give the earlier date first.",
        )
    if request.person is not None and not request.person.strip():
        raise BadRequest("There is no name", "A person is told by name.", "Give the name.")


# -- the ways to say it


def _all(c: Connection) -> Doomed:
    every = _ids(c, "SELECT id FROM memories")
    return Doomed(
        everything=True,
        memories=every,
        sources=_ids(c, "SELECT id FROM sources"),
        chats=_ids(c, "SELECT id FROM chats"),
        messages=_ids(c, "SELECT id FROM messages"),
        answers=[],
        samples=_samples(c, every),
        titles=[row[0] for row in c.execute("SELECT title FROM sources LIMIT ?", (_TITLES,))],
    )


def _between(c: Connection, since_ms: int | None, until_ms: int | None) -> Doomed:
    """What happened from ``since_ms`` on and before ``until_ms``; None leaves that end open."""
    span = (since_ms, until_ms)
    inside = "({0} >= ?1 OR ?1 IS NULL) AND ({0} < ?2 OR ?2 IS NULL)"
    of_memory = f"kind NOT IN ('fact', 'topic') AND {inside.format(_HAPPENED)}"
    first = [row[0] for row in c.execute(f"SELECT id FROM memories WHERE {of_memory}", span)]
    said, kept = (
        [r[0] for r in c.execute(f"SELECT id FROM {table} WHERE {inside.format(column)}", span)]
        for table, column in (("messages", "at_ms"), ("reservoir", "answered_ms"))
    )
    written = portrait.written(c, since_ms, until_ms)
    return _with_all_that_follows(c, first, [], [], said, kept, written)


def _of_person(c: Connection, name: str, naming_too: bool) -> Doomed:
    """What a person said, and, by choice, what names them."""
    wanted = _folded(name)
    known = [r[0] for r in c.execute("SELECT DISTINCT speaker FROM memories WHERE speaker <> ''")]
    speakers = [one for one in known if _folded(one) == wanted]
    said = _ids(c, "SELECT id FROM memories WHERE speaker = ?", speakers)
    named = Named(name)
    gone = set(said)
    naming = [id_ for id_ in _naming(c, named) if id_ not in gone]
    messages = _naming_in(c, "messages", named) if naming_too else []
    kept = _naming_in(c, "reservoir", named) if naming_too else []
    lines = portrait.with_words(c, named.in_text) if naming_too else []
    if not (said or naming or messages or lines):
        raise NotFound(
            "Nobody of this name", "No memory was said by them or names them.",
            "Check how the name is written.", item=name,
        )  # fmt: skip
    first = said + naming if naming_too else said
    doomed = _with_all_that_follows(c, first, [], [], messages, kept, lines)
    went, stays = set(doomed.memories), set(doomed.sources)
    left = naming if naming_too else [id_ for id_ in naming if id_ not in went]
    titles = c.execute("SELECT id, title FROM sources").fetchall()
    return replace(
        doomed,
        naming=left,
        naming_samples=_samples(c, left),
        still_named=[t for id_, t in titles if id_ not in stays and named.in_text(t)][:_TITLES],
        name=name if naming_too else None,
    )


class Named:
    """Whether a text names somebody: the whole name, as words of their own."""

    def __init__(self, name: str):
        words = r"\s+".join(re.escape(word) for word in name.split())
        # Scripts without spaces have no edges of words to go by.
        pattern = words if is_grouped(name) else rf"(?<!\w){words}(?!\w)"
        self.pattern = re.compile(pattern, re.IGNORECASE)
        self.name = name

    def in_text(self, text: str | None) -> bool:
        return bool(text) and self.pattern.search(str(text)) is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self.pattern.finditer(text)]


def _naming(c: Connection, named: Named) -> list[str]:
    """Memories whose text or headings name the person; the keyword index finds them."""
    phrase = '"' + laid_out(named.name).replace('"', '""') + '"'
    rows = c.execute(
        "SELECT id, text, heading FROM memories WHERE rowid IN"
        " (SELECT rowid FROM memories_fts WHERE memories_fts MATCH ?)",
        (phrase,),
    )
    found = [r[0] for r in rows if named.in_text(r[1]) or named.in_text(r[2])]
    versions = c.execute("SELECT memory_id, text FROM memory_versions")
    return unique(found, [r[0] for r in versions if named.in_text(r[1])])


def _naming_in(c: Connection, table: str, named: Named) -> list[Any]:
    rows = c.execute(f"SELECT id, text FROM {table}")
    return [row[0] for row in rows if named.in_text(row[1])]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def named_sources(c: Connection, name: str) -> list[str]:
    """A source by id, path (a folder: all below it) or conversation name; with its children."""
    found = _ids(
        c,
        "SELECT id FROM sources WHERE ?1 IN (id, location)"
        " OR (kind <> 'file' AND title = ?1)"
        " OR (kind = 'file' AND substr(location, 1, length(?1) + 1) = ?1 || '/')"
        " OR (kind = 'file' AND substr(location, 1, length(?1) + 1) = ?1 || '\\')",
        [name.rstrip("/\\") or name],
    )
    if not found:
        raise NotFound(
            "No such source", "Nothing was remembered from it.", "Check the name.", item=name
        )
    return unique(found, _ids(c, "SELECT id FROM sources WHERE parent_id = ?", found))


def _known(c: Connection, ids: Sequence[str]) -> list[str]:
    found = _ids(c, "SELECT id FROM memories WHERE id = ?", ids)
    there = set(found)
    if len(there) < len(set(ids)):
        raise NotFound(
            "No such memory",
            "It was forgotten or replaced meanwhile.",
            "Refresh the list.",
            item=next(id_ for id_ in ids if id_ not in there),
        )
    return found


# -- what follows from what goes


def _with_all_that_follows(
    c: Connection,
    first: Sequence[str],
    sources: Sequence[str],
    chats: Sequence[str],
    said: Sequence[str],
    kept: Sequence[int] = (),
    lines: Sequence[str] = (),
) -> Doomed:
    """Follow the traces: memory -> derived, answers -> their memories, until nothing new comes.

    A message goes where its own turn was named; an answer that only used a doomed memory, or a
    fact that may have told of it, is emptied, so that the chat still shows that there was one.
    """
    doomed = unique(first)
    named = _ids(c, "SELECT id FROM facts WHERE memory_id = ?", doomed)
    messages = unique(said, _ids(c, "SELECT id FROM messages WHERE chat_id = ?", chats))
    messages = unique(messages, _messages_of(c, doomed))
    answers: dict[str, None] = {}
    derived: dict[str, None] = {}
    changed: list[str] = []
    made_from, used_by = _derived_by_origin(c), _answers_by_memory(c)
    known = set(doomed)
    new_memories, new_messages = list(doomed), list(messages)
    while new_memories or new_messages:
        alone, reworded = facts_with(c, new_memories, known, named)
        changed += reworded
        fresh = _reached(used_by, [*new_memories, *alone, *reworded])
        fresh = unique(fresh, portrait.answers_with(c, new_memories, named))
        fresh = [id_ for id_ in fresh if id_ not in answers]
        answers |= dict.fromkeys(fresh)
        made = unique(_reached(made_from, new_memories), alone)
        derived |= dict.fromkeys(id_ for id_ in made if id_ not in known)
        remembered = _ids(c, _TOLD_BY, new_messages + fresh)
        new_memories = [id_ for id_ in unique(made, remembered) if id_ not in known]
        new_messages = []
        known.update(new_memories)
        doomed += new_memories
    gone = _with_emptied(c, doomed, sources)
    deleted = set(messages)
    return Doomed(
        everything=False,
        memories=doomed,
        sources=gone,
        chats=unique(chats, _emptied_chats(c, messages)),
        messages=messages,
        answers=[id_ for id_ in answers if id_ not in deleted],
        samples=_samples(c, doomed),
        titles=_ids(c, "SELECT title FROM sources WHERE id = ?", gone[:_TITLES]),
        derived=list(derived),
        derived_samples=_samples(c, list(derived)),
        kept=list(
            dict.fromkeys([*kept, *reservoir.doomed(c, [*doomed, *changed], [*messages, *answers])])
        ),
        facts=named,
        lines=unique(lines, portrait.touched(c, portrait.topics_of(c, doomed, named))),
    )


def _messages_of(c: Connection, memory_ids: Sequence[str]) -> list[str]:
    """Messages a doomed turn is the memory of (its ``ref`` is the message's id)."""
    return _ids(
        c,
        "SELECT x.id FROM memories m JOIN messages x ON x.id = m.ref"
        " WHERE m.id = ? AND m.kind NOT IN ('fact', 'topic')",
        memory_ids,
    )


def _answers_by_memory(c: Connection) -> dict[str, list[str]]:
    """Which answers used a memory."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in c.execute("SELECT id, citations FROM messages WHERE citations <> '[]'"):
        for cited in json.loads(row["citations"]):
            found[str(cited.get("memory"))].append(row["id"])
    return found


def _derived_by_origin(c: Connection) -> dict[str, list[str]]:
    """Facts, summaries and topics by the memories they were made from (``provenance.from``)."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    rows = c.execute("SELECT id, provenance FROM memories WHERE instr(provenance, '\"from\"')")
    for row in rows:
        for origin in _strings(json.loads(row["provenance"]).get("from")):
            found[origin].append(row["id"])
    return found


def _reached(edges: Mapping[str, list[str]], ids: Iterable[str]) -> list[str]:
    return unique([to for id_ in ids for to in edges.get(id_, ())])


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _with_emptied(c: Connection, doomed: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Sources that lose their last memory go too, and files that lose their last talk."""
    gone = set(doomed)
    own_source = "SELECT source_id FROM memories WHERE id = ? AND kind NOT IN ('fact', 'topic')"
    touched = unique(_ids(c, own_source, doomed))
    emptied = [
        source_id
        for source_id in touched
        if gone.issuperset(_ids(c, _STANDING_IN, [source_id]))
        and not _ids(c, "SELECT id FROM sources WHERE parent_id = ?", [source_id])
    ]
    all_gone = unique(sources, emptied)
    parents = _ids(
        c, "SELECT parent_id FROM sources WHERE parent_id IS NOT NULL AND id = ?", all_gone
    )
    known = set(all_gone)
    for parent in unique(parents):
        children = _ids(c, "SELECT id FROM sources WHERE parent_id = ?", [parent])
        own = _ids(c, _STANDING_IN, [parent])
        if known.issuperset(children) and gone.issuperset(own) and parent not in known:
            known.add(parent)
            all_gone.append(parent)
    return all_gone


def _emptied_chats(c: Connection, messages: Sequence[str]) -> list[str]:
    gone = set(messages)
    chats = unique(_ids(c, "SELECT chat_id FROM messages WHERE id = ?", messages))
    return [
        chat
        for chat in chats
        if gone.issuperset(_ids(c, "SELECT id FROM messages WHERE chat_id = ?", [chat]))
    ]


def _locations(c: Connection, source_ids: Sequence[str]) -> list[str]:
    return _ids(
        c,
        "SELECT location FROM sources"
        " WHERE location IS NOT NULL AND kind = 'conversation' AND id = ?",
        source_ids,
    )


def _samples(c: Connection, memory_ids: Sequence[str]) -> list[str]:
    texts = _ids(c, "SELECT text FROM memories WHERE id = ?", memory_ids[:_SAMPLES])
    return [
        text if len(text) <= _SAMPLE_CHARS else text[: _SAMPLE_CHARS - 1].rstrip() + "…"
        for text in (" ".join(text.split()) for text in texts)
    ]


def _ids(c: Connection, sql: str, values: Sequence[object] | None = None) -> list[str]:
    """First column of a query, run once or once for each of ``values``."""
    if values is None:
        return [row[0] for row in c.execute(sql)]
    return [row[0] for value in values for row in c.execute(sql, (value,))]


def unique(*lists: Sequence[str]) -> list[str]:
    """All of them, each once, in order."""
    return list(dict.fromkeys(id_ for ids in lists for id_ in ids))
