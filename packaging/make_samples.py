"""Makes the sample files that are no plain text: PDF, DOCX and the two exports of chats.

    python packaging/make_samples.py [FOLDER]

The same content every time; the archives of chats are stored, not compressed, and the PDF is
plain, so these are the same to the byte on every machine.
The other samples in ``assets/sample/`` are written by hand.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import sample_chats  # noqa: E402
import sample_papers  # noqa: E402
from docx import Document  # noqa: E402
from pdf_writer import Line, width_of, wrap, write_pdf  # noqa: E402

_LEFT, _WIDTH, _TOP = 72.0, 420.0, 770.0
_STAMP = (2025, 12, 28, 12, 0, 0)


def lease() -> bytes:
    """Three pages; words are hyphenated at line ends as a typesetter would."""
    pages = []
    count = len(sample_papers.LEASE)
    for number, page in enumerate(sample_papers.LEASE, 1):
        lines: list[Line] = []
        y = _TOP
        for part in page:
            kind, text = part if isinstance(part, tuple) else ("p", part)
            size = {"h1": 20.0, "h": 13.5}.get(kind, 11.0)
            y -= {"h1": 6.0, "h": 14.0}.get(kind, 6.0)
            bold = kind in ("h1", "h")
            for words in wrap(text, size, _WIDTH):
                y -= size * 1.3
                lines.append(Line(_LEFT, y, size, words, bold))
        foot = f"{number} / {count}"
        lines.append(Line(_LEFT + (_WIDTH - width_of(foot, 9)) / 2, 40, 9, foot))
        pages.append(lines)
    return write_pdf(pages, sample_papers.LEASE_TITLE, "D:20240303100000Z")


def letter() -> bytes:
    """The letter, with python-docx's template and the dates of the letter."""
    document = Document()
    for part in sample_papers.LETTER:
        if isinstance(part, list):
            table = document.add_table(rows=0, cols=len(part[0]), style="Table Grid")
            for row in part:
                for cell, text in zip(table.add_row().cells, row, strict=True):
                    cell.text = text
        else:
            document.add_paragraph(part[1], style=part[0])
    properties = document.core_properties
    properties.title = sample_papers.LETTER_TITLE
    properties.author = "Maren Holt"
    properties.comments = ""
    properties.created = properties.modified = datetime(2024, 11, 17, 18, 20)
    properties.last_modified_by = "Maren Holt"
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as made:
        members = {name: made.read(name) for name in made.namelist()}
    return _archive(members, zipfile.ZIP_DEFLATED)


def chatgpt_export() -> bytes:
    conversations = sample_chats.chatgpt_conversations()
    page = "<!DOCTYPE html><title>Chats</title><p>Open conversations.json instead.</p>"
    return _archive(
        {
            "user.json": _json({"id": "user-sample", "email": "maren@example.org"}),
            "conversations.json": _json(conversations),
            "message_feedback.json": _json([]),
            "chat.html": page.encode(),
        }
    )


def claude_export() -> bytes:
    return _archive(
        {
            "users.json": _json([{"uuid": "sample", "full_name": "Maren Holt"}]),
            "projects.json": _json([]),
            "conversations.json": _json(sample_chats.claude_conversations()),
        }
    )


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _archive(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _STAMP)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, method)
    return buffer.getvalue()


MADE = {
    "lease.pdf": lease,
    "letter-to-landlady.docx": letter,
    "chatgpt-export.zip": chatgpt_export,
    "claude-export.zip": claude_export,
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in MADE.items():
        (folder / name).write_bytes(make())
        print(folder / name)


if __name__ == "__main__":
    default = Path(__file__).resolve().parent.parent / "assets" / "sample"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
