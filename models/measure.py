"""Measures this machine and remembers the figures: ``python -P -m models.measure DISK CACHE``.

A program of its own, so that whoever wants the figures can go on, and can end it half way.
Exit codes: 0 measured, 1 not, with the reason on the error stream.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from models.errors import ModelError
from models.hardware import measure


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="models.measure")
    parser.add_argument("disk", type=Path, help="the folder that models lie in")
    parser.add_argument("cache", type=Path, help="JSON file that keeps the figures")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args(arguments)
    try:
        measure(args.disk, args.threads, args.cache)
    except ModelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
