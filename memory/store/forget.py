"""SQL of forgetting: what a request means, and taking it out of every table.

Deleting rows is half of it; ``memory.forgetting`` then removes the bytes from the files.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from memory.clock import to_ms
from memory.errors import BadRequest, NotFound
from memory.protocol import ForgetRequest
from memory.store import facts, feedback, folders, memories, reservoir
from memory.store.blanks import blank_document
from memory.store.db import Connection

REMOVED_ANSWER = "This answer was removed, because it used something that was forgotten."

UNTITLED = "Untitled"

_TITLES = (
    (
        "SELECT title FROM chats WHERE id = ?",
        "UPDATE chats SET title = ? WHERE id = ?",
    ),
    (
        "SELECT title FROM sources WHERE kind <> 'file' AND id = ?",
        "UPDATE sources SET title = ? WHERE id = ?",
    ),
)
_BEFORE = "SELECT id FROM memories WHERE ifnull(happened_ms, learnt_ms) < ? AND kind <> 'fact'"
_SAMPLES = 5
_SAMPLE_CHARS = 80
_STANDING_IN = "SELECT id FROM memories WHERE source_id = ? AND kind <> 'fact'"

# In the order in which rows point at each other; settings and the store's own facts stay.
_EVERYTHING = (
    "reservoir_read",
    "reservoir",
    "diary_told_from",
    "diary_told",
    "diary_quotes",
    "diary_lines",
    "diary_days",
    "folds",
    "outbox",
    "feedback",
    "embeddings",
    "reviews",
    "memory_versions",
    "fact_statements",
    "facts",
    "fact_changes",
    "fact_marks",
    "memories",
    "documents",
    "jobs",
    "batches",
    "messages",
    "chats",
    "sources",
    "folders",
    "fold_marks",
    "diary_dirty",
    "runs",
)


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a request takes away.

    ``messages`` are deleted; ``answers`` are emptied, because they used a doomed memory; ``kept``
    are answers kept for questions that are asked again. ``facts`` are those the person named,
    whose turns stay; ``reworded`` are memories of facts that stay and may have told of what goes.
    """

    everything: bool
    memories: list[str]
    sources: list[str]
    chats: list[str]
    messages: list[str]
    answers: list[str]
    samples: list[str]
    titles: list[str]
    kept: list[int]
    facts: list[str] = field(default_factory=list)
    reworded: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.everything
            or self.memories
            or self.sources
            or self.messages
            or self.answers
            or self.kept
        )


def collect(c: Connection, request: ForgetRequest) -> Doomed:
    """Everything that goes with what the person named.

    With a memory go what was derived from it and the answers that used it; with a turn of a
    chat its message; with the last memory of a source the source; with a source its
    conversations.

    Raises:
        BadRequest: not exactly one of the four ways was used.
        NotFound: what was named is not there.
    """
    ways = [bool(request.memories), request.source is not None, request.before is not None]
    if sum([*ways, request.all]) != 1:
        raise BadRequest(
            "Say what to forget",
            "Name memories, a source, a date, or everything: exactly one of them.",
            "Try again with one of them.",
        )
    if request.all:
        return _all(c)
    if request.source is not None:
        sources = _named_sources(c, request.source)
        first = _ids(c, "SELECT id FROM memories WHERE source_id = ? AND kind <> 'fact'", sources)
        chats = _ids(c, "SELECT id FROM chats WHERE id = ?", [*sources, *_locations(c, sources)])
        return _with_all_that_follows(c, first, sources, chats, [])
    if request.before is not None:
        return _before(c, to_ms(request.before))
    return _with_all_that_follows(c, _known(c, request.memories), [], [], [])


def erase(c: Connection, doomed: Doomed) -> None:
    """Take it out of every table, in the caller's transaction."""
    if doomed.everything:
        _erase_everything(c)
        return
    # First: facts told elsewhere too move there, and their memories stand in no document.
    facts.drop_statements(c, doomed.facts)
    facts.drop_said_in(c, doomed.memories)
    facts.refold(c, facts.changed_topics(c))
    _blank_documents(c, doomed)
    _clear_titles(c, doomed)
    _keep_from_coming_back(c, doomed)
    reservoir.remove(c, doomed.kept)
    memories.remove(c, doomed.memories)
    _each(c, "DELETE FROM messages WHERE id = ?", doomed.messages)
    c.executemany(
        "UPDATE messages SET text = ?, citations = '[]', problem = NULL WHERE id = ?",
        [(REMOVED_ANSWER, id_) for id_ in doomed.answers],
    )
    _each(c, "DELETE FROM chats WHERE id = ?", doomed.chats)
    _each(c, "DELETE FROM jobs WHERE source_id = ?", doomed.sources)
    _each(c, "DELETE FROM sources WHERE id = ?", doomed.sources)


