"""The one embedder of the daemon, loaded when first needed, shared by who embeds and who counts.

Loading takes a moment (onnxruntime), so it happens on the index thread; a note or a file that
arrives before waits for it on its own thread. ``memory.reembedding`` puts another in its place.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.embedder import Embedder, Vectors

BUILT_IN = "all-MiniLM-L6-v2"


def open_embedder(path: str) -> Embedder:
    """The built-in one, or one of the person's own from a folder.

    Raises:
        models.errors.EmbedderMissing: files of the built-in one are absent or damaged.
        models.errors.BadModelFile: the folder holds no embedding model.
    """
    if not path:
        from models.embedder import load_embedder

        return load_embedder()
    from models.disk_embedder import DiskEmbedder

    return DiskEmbedder(Path(path))


class SharedEmbedder:
    """Any thread may ask; the index thread closes it when it stops.

    ``path`` is the folder of the model in use, empty for the built-in one.
    """

    def __init__(self, path: str = "") -> None:
        self._loading = threading.Lock()
        self._embedder: Embedder | None = None
        self.path = path

    @property
    def name(self) -> str:
        """For people; the id stored with the vectors is the embedder's own."""
        return Path(self.path).name if self.path else BUILT_IN

    def get(self) -> Embedder:
        """The embedder, loaded if need be.

        Raises:
            models.errors.ModelError: see ``open_embedder``.
        """
        with self._loading:
            if self._embedder is None:
                self._embedder = open_embedder(self.path)
            return self._embedder

    def use(self, embedder: Embedder, path: str) -> None:
        """Hand out this one from now on; whoever still works with the old one may finish."""
        with self._loading:
            self._embedder, self.path = embedder, path

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the embedder counts them."""
        return self.get().count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, on the caller's thread; for a few sentences."""
        return self.get().embed(texts)
