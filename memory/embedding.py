"""The one embedder of the daemon, loaded when first needed, shared by who embeds and who counts.

Loading takes a moment (onnxruntime), so it happens on the index thread; a note or a file that
arrives before waits for it on its own thread. ``memory.reembedding`` puts another in its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from models.embedder import TokenVectors
    from models.pooling import Vectors

BUILT_IN = "all-MiniLM-L6-v2"


class AnyEmbedder(Protocol):
    """What all of ``models``' embedders have in common; see ``models.pooling.PooledEmbedder``."""

    @property
    def model_id(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed(self, texts: Sequence[str], between: Callable[[], bool] | None = None) -> Vectors: ...
    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...
    def release(self) -> None: ...
    def close(self) -> None: ...


@runtime_checkable
class WithTokens(Protocol):
    """One that also tells the vectors of single tokens."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]: ...


def open_embedder(path: str) -> AnyEmbedder:
    """The built-in one, or one of the person's own: a folder with an ONNX model, a GGUF file.

    Raises:
        models.errors.EmbedderMissing: files of the built-in one are absent or damaged.
        models.errors.BadModelFile: there is no embedding model.
    """
    if not path:
        from models.embedder import load_embedder

        return load_embedder()
    if path.lower().endswith(".gguf"):
        from models.gguf_embedder import GgufEmbedder

        return GgufEmbedder(Path(path))
    from models.disk_embedder import DiskEmbedder

    return DiskEmbedder(Path(path))


class SharedEmbedder:
    """Any thread may ask; the index thread closes it when it stops.

    ``path`` is where the model in use lies, empty for the built-in one.
    """

    def __init__(self, path: str = "") -> None:
        self._loading = threading.Lock()
        self._embedder: AnyEmbedder | None = None
        self.path = path

    @property
    def name(self) -> str:
        """For people; the id stored with the vectors is the embedder's own."""
        return Path(self.path).name.removesuffix(".gguf") if self.path else BUILT_IN

    def get(self) -> AnyEmbedder:
        """The embedder, loaded if need be.

        Raises:
            models.errors.ModelError: see ``open_embedder``.
        """
        with self._loading:
            if self._embedder is None:
                self._embedder = open_embedder(self.path)
            return self._embedder

    def use(self, embedder: AnyEmbedder, path: str) -> None:
        """Hand out this one from now on; whoever still works with the old one may finish."""
        with self._loading:
            old, self._embedder, self.path = self._embedder, embedder, path
        if old is not None:
            old.release()

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the embedder counts them."""
        return self.get().count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, on the caller's thread; for a few sentences."""
        return self.get().embed(texts)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors] | None:
        """The same with the vectors of their tokens; None where the embedder tells none."""
        found = self.get()
        return found.embed_tokens(texts) if isinstance(found, WithTokens) else None