# -- what a request means


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
        titles=[row[0] for row in c.execute("SELECT title FROM sources LIMIT 20")],
        kept=[],
    )


def _before(c: Connection, before_ms: int) -> Doomed:
    first = _ids(c, _BEFORE, [before_ms])
    said = _ids(c, "SELECT id FROM messages WHERE at_ms < ?", [before_ms])
    return _with_all_that_follows(c, first, [], [], said, reservoir.before(c, before_ms))


def _named_sources(c: Connection, name: str) -> list[str]:
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
    return _with_children(c, found)


def _with_children(c: Connection, source_ids: Sequence[str]) -> list[str]:
    return _unique(source_ids, _ids(c, "SELECT id FROM sources WHERE parent_id = ?", source_ids))


def _known(c: Connection, ids: Sequence[str]) -> list[str]:
    found = _ids(c, "SELECT id FROM memories WHERE id = ?", ids)
    if len(found) < len(set(ids)):
        raise NotFound(
            "No such memory",
            "It was forgotten or replaced meanwhile.",
            "Refresh the list.",
            item=next(id_ for id_ in ids if id_ not in found),
        )
    return found


def _with_all_that_follows(
    c: Connection,
    first: Sequence[str],
    sources: Sequence[str],
    chats: Sequence[str],
    said: Sequence[str],
    kept: Sequence[int] = (),
) -> Doomed:
    """Follow the traces: memory -> derived, answers -> their memories, until nothing new comes.

    A message goes where its own turn was named; an answer that only used a doomed memory is
    emptied, so that the chat still shows that there was one.
    """
    doomed = _unique(first)
    named = _ids(c, "SELECT id FROM facts WHERE memory_id = ?", doomed)
    messages = _unique(said, _ids(c, "SELECT id FROM messages WHERE chat_id = ?", chats))
    messages = _unique(messages, _messages_of(c, doomed))
    answers: list[str] = []
    reworded: list[str] = []
    looked_at = -1
    while looked_at != len(doomed) + len(answers):
        looked_at = len(doomed) + len(answers)
        alone, reworded = _facts_with(c, doomed, named)
        answers = _unique(answers, _answers_with(c, [*doomed, *alone, *reworded]))
        remembered = _ids(
            c, "SELECT id FROM memories WHERE ref = ? AND kind <> 'fact'", [*messages, *answers]
        )
        doomed = _unique(doomed, _derived(c, doomed), remembered, alone)
    gone = _with_emptied(c, doomed, sources)
    emptied_chats = _emptied_chats(c, messages)
    return Doomed(
        everything=False,
        memories=doomed,
        sources=gone,
        chats=_unique(chats, emptied_chats),
        messages=messages,
        answers=[id_ for id_ in answers if id_ not in set(messages)],
        samples=_samples(c, doomed),
        titles=[
            c.execute("SELECT title FROM sources WHERE id = ?", (id_,)).fetchone()[0]
            for id_ in gone[:20]
        ],
        kept=[*kept, *reservoir.doomed(c, doomed, [*messages, *answers])],
        facts=named,
        reworded=reworded,
    )


