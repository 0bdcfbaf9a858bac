"""Makes the axes on which the vectors of single tokens are kept, 96 instead of 384.

The principal axes of the shipped embedder's last layer over some 60,000 tokens of English: the
docstrings of Python's own library (only their statistics end up in the file) and this project's
samples and documents. Tokens that are function words or marks are listed, to be left out. Run

    python packaging/make_token_axes.py

Late interaction on reduced vectors: Santhanam et al., ColBERTv2, arXiv 2112.01488.
"""

from __future__ import annotations

import ast
import random
import re
import string
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from memory.understand import is_function_word
from models.embedder import Embedder
from models.token_vectors import AXES_FILE, DIMENSIONS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "assets" / "models" / "all-MiniLM-L6-v2"
SENTENCES = 3_000
_ENDINGS = ("s", "t", "m", "d", "re", "ve", "ll", "’", "“", "”", "–", "—", "…")


def main() -> None:
    embedder = Embedder(FOLDER, threads=2)
    sentences = sorted(set(_sentences()))
    random.Random(1).shuffle(sentences)
    seen = embedder.embed_tokens(sentences[:SENTENCES])
    rows = np.concatenate([one.vectors for one in seen]).astype(np.float64)
    mean = rows.mean(axis=0)
    _values, axes = np.linalg.eigh(np.cov((rows - mean).T))
    axes = axes[:, ::-1][:, :DIMENSIONS]
    # A sign for each axis, so that every run writes the same file.
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(DIMENSIONS)])
    np.savez(
        FOLDER / AXES_FILE,
        mean=mean.astype(np.float32),
        axes=axes.astype(np.float16),
        ignored=np.array(sorted(_ignored(embedder)), np.int32),
    )
    print(f"{len(rows)} tokens, {FOLDER / AXES_FILE}")


def _sentences() -> Iterator[str]:
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted([*library.glob("*.py"), *library.glob("email/*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8", "replace"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                yield from _cut(ast.get_docstring(node) or "")
    texts = (ROOT / "assets" / "sample").rglob("*")
    for path in sorted([*texts, *ROOT.glob("*.md"), *(ROOT / "assets" / "docs").glob("*.md")]):
        if path.suffix in (".md", ".txt", ".jsonl", ".csv", ".html"):
            yield from _cut(path.read_text("utf-8", "replace"))


def _cut(text: str) -> Iterator[str]:
    for part in re.split(r"(?<=[.!?])\s+|\n", text):
        if 20 < len(part.strip()) < 300:
            yield part.strip()


def _ignored(embedder: Embedder) -> set[int]:
    marks = {*string.punctuation, *_ENDINGS}
    return {
        at for word, at in embedder.vocabulary().items() if word in marks or is_function_word(word)
    }


if __name__ == "__main__":
    main()
