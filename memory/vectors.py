"""Chroma behind add, delete, query and rebuild. The only user of ``chromadb``.

Chroma is a cache of the vectors in SQLite; it never sees a text. A local index lives in a
numbered folder below ``chroma/``; a rebuild fills a new folder and then moves the file
``current`` over, so that a crash leaves the old index or the new one, and the old folder,
with every byte of deleted vectors, goes.

Vectors are float32 of unit length, compared by inner product, which then is the cosine.
Writing belongs to one thread (``index-store``); ``query`` may be called from another.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from memory.errors import IndexUnavailable
from memory.paths import DataPaths

Matrix = NDArray[np.float32]
Page = tuple[Sequence[str], Matrix]

_CURRENT = "current"
_CLOSED = "closed.json"
_ID_PAGE = 10_000
_SERVER_SECONDS = 60.0
# Chroma writes the whole index to disk every ``sync_threshold`` vectors, and every call gets
# slower with each vector not yet written (measured: 5.5 us each, chromadb 1.5.9).
_SYNC_THRESHOLD = 4_000
# Wider than the library's 100 and 100. Measured: of an outlier beside 300 memories all alike every
# eightieth index lost it, with these none of 557; of the 60 nearest among 20,000 sentences
# 99 % are found instead of 96 %. A vector costs 0.15 ms more to add.
_SEARCH_WIDTH, _BUILD_WIDTH = 200, 200


@dataclass(frozen=True, slots=True)
class Beside:
    """An index filled beside the one in use; ``total`` is how many vectors it holds."""

    client: Any
    collection: Any
    folder: str
    name: str
    dimension: int
    total: int


class Vectors:
    """One open index. Use ``Vectors.open``; every method raises ``IndexUnavailable``."""

    def __init__(self, client: Any, name: str, dimension: int, root: Path | None, folder: str):
        self._client = client
        self._name = name
        self._dimension = dimension
        self._root = root
        self._folder = folder
        self._lock = threading.Lock()  # a query against the swap of a rebuild
        self._collection = _guarded(_collection, client, name, dimension)
        self._largest = int(_guarded(client.get_max_batch_size))

    @classmethod
    def open(
        cls, paths: DataPaths, dimension: int, url: str = "", *, name: str = "memories"
    ) -> Vectors:
        """Open the index, or start an empty one.

        ``url`` leads to a Chroma server; else the data folder holds the index. The caller has
        probed a folder that was not ``closed_properly``.
        """
        if url:
            return cls(_guarded(_open_server, url), name, dimension, None, "")
        root = paths.chroma
        root.mkdir(parents=True, exist_ok=True)
        if os.name == "posix":
            root.chmod(0o700)
        folder = _current(root)
        if folder is None:
            folder = _next_folder(root)
            (root / folder).mkdir()
            _set_current(root, folder)
        _remove_others(root, folder)
        (root / _CLOSED).unlink(missing_ok=True)
        return cls(_guarded(open_local, str(root / folder)), name, dimension, root, folder)

    def load(self) -> None:
        """Read the index into memory, which takes seconds where it is large.

        Whichever call comes first does that, and of all of them only ``get`` and ``query`` let
        go of Python's lock (chromadb 1.5.9): with another one everything would stand still.
        """
        _guarded(self._collection.get, include=[], limit=1)

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add or replace; ``vectors`` is (n, dimension) float32 of unit length."""
        if not len(ids):
            return
        _guarded(self._add, self._collection, ids, vectors)

    def delete(self, ids: Sequence[str]) -> None:
        """Remove; ids that are not there are no error."""
        for start in range(0, len(ids), self._largest):
            part = list(ids[start : start + self._largest])
            _guarded(self._collection.delete, ids=part)

    def query(self, vector: NDArray[np.float32], limit: int) -> list[tuple[str, float]]:
        """The nearest as ``(memory id, cosine)``, best first."""
        with self._lock:
            found = _guarded(
                self._collection.query,
                query_embeddings=[vector],
                n_results=limit,
                include=["distances"],
            )
        return [
            (id_, 1.0 - float(distance))
            for id_, distance in zip(found["ids"][0], found["distances"][0], strict=True)
        ]

    def count(self) -> int:
        return int(_guarded(self._collection.count))

    def holds(self, ids: Sequence[str]) -> bool:
        """Whether all of these are there."""
        return not self.missing(ids)

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of these that are not there."""
        found = _guarded(self._collection.get, ids=list(ids), include=[]) if ids else {"ids": []}
        held = set(found["ids"])
        return [id_ for id_ in ids if id_ not in held]

    def all_ids(self) -> Iterator[str]:
        """Every id, read in pages."""
        offset = 0
        while True:
            page = _guarded(self._collection.get, include=[], limit=_ID_PAGE, offset=offset)
            ids = page["ids"]
            yield from ids
            if len(ids) < _ID_PAGE:
                return
            offset += len(ids)

    def rebuild(self, pages: Iterable[Page]) -> int:
        """Fill a new index from ``pages`` and use it; returns how many vectors it holds.

        The old one answers until the new one is complete. On a server there is no second
        folder: the collection is emptied and filled again.
        """
        if self._root is None:
            return self._refill(pages)
        beside = self.prepare(pages, self._name, self._dimension)
        self.adopt(beside)
        return beside.total

    def prepare(self, pages: Iterable[Page], name: str, dimension: int) -> Beside:
        """Fill another index beside this one, which goes on answering; ``adopt`` uses it."""
        folder, client = "", self._client
        if self._root is not None:
            folder = _next_folder(self._root)
            (self._root / folder).mkdir()
            client = _guarded(open_local, str(self._root / folder))
        try:
            collection = _guarded(_collection, client, name, dimension)
            total = self._fill(collection, pages)
        except BaseException:
            if self._root is not None:
                _close(client)
                shutil.rmtree(self._root / folder, ignore_errors=True)
            raise
        return Beside(client, collection, folder, name, dimension, total)

    def adopt(self, beside: Beside) -> None:
        """Use the other index from now on; the old one goes, with every byte of it."""
        with self._lock:
            old, self._client = self._client, beside.client
            gone, self._name = self._name, beside.name
            self._collection, self._dimension = beside.collection, beside.dimension
            if self._root is None:
                if gone != beside.name:
                    _guarded(self._client.delete_collection, gone)
                return
            self._folder = beside.folder
            _set_current(self._root, beside.folder)
            _close(old)
        _remove_others(self._root, beside.folder)

    def forsake(self, beside: Beside) -> None:
        """Throw the other index away again."""
        if self._root is None:
            _guarded(beside.client.delete_collection, beside.name)
            return
        _close(beside.client)
        shutil.rmtree(self._root / beside.folder, ignore_errors=True)

    def close(self) -> None:
        """Close, and note the state of the files so that the next start need not probe."""
        with self._lock:
            _close(self._client)
            if self._root is not None:
                _write(self._root / _CLOSED, json.dumps(_state_of(self._root / self._folder)))

    def abandon(self) -> None:
        """Close without that note: the next start has to look closely."""
        with self._lock:
            _close(self._client)

    def _refill(self, pages: Iterable[Page]) -> int:
        with self._lock:
            _guarded(self._client.delete_collection, self._name)
            self._collection = _guarded(_collection, self._client, self._name, self._dimension)
        return self._fill(self._collection, pages)

    def _fill(self, collection: Any, pages: Iterable[Page]) -> int:
        total = 0
        for ids, vectors in pages:
            if len(ids):
                _guarded(self._add, collection, ids, vectors)
                total += len(ids)
        return total

    def _add(self, collection: Any, ids: Sequence[str], vectors: Matrix) -> None:
        for start in range(0, len(ids), self._largest):
            end = start + self._largest
            collection.upsert(ids=list(ids[start:end]), embeddings=vectors[start:end])


def closed_properly(paths: DataPaths) -> bool:
    """Whether the folder stands as ``close`` left it (same names, sizes and times)."""
    folder = _current(paths.chroma)
    try:
        noted = json.loads((paths.chroma / _CLOSED).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return folder is not None and bool(noted == _state_of(paths.chroma / folder))


def current_folder(paths: DataPaths) -> Path | None:
    """The folder a probe has to look at; None if there is no index yet."""
    folder = _current(paths.chroma)
    return None if folder is None else paths.chroma / folder


def discard(paths: DataPaths) -> None:
    """Throw the local index away (it is a cache); only while nothing has it open."""
    if paths.chroma.is_symlink() or paths.chroma.is_file():
        paths.chroma.unlink()  # something else took its place
    shutil.rmtree(paths.chroma, ignore_errors=True)


def bytes_on_disk(paths: DataPaths) -> int:
    return sum(size for _name, size, _time in _state_of(paths.chroma)["files"])


def open_local(folder: str) -> Any:
    """A Chroma client on a local folder: no telemetry, no settings from elsewhere."""
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))


def _open_server(url: str) -> Any:
    import chromadb
    from chromadb.config import Settings

    parts = urlsplit(url if "//" in url else f"http://{url}")
    client: Any = chromadb.HttpClient(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 8000,
        ssl=parts.scheme == "https",
        settings=Settings(anonymized_telemetry=False),
    )
    # WORKAROUND: chromadb 1.5.9 waits for ever for an answer (chromadb/api/fastapi.py).
    client._server._session.timeout = _SERVER_SECONDS
    return client


def _collection(client: Any, name: str, dimension: int) -> Any:
    return client.get_or_create_collection(
        name,
        embedding_function=None,  # the default one would download a model
        metadata={"dimension": dimension},
        configuration={
            "hnsw": {
                "space": "ip",
                "sync_threshold": _SYNC_THRESHOLD,
                "ef_search": _SEARCH_WIDTH,
                "ef_construction": _BUILD_WIDTH,
            }
        },
    )


def _close(client: Any) -> None:
    _guarded(client.close)
    # WORKAROUND: chromadb 1.5.9 leaves the connections to a server open (same place).
    for part in (client, client._admin_client):
        session = getattr(part._server, "_session", None)
        if session is not None:
            session.close()


def _guarded(call: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Chroma's errors, its native panics included, as ``IndexUnavailable``."""
    try:
        return call(*args, **named)
    except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexUnavailable):
        raise
    except BaseException as error:
        raise IndexUnavailable(
            "Search by meaning is not available",
            f"Its index reported {type(error).__name__}.",
            "Search by words goes on; the index is rebuilt by itself.",
        ) from error


# -- the folder of a local index


def _current(root: Path) -> str | None:
    try:
        name = (root / _CURRENT).read_text("utf-8").strip()
    except (OSError, ValueError):
        return None
    return name if name.startswith("index-") and (root / name).is_dir() else None


def _set_current(root: Path, folder: str) -> None:
    _write(root / _CURRENT, folder)


def _next_folder(root: Path) -> str:
    numbers = [int(p.name[6:]) for p in root.glob("index-*") if p.name[6:].isdigit()]
    return f"index-{max(numbers, default=0) + 1:06d}"


def _remove_others(root: Path, folder: str) -> None:
    for path in root.iterdir():
        if path.is_dir() and path.name != folder:
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _state_of(folder: Path) -> dict[str, Any]:
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            about = path.stat()
            files.append([str(path.relative_to(folder)), about.st_size, about.st_mtime_ns])
    return {"files": files}
