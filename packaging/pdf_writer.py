"""A small writer of PDF files (ISO 32000-1) for the samples and for tests.

Text in Helvetica at given places, nothing else; the same input gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Advance widths of Helvetica for the characters 32-126, in 1/1000 of the size (Adobe's AFM).
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of text; ``x`` and ``y`` are points from the lower left of an A4 page."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False


def width_of(text: str, size: float) -> float:
    """Width in points; letters outside of ASCII count as wide as ``n``."""
    units = sum(_WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else 556 for c in text)
    return units * size / 1000


def wrap(text: str, size: float, width: float) -> list[str]:
    """Lines of at most ``width`` points; a word written as ``ad|vance`` may be cut there."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        whole = word.replace("|", "")
        trial = f"{current} {whole}".strip()
        if width_of(trial, size) <= width:
            current = trial
            continue
        head, _, rest = word.partition("|")
        if rest and width_of(f"{current} {head}-", size) <= width:
            lines.append(f"{current} {head}-")
            current = rest
        else:
            lines.append(current)
            current = whole
    return [*lines, current] if current else lines


def write_pdf(pages: Sequence[Sequence[Line]], title: str, created: str) -> bytes:
    """The file. ``created`` is a PDF date such as ``D:20250314101500+01'00'``."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    face = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    plain, bold = add(face % b"Helvetica"), add(face % b"Helvetica-Bold")
    tree = len(objects) + 2 * len(pages) + 1
    kids = []
    for lines in pages:
        stream = b"".join(_show(line) for line in lines)
        content = add(b"<< /Length %d >>\nstream\n%sendstream" % (len(stream), stream))
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                b"/Resources << /Font << /F1 %d 0 R /F2 %d 0 R >> >> >>"
                % (tree, content, plain, bold)
            )
        )
    add(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), _references(kids)))
    root = add(b"<< /Type /Catalog /Pages %d 0 R >>" % tree)
    info = add(b"<< /Title %s /CreationDate (%s) >>" % (_string(title), created.encode()))
    return assemble(objects, root, b"/Info %d 0 R" % info)


def assemble(objects: Sequence[bytes], root: int, trailer: bytes) -> bytes:
    """Objects with their table of places."""
    output = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(output))
        output += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(output)
    output += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    output += b"".join(b"%010d 00000 n \n" % place for place in places)
    output += b"trailer\n<< /Size %d /Root %d 0 R %s >>\n" % (len(objects) + 1, root, trailer)
    return bytes(output + b"startxref\n%d\n%%%%EOF\n" % table)


def _show(line: Line) -> bytes:
    font = 2 if line.bold else 1
    return b"BT /F%d %g Tf %g %g Td %s Tj ET\n" % (
        font, line.size, line.x, line.y, _string(line.text)
    )  # fmt: skip


def _string(text: str) -> bytes:
    data = text.encode("cp1252")
    for mark in (b"\\", b"(", b")"):
        data = data.replace(mark, b"\\" + mark)
    return b"(" + data + b")"


def _references(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