def _facts_with(
    c: Connection, memory_ids: Sequence[str], named: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Memories of facts that rest on nothing but doomed ones; and those of other facts of the
    same topics, whose wording may tell of what goes."""
    doomed = set(memory_ids)
    topics = {
        (row[0], row[1], row[2])
        for id_ in memory_ids
        for row in c.execute(
            "SELECT subject_key, relation, slot_key FROM fact_statements WHERE memory_id = ?"
            " UNION SELECT subject_key, relation, slot_key FROM facts WHERE memory_id = ?",
            (id_, id_),
        )
    }
    alone: list[str] = []
    reworded: list[str] = []
    for topic in sorted(topics):
        for fact in facts.of_topic(c, topic):
            if fact.memory_id is None or fact.memory_id in doomed:
                continue
            said = {memory_id for memory_id, _one in facts.statements_of(c, fact.id)}
            goes = fact.id in named or said <= doomed
            (alone if goes else reworded).append(fact.memory_id)
    return alone, reworded


def _messages_of(c: Connection, memory_ids: Sequence[str]) -> list[str]:
    """Messages a doomed turn is the memory of (its ``ref`` is the message's id)."""
    return _ids(
        c,
        "SELECT x.id FROM memories m JOIN messages x ON x.id = m.ref"
        " WHERE m.id = ? AND m.kind <> 'fact'",
        memory_ids,
    )


def _answers_with(c: Connection, memory_ids: Sequence[str]) -> list[str]:
    doomed = set(memory_ids)
    return [
        row["id"]
        for row in c.execute("SELECT id, citations FROM messages WHERE citations <> '[]'")
        if any(cited.get("memory") in doomed for cited in json.loads(row["citations"]))
    ]


def _derived(c: Connection, memory_ids: Sequence[str]) -> list[str]:
    """Facts, summaries and topics made from doomed memories (``provenance.from``)."""
    doomed = set(memory_ids)
    rows = c.execute("SELECT id, provenance FROM memories WHERE provenance LIKE '%\"from\"%'")
    return [
        row["id"]
        for row in rows
        if not doomed.isdisjoint(_strings(json.loads(row["provenance"]).get("from")))
    ]


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _with_emptied(c: Connection, doomed: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Sources that lose their last memory go too, and files that lose their last talk."""
    gone = set(doomed)
    own = "SELECT source_id FROM memories WHERE id = ? AND kind <> 'fact'"
    touched = _unique(_ids(c, own, doomed))
    emptied = [
        source_id
        for source_id in touched
        if gone.issuperset(_ids(c, _STANDING_IN, [source_id]))
        and not _ids(c, "SELECT id FROM sources WHERE parent_id = ?", [source_id])
    ]
    all_gone = _unique(sources, emptied)
    parents = _ids(
        c, "SELECT parent_id FROM sources WHERE parent_id IS NOT NULL AND id = ?", all_gone
    )
    for parent in _unique(parents):
        children = _ids(c, "SELECT id FROM sources WHERE parent_id = ?", [parent])
        rest = _ids(c, _STANDING_IN, [parent])
        if set(all_gone).issuperset(children) and gone.issuperset(rest):
            all_gone = _unique(all_gone, [parent])
    return all_gone


def _emptied_chats(c: Connection, messages: Sequence[str]) -> list[str]:
    gone = set(messages)
    chats = _unique(_ids(c, "SELECT chat_id FROM messages WHERE id = ?", messages))
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


# -- taking it out


def _blank_documents(c: Connection, doomed: Doomed) -> None:
    """Take the doomed passages out of the texts of sources that stay."""
    staying: dict[str, list[tuple[int, int]]] = {}
    gone = set(doomed.sources)
    for memory_id in doomed.memories:
        row = c.execute(
            'SELECT source_id, start, "end" FROM memories WHERE id = ?', (memory_id,)
        ).fetchone()
        if row is not None and row[0] not in gone:
            staying.setdefault(row[0], []).append((row[1], row[2]))
    for source_id, spans in staying.items():
        blank_document(c, source_id, spans)


def _clear_titles(c: Connection, doomed: Doomed) -> None:
    """A chat or note is named after its first words: where those go, the name goes."""
    said = [
        *_ids(c, "SELECT text FROM memories WHERE id = ?", doomed.memories),
        *_ids(c, "SELECT text FROM messages WHERE id = ?", doomed.messages),
    ]
    words = [" ".join(text.split()) for text in said]
    chats = _unique(
        _ids(c, "SELECT chat_id FROM messages WHERE id = ?", doomed.messages),
        _ids(c, "SELECT source_id FROM memories WHERE id = ?", doomed.memories),
    )
    for id_ in chats:
        for sql, update in _TITLES:
            for title in _ids(c, sql, [id_]):
                start = title.rstrip("\N{HORIZONTAL ELLIPSIS}. ")
                if start and any(start in text for text in words):
                    c.execute(update, (UNTITLED, id_))


def _keep_from_coming_back(c: Connection, doomed: Doomed) -> None:
    """Hashes of what must not be learnt again by itself: passages, and files in folders."""
    c.executemany(
        "INSERT OR IGNORE INTO forgotten (source_id, text_hash)"
        " SELECT source_id, text_hash FROM memories WHERE id = ?",
        [(id_,) for id_ in doomed.memories],
    )
    for source_id in doomed.sources:
        row = c.execute(
            "SELECT kind, location, folder_id FROM sources WHERE id = ?", (source_id,)
        ).fetchone()
        if row is not None and row["kind"] == "file" and row["folder_id"] and row["location"]:
            folders.keep_away(c, row["folder_id"], row["location"])


def _erase_everything(c: Connection) -> None:
    # Row by row the triggers would look up every word; the indexes are emptied at once.
    triggers = c.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'memories_ad'"
    ).fetchall()
    for name, _sql in triggers:
        c.execute(f"DROP TRIGGER {name}")
    for table in _EVERYTHING:
        c.execute(f"DELETE FROM {table}")
    feedback.clear(c)
    for table in ("memories_fts", "memories_trigram"):
        if c.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            c.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")
    for _name, sql in triggers:
        c.execute(sql)


def _ids(c: Connection, sql: str, values: Sequence[object] | None = None) -> list[str]:
    """First column of a query, run once or once for each of ``values``."""
    if values is None:
        return [row[0] for row in c.execute(sql)]
    return [row[0] for value in values for row in c.execute(sql, (value,))]


def _each(c: Connection, sql: str, ids: Sequence[str]) -> None:
    c.executemany(sql, [(id_,) for id_ in ids])


def _unique(*lists: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(id_ for ids in lists for id_ in ids))
