"""Every kind of bad file ends with a title, a reason and a next step, through the real child."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document

from memory.errors import Unreadable
from memory.ingest.reader_process import read_file, stop
from memory.settings import Settings
from tests.unit.memory.ingest.files import (
    as_json,
    encrypted_pdf,
    locked_zip,
    pdf,
    writer,
    zip_bomb,
    zipped,
)

SETTINGS = Settings(max_file_mb=2, max_text_mb=2, read_seconds=60)


@pytest.fixture(scope="module", autouse=True)
def _stop_server() -> Iterator[None]:
    yield
    stop()


def refusal(path: Path, data: bytes, settings: Settings = SETTINGS) -> Unreadable:
    path.write_bytes(data)
    with pytest.raises(Unreadable) as caught:
        read_file(path, settings)
    problem = caught.value
    assert problem.title and problem.message and problem.next_step
    assert problem.item == str(path)
    for words in (problem.title, problem.message, problem.next_step):
        assert "!" not in words and "Error" not in words
    return problem


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)


def test_encrypted_pdf(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.pdf", encrypted_pdf())
    assert problem.title == "The file is locked with a password"
    assert not problem.skipped


def test_pdf_that_opens_without_password_is_read(tmp_path: Path) -> None:
    """An empty user password only forbids copying in polite programs."""
    path = tmp_path / "a.pdf"
    path.write_bytes(encrypted_pdf(b""))
    assert read_file(path, SETTINGS).text == "Secret"


@pytest.mark.parametrize("keep", [0.1, 0.5])
def test_cut_off_pdf(tmp_path: Path, keep: float) -> None:
    whole = pdf([["Some text on a page."] * 40])
    problem = refusal(tmp_path / "a.pdf", whole[: int(len(whole) * keep)])
    assert problem.title == "The file is damaged"


def test_pdf_of_noise(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.pdf", b"%PDF-1.7\n" + noise(9000)).title == "The file is damaged"


def test_name_of_a_pdf_and_content_of_something_else(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.pdf", noise(9000)).title == "The file is damaged"
    assert refusal(tmp_path / "b.pdf", b"just words").title == "The file is damaged"


def test_pdf_of_pictures(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.pdf", pdf([[], []]))
    assert problem.title == "No text in this PDF"
    assert problem.skipped and "OCR" in problem.next_step


def test_pdf_without_pages(tmp_path: Path) -> None:
    tree = b"<< /Type /Pages /Count 0 /Kids [] >>"
    data = writer.assemble([b"<< /Type /Catalog /Pages 2 0 R >>", tree], 1, b"")
    assert refusal(tmp_path / "a.pdf", data).title == "The file is damaged"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.pdf", "a.docx", "a.zip", "a.jsonl"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    problem = refusal(tmp_path / name, b"")
    assert problem.title == "The file is empty" and problem.skipped


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.csv", "a.py", "a.jsonl"])
def test_only_white_space(tmp_path: Path, name: str) -> None:
    problem = refusal(tmp_path / name, b" \n\t\r\n  \n")
    assert problem.title == "Nothing to remember" and problem.skipped


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.xyz", "noname", "a.csv", "a.html"])
def test_binary_file(tmp_path: Path, name: str) -> None:
    problem = refusal(tmp_path / name, b"\x89PNG\r\n\x1a\n" + noise(5000))
    assert problem.title == "Not a text" and problem.skipped


def test_text_that_turns_into_binary(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.log", b"A line.\n" * 4000 + bytes(60_000) + noise(5000))
    assert problem.title == "Not a text" and problem.skipped


def test_huge_file(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.txt", b"words " * 500_000)
    assert problem.title == "The file is too large" and problem.skipped
    assert "2 MB" in problem.message


def test_too_much_text(tmp_path: Path) -> None:
    settings = replace(SETTINGS, max_file_mb=10)
    problem = refusal(tmp_path / "a.txt", b"words " * 500_000, settings)
    assert problem.title == "Too much text in one file" and not problem.skipped


def test_zip_bomb(tmp_path: Path) -> None:
    data = zip_bomb()
    assert len(data) < 2 << 20
    problem = refusal(tmp_path / "export.zip", data)
    assert problem.title == "The archive unpacks to too much"


def test_word_bomb(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.docx", zip_bomb("word/document.xml", 200 << 20))
    assert problem.title == "The archive unpacks to too much"


def test_zip_that_lies_about_its_size(tmp_path: Path) -> None:
    data = bytearray(zip_bomb(size=64 << 20))
    true_size = (64 << 20) + 34
    for _ in range(2):  # in the central directory; the local header holds its zip64 twin
        at = data.find(true_size.to_bytes(4, "little"))
        if at >= 0:
            data[at : at + 4] = (1000).to_bytes(4, "little")
    assert refusal(tmp_path / "export.zip", bytes(data)).title == "The file is damaged"


def test_xml_bomb_in_word(tmp_path: Path) -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
    document = (
        b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY e0 "ha">' + entities + b"]>"
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p></w:body></w:document>"
    )
    made = tmp_path / "good.docx"
    Document().save(str(made))
    with zipfile.ZipFile(made) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["word/document.xml"] = document
    refusal(tmp_path / "a.docx", zipped(members))


def test_locked_zip(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.zip", locked_zip("conversations.json", b"[]"))
    assert problem.title == "The file is locked with a password"


def test_locked_word_document(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert refusal(tmp_path / "a.docx", data + bytes(600)).title.startswith("The file is locked")


def test_old_word_document(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000))
    assert problem.title == "An old Office format" and problem.skipped


def test_cut_off_zip(tmp_path: Path) -> None:
    data = zipped({"conversations.json": as_json([{"uuid": "1", "chat_messages": []}] * 500)})
    assert refusal(tmp_path / "a.zip", data[: len(data) // 2]).title == "The file is damaged"


def test_zip_with_broken_content(tmp_path: Path) -> None:
    data = bytearray(zipped({"conversations.json": as_json(list(range(9000)))}))
    data[200:260] = noise(60)
    assert refusal(tmp_path / "a.zip", bytes(data)).title == "The file is damaged"


def test_zip_without_chats(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.zip", zipped({"photo.jpg": noise(100)}))
    assert problem.title == "Nothing to remember in this archive" and problem.skipped


def test_word_document_of_something_else(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.docx", zipped({"a.txt": b"a"})).title == "The file is damaged"
    assert refusal(tmp_path / "b.docx", b"plain words").title == "The file is damaged"
    broken = zipped({"word/document.xml": b"<w:document", "[Content_Types].xml": b"<x"})
    assert refusal(tmp_path / "c.docx", broken).title == "The file is damaged"


def test_export_that_is_no_list_of_chats(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "a.zip", zipped({"conversations.json": b'"hello"'}))
    assert problem.title == "Not an export of chats"
    problem = refusal(tmp_path / "b.zip", zipped({"conversations.json": b'[{"mapping": {'}))
    assert problem.title == "The file is damaged"
    problem = refusal(tmp_path / "c.zip", zipped({"conversations.json": b"[]"}))
    assert problem.title == "Nothing to remember" and problem.skipped


def test_deeply_nested_json_and_html(tmp_path: Path) -> None:
    deep = b'{"chat_messages": ' + b"[" * 200_000
    assert refusal(tmp_path / "conversations.json", deep).title == "The file is damaged"
    path = tmp_path / "deep.html"
    path.write_bytes(b"<html><body>" + b"<div>" * 20_000 + b"found it" + b"</div>" * 20_000)
    assert "found it" in read_file(path, SETTINGS).text


def test_transcript_without_a_single_turn(tmp_path: Path) -> None:
    data = b'{"text": "hi"}\n{"text": "there", "speaker": 3}\n'
    problem = refusal(tmp_path / "a.jsonl", data)
    assert problem.title == "Not a chat transcript" and "Line 1" in problem.message
