"""SQL of the scopes: what may be used where.

A memory has the scope of its source. One that was made from others (a summary, a fact, an answer
remembered) is in reach only where all of them are, whatever its own source says: its words are
theirs.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.errors import BadRequest
from memory.store.db import Connection

HOME = "home"
"""The scope of everything that was not given another."""

USED = "used"
"""Name in ``provenance``: ids of the memories an answer was made of."""

# A fact says what all statements on its topic leave of it: its end may come from another one's.
_TOLD_OF_FACTS = (
    "SELECT m.rowid, t.memory_id FROM facts f JOIN memories m ON m.id = f.memory_id"
    " JOIN fact_statements t ON t.subject_key = f.subject_key AND t.relation = f.relation"
    " AND t.slot_key = f.slot_key"
)

_MOST_CHARS = 40

Rowids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reach:
    """Rows some scopes allow and all others, both ascending; ``counted`` of those allowed are no
    topics, which say again what turns say."""

    inside: Rowids
    outside: Rowids
    counted: int


@dataclass(frozen=True, slots=True)
class ScopeCount:
    name: str
    sources: int
    memories: int
    chats: int
    folders: int


def name(text: str) -> str:
    """A name as it is kept: lower case, one line.

    Raises:
        BadRequest: it is empty or too long.
    """
    found = " ".join(text.split()).casefold()
    if not found or len(found) > _MOST_CHARS or not found.isprintable():
        raise BadRequest(
            "This cannot be the name of a scope",
            f"A name has one to {_MOST_CHARS} characters.",
            "Choose a short word, such as work, home or health.",
            item=text[:80],
        )
    return found


def reach(c: Connection, scopes: Collection[str], *, to_recall: bool = False) -> Reach:
    """What may be used where only these scopes are allowed; ``to_recall`` leaves out what no
    recall finds in any scope."""
    wanted = set(scopes)
    rows = c.execute(
        "SELECT m.rowid, s.scope, m.state, m.kind FROM memories m CROSS JOIN sources s"
        " ON s.id = m.source_id ORDER BY m.rowid"
    ).fetchall()
    every = np.array([row[0] for row in rows], dtype=np.int64)
    fits = np.array([row[1] in wanted for row in rows], dtype=bool)
    made = derived(c)
    if made:
        fits &= ~np.isin(every, _made_outside(c, made, set(every[~fits].tolist())))
    if to_recall:
        fits &= np.array([row[2] in ("active", "dormant") for row in rows], dtype=bool)
    told = np.array([row[3] != "topic" for row in rows], dtype=bool)
    return Reach(every[fits], every[~fits], int(np.count_nonzero(fits & told)))


def derived(c: Connection) -> dict[int, list[str]]:
    """Rows made from other memories, with the ids of those."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    rows = c.execute(
        "SELECT rowid, provenance FROM memories"
        " WHERE instr(provenance, '\"from\"') OR instr(provenance, ?)",
        (f'"{USED}"',),
    )
    for rowid, provenance in rows:
        said = json.loads(provenance)
        found[rowid] += [*_strings(said.get("from")), *_strings(said.get(USED))]
    answers = c.execute(
        "SELECT m.rowid, x.citations FROM messages x JOIN memories m ON m.ref = x.id"
        " WHERE x.citations <> '[]'"
    )
    for rowid, citations in answers:
        found[rowid] += [str(cited.get("memory")) for cited in json.loads(citations)]
    for rowid, said_in in c.execute(_TOLD_OF_FACTS):
        found[rowid].append(said_in)
    return dict(found)


def _made_outside(c: Connection, made: Mapping[int, list[str]], outside: set[int]) -> list[int]:
    """Rows made, by however many steps, from a row outside. An origin that is gone counts as
    nothing."""
    ids = list({id_ for origins in made.values() for id_ in origins})
    rows = c.execute(
        "SELECT id, rowid FROM memories WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    place: dict[str, int] = {row[0]: row[1] for row in rows}
    out = set(outside)
    while new := [
        row
        for row, origins in made.items()
        if row not in out and any(place.get(id_) in out for id_ in origins)
    ]:
        out.update(new)
    return sorted(out - outside)


def _strings(value: object) -> Iterable[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


# -- looking and setting


def names(c: Connection) -> list[str]:
    """Every scope; ``HOME`` first, then by name."""
    rows = c.execute(
        "SELECT scope FROM sources UNION SELECT scope FROM chats UNION SELECT scope FROM folders"
    )
    return sorted({HOME, *(row[0] for row in rows)}, key=lambda one: (one != HOME, one))


def counts(c: Connection) -> list[ScopeCount]:
    """Every scope with what it holds; ``HOME`` first, then by name."""
    found: dict[str, dict[str, int]] = {HOME: {}}
    for what, sql in (
        ("sources", "SELECT scope, count(*) FROM sources GROUP BY scope"),
        (
            "memories",
            "SELECT s.scope, count(*) FROM memories m JOIN sources s ON s.id = m.source_id"
            " WHERE m.kind <> 'topic' GROUP BY s.scope",
        ),
        ("chats", "SELECT scope, count(*) FROM chats GROUP BY scope"),
        ("folders", "SELECT scope, count(*) FROM folders GROUP BY scope"),
    ):
        for scope, count in c.execute(sql):
            found.setdefault(scope, {})[what] = count
    names = sorted(found, key=lambda one: (one != HOME, one))
    return [
        ScopeCount(
            one, *(found[one].get(w, 0) for w in ("sources", "memories", "chats", "folders"))
        )
        for one in names
    ]


def set_sources(c: Connection, source_ids: Sequence[str], scope: str) -> int:
    """Give sources a scope, with the conversations that came from them and the chats they are;
    returns how many sources there were."""
    every = dict.fromkeys(source_ids)
    for id_ in source_ids:
        rows = c.execute("SELECT id FROM sources WHERE parent_id = ?", (id_,))
        every |= dict.fromkeys(row[0] for row in rows)
    c.executemany("UPDATE sources SET scope = ? WHERE id = ?", [(scope, id_) for id_ in every])
    c.executemany("UPDATE chats SET scope = ? WHERE id = ?", [(scope, id_) for id_ in every])
    return len(every)


def set_folder(c: Connection, folder_id: str, scope: str) -> int:
    """What comes from a folder, and came from it; returns how many sources have it now."""
    c.execute("UPDATE folders SET scope = ? WHERE id = ?", (scope, folder_id))
    rows = c.execute("SELECT id FROM sources WHERE folder_id = ?", (folder_id,)).fetchall()
    return set_sources(c, [row[0] for row in rows], scope)


def of_folder(c: Connection, folder_id: str | None) -> str:
    row = c.execute("SELECT scope FROM folders WHERE id = ?", (folder_id,)).fetchone()
    return HOME if row is None else str(row[0])


def of_chat(c: Connection, chat_id: str) -> tuple[str, list[str] | None]:
    """The scope of what is said in a chat, and the scopes it may use (None: all)."""
    row = c.execute("SELECT scope, scopes FROM chats WHERE id = ?", (chat_id,)).fetchone()
    if row is None:
        return HOME, None
    return str(row[0]), None if row[1] is None else list(_strings(json.loads(row[1])))


def set_chat(c: Connection, chat_id: str, scope: str, allowed: Sequence[str] | None) -> None:
    stored = None if allowed is None else json.dumps(sorted(set(allowed)), ensure_ascii=False)
    c.execute("UPDATE chats SET scope = ?, scopes = ? WHERE id = ?", (scope, stored, chat_id))
    c.execute("UPDATE sources SET scope = ? WHERE id = ?", (scope, chat_id))
