"""Vectors lie by the row of their memory, those of its tokens beside them."""

from __future__ import annotations

import numpy as np

from memory.clock import SystemClock
from memory.paths import DataPaths
from memory.store import embeddings, outbox, words
from memory.store.db import Database
from memory.store.migrations import STEPS

STEPS_WITH_IDS = STEPS[:3]  # vectors and tokens in two tables, by the id of their memory
NAMES = ("m1", "m2", "m3")
OLD_ROWS = [
    "INSERT INTO sources (id, kind, title, state, added_ms, updated_ms)"
    " VALUES ('s', 'note', 'A note', 'ready', 0, 0)",
    *(
        "INSERT INTO memories (id, kind, text, text_hash, source_id, position, start, end,"
        f" learnt_ms, stability_days, difficulty, reviewed_ms) VALUES ('{id_}', 'note', '{id_}',"
        f" x'00', 's', {position}, 0, 2, 0, 1, 5, 0)"
        for position, id_ in enumerate(NAMES)
    ),
]
TOKENS = np.arange(2 * words.TOKEN_WIDTH, dtype=np.int8).reshape(2, -1)


def test_vectors_of_an_older_database_are_all_kept(paths: DataPaths) -> None:
    old = Database(paths, SystemClock(), STEPS_WITH_IDS)
    first, second, third = NAMES
    old.write(lambda c: [c.execute(row) for row in OLD_ROWS])
    packed = {
        id_: embeddings.pack(np.full(4, n, np.float32)) for n, id_ in enumerate((first, second))
    }
    old.write(
        lambda c: [
            c.execute("INSERT INTO embeddings VALUES (?, ?, ?)", (id_, model, vector))
            for id_, vector in packed.items()
            for model in ("m", "other")
        ]
    )
    old.write(
        lambda c: c.execute(
            "INSERT INTO token_vectors VALUES (?, 'm', ?)", (first, TOKENS.tobytes())
        )
    )
    old.close()
    new = Database(paths, SystemClock())
    with new.read() as c:
        for model in ("m", "other"):
            kept = embeddings.get_many(c, [first, second, third], model)
            assert {id_: embeddings.pack(vector) for id_, vector in kept.items()} == packed
        rows = words.rowids_of(c, [first, second, third])
        asked = [rows[first], rows[second], rows[third]]
        found, vectors, tokens = words.vectors_and_tokens(c, asked, "m")
        assert found == asked[:2] and vectors[:, 0].tolist() == [0.0, 1.0]
        assert tokens[0] is not None and np.array_equal(tokens[0], TOKENS) and tokens[1] is None
        assert words.vectors_and_tokens(c, asked, "other")[2] == [None, None]
    new.write(lambda c: c.execute("DELETE FROM memories WHERE id = ?", (first,)))
    with new.read() as c:
        assert [embeddings.count(c, model) for model in ("m", "other")] == [1, 1]
    new.close()


def test_a_vector_that_was_known_keeps_its_tokens(paths: DataPaths) -> None:
    """A memory taken in with its vectors goes through the outbox once more, for the index."""
    database = Database(paths, SystemClock())
    database.write(lambda c: [c.execute(row) for row in OLD_ROWS])
    vector = np.full(4, 0.5, np.float32)

    def through_the_outbox(tokens: embeddings.Tokens | None) -> None:
        database.write(lambda c: outbox.upsert(c, ["m1"]))
        with database.read() as c:
            (work,) = embeddings.take(c, 5, "m")
        done = embeddings.Done(work.seq, "m1", vector, tokens)
        database.write(lambda c: embeddings.done(c, "m", [done]))

    through_the_outbox(TOKENS)
    through_the_outbox(None)
    with database.read() as c:
        _rows, _vectors, kept = words.vectors_and_tokens(c, [words.rowids_of(c, ["m1"])["m1"]], "m")
    assert kept[0] is not None and np.array_equal(kept[0], TOKENS)
    database.close()
