"""The one embedder of the daemon, loaded when first needed, shared by who embeds and who counts.

Loading takes a moment (onnxruntime), so it happens on the index thread; a note or a file that
arrives before waits for it on its own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.embedder import Embedder, TokenVectors, Vectors


class SharedEmbedder:
    """Any thread may ask; the index thread closes it when it stops."""

    name = "all-MiniLM-L6-v2"
    """For people; the id stored with the vectors is the embedder's own."""

    def __init__(self) -> None:
        self._loading = threading.Lock()
        self._embedder: Embedder | None = None

    def get(self) -> Embedder:
        """The embedder, loaded if need be.

        Raises:
            models.errors.EmbedderMissing: its files are absent or damaged.
        """
        with self._loading:
            if self._embedder is None:
                from models.embedder import load_embedder

                self._embedder = load_embedder()
            return self._embedder

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as the embedder counts them."""
        return self.get().count_tokens(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of texts, on the caller's thread; for a few sentences."""
        return self.get().embed(texts)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The same with the vectors of their tokens."""
        return self.get().embed_tokens(texts)
