"""What a zip claims about itself, checked before anything is unpacked.

``zipfile`` never gives out more than the declared size of a member, so declared sizes can be
trusted as limits (not as truth).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from memory.errors import Unreadable
from memory.ingest.detect import damaged, encrypted_file
from memory.ingest.readers.common import Limits

MAX_MEMBERS = 50_000
MAX_RATIO = 200  # honest text reaches 20, repetitive XML 100
RATIO_FROM = 4 << 20  # bytes; below this a ratio says nothing


def check_members(path: Path, members: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse password, bomb and absurd sizes.

    Raises:
        Unreadable: with the reason.
    """
    total = 0
    for count, member in enumerate(members, 1):
        if member.flag_bits & 0x1:
            raise encrypted_file(path)
        total += member.file_size
        inflated = member.file_size > RATIO_FROM
        if inflated and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise _bomb(path, member.file_size)
        if total > 12 * limits.text_chars or count > MAX_MEMBERS:
            raise _bomb(path, total)


def read_member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The bytes of one checked member."""
    try:
        return archive.read(member)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        # NotImplementedError (an odd compression) is a RuntimeError too.
        raise damaged(path, f"{member.filename} in it cannot be unpacked.") from error


def _bomb(path: Path, size: int) -> Unreadable:
    return Unreadable(
        "The archive unpacks to too much",
        f"It would grow to {size >> 20} MB or more. Files made to do that are called zip bombs; "
        "nothing of it was unpacked.",
        "If you trust it, unpack it yourself and add what you need.",
        item=str(path),
    )
