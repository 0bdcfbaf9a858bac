"""``python -m tests.bench`` lists the benchmarks; ``python -m tests.bench NAME`` runs one."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

from tests.bench.data import NoData


def benchmarks() -> dict[str, str]:
    """Names and first lines of every module here that has a ``run`` function."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            about = (ast.get_docstring(tree) or "").partition("\n")[0]
            found[path.stem.replace("_", "-")] = about
    return found


def main(arguments: list[str]) -> int:
    known = benchmarks()
    if not arguments or arguments[0] in ("-h", "--help"):
        for name, about in known.items():
            print(f"{name:18} {about}")
        return 0
    name = arguments[0].replace("_", "-")
    if name not in known:
        print(f"There is no benchmark {name}. Known: {', '.join(known)}.", file=sys.stderr)
        return 2
    module = importlib.import_module(f"tests.bench.{name.replace('-', '_')}")
    try:
        module.run()
    except NoData as missing:
        print(missing)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
