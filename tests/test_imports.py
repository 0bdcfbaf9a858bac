"""The module map, enforced: who may import whom, and who alone may import what.

Every Python file is parsed, so an import inside a function counts too.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("app", "memory", "models")

ALLOWED = {
    "app": {"app", "memory.client", "memory.protocol"},
    "memory": {"memory", "models"},
    "models": {"models"},
}
# Package -> the only places that may import it.
SINGLE_IMPORTERS = {
    "PySide6": ("app/",),
    "pyqtgraph": ("app/",),
    "sqlite3": ("memory/store/",),
    "sqlite_utils": ("memory/store/",),
    "chromadb": ("memory/vectors.py", "memory/chroma_probe.py"),
    "llama_cpp": (
        "models/worker/opening.py",
        "models/worker/embedding.py",
        "models/flash_bench/stock.py",
    ),
    "huggingface_hub": ("models/download.py", "models/hub.py"),
    "httpx2": ("models/download.py", "models/hub.py"),
    "requests": (),
    "urllib.request": (),
    "aiohttp": (),
}


def _files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(tree: ast.Module) -> set[str]:
    """Dotted names of everything imported; ``from a import b`` gives ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the module map"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _forbidden(package: str, names: set[str]) -> list[str]:
    ours = [n for n in names if n.split(".")[0] in OURS]
    return [n for n in ours if not any(_below(n, allowed) for allowed in ALLOWED[package])]


def _foreign(path: str, names: set[str]) -> list[str]:
    return [
        name
        for name in names
        for package, places in SINGLE_IMPORTERS.items()
        if _below(name, package) and not any(path.startswith(place) for place in places)
    ]


@pytest.mark.parametrize("package", OURS)
def test_only_allowed_edges(package: str) -> None:
    files = _files(package)
    assert files, f"{package}/ holds no Python file"
    wrong = {}
    for file in files:
        names = _imports(ast.parse(file.read_text("utf-8")))
        path = file.relative_to(ROOT).as_posix()
        if bad := _forbidden(package, names) + _foreign(path, names):
            wrong[path] = bad
    assert wrong == {}


@pytest.mark.parametrize("package", ["memory", "models"])
def test_opening_the_window_loads_no_engine(package: str) -> None:
    assert (ROOT / package / "__init__.py").read_text("utf-8").strip() == ""


def test_the_rule_itself_can_fail() -> None:
    names = _imports(ast.parse("def f():\n    from memory.store import db\n    import sqlite3\n"))
    assert _forbidden("app", names) == ["memory.store.db"]
    assert _foreign("app/x.py", names) == ["sqlite3"]
    assert _forbidden("models", {"memory.clock"}) == ["memory.clock"]
    assert _forbidden("app", {"memory.client.Client", "memory.protocol"}) == []
