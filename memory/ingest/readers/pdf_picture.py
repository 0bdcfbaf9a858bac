"""A PDF page as PNG, with the rectangles of a passage. Runs in the reader child."""

from __future__ import annotations

import ctypes
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium_c

from memory.errors import NotFound
from memory.ingest.readers.pdf import open_pdf
from memory.ingest.readers.pdf_page import char_index, page_text, source_ranges

MAX_WIDTH = 4000
MAX_PIXELS = 24_000_000


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    png: bytes
    marks: tuple[tuple[float, float, float, float], ...]  # left, top, width, height in pixels


def render(path: Path, number: int, start: int, end: int, width: int) -> Picture:
    """Page ``number`` (from 1), ``width`` pixels wide; ``start:end`` within the page's text.

    Raises:
        NotFound: no such page.
        Unreadable: see ``open_pdf``.
    """
    document = open_pdf(path)
    if not 1 <= number <= len(document):
        raise NotFound(
            "There is no such page",
            f"The document has {len(document)} pages.",
            "It may have changed; add it again.",
            item=str(path),
        )
    page = document[number - 1]
    points_wide, points_high = page.get_size()
    wanted = min(max(width, 64), MAX_WIDTH)
    scale = min(wanted / points_wide, (MAX_PIXELS / (points_wide * points_high)) ** 0.5)
    bitmap = page.render(scale=scale, rev_byteorder=True, fill_color=(255, 255, 255, 255))
    png = _png(bitmap)
    marks = _marks(page, start, end, bitmap.width, bitmap.height)
    return Picture(bitmap.width, bitmap.height, png, marks)


def _marks(
    page: Any, start: int, end: int, width: int, height: int
) -> tuple[tuple[float, float, float, float], ...]:
    textpage = page.get_textpage()
    text = page_text(textpage)
    marks = []
    for first, last in source_ranges(text, start, end):
        a = char_index(textpage, text.raw, first)
        b = char_index(textpage, text.raw, last - 1) + 1
        for n in range(textpage.count_rects(a, b - a)):
            left, bottom, right, top = textpage.get_rect(n)
            x1, y1 = _to_pixels(page, width, height, left, top)
            x2, y2 = _to_pixels(page, width, height, right, bottom)
            # Letters alone look pinched: a little air, as a marker pen leaves.
            air = abs(y2 - y1) * 0.15
            marks.append((float(min(x1, x2)), min(y1, y2) - air, float(abs(x2 - x1)),
                          abs(y2 - y1) + 2 * air))  # fmt: skip
    return tuple(marks)


def _to_pixels(page: Any, width: int, height: int, x: float, y: float) -> tuple[int, int]:
    """Page points to pixels, with the page's own rotation and crop."""
    px, py = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(
        page, 0, 0, width, height, 0, x, y, ctypes.byref(px), ctypes.byref(py)
    )
    return px.value, py.value


def _png(bitmap: Any) -> bytes:
    """PNG by hand (ISO 15948): one library less in the process that handles foreign files."""
    channels = bitmap.n_channels
    colour = {1: 0, 3: 2, 4: 6}[channels]
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer).cast("B")
    rows = bytearray()
    for y in range(height):
        rows += b"\x00"
        rows += pixels[y * stride : y * stride + width * channels]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _part(b"IHDR", header)
        + _part(b"IDAT", zlib.compress(bytes(rows), 3))
        + _part(b"IEND", b"")
    )


def _part(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
