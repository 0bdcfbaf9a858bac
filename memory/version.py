"""The version of the installed program. Light: loads nothing of ours."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=1)
def program_version() -> str:
    """Version of the installed program, as its package says."""
    try:
        return metadata.version("recollect")
    except metadata.PackageNotFoundError:
        return "0+source"
