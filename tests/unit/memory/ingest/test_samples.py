"""The sample papers: made as the script says, readable, and holding what their page promises."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from memory.ingest.chunker import chunk, turns
from memory.ingest.detect import Format
from memory.ingest.extracted import Extracted
from memory.ingest.reader_process import read_file, stop
from memory.settings import Settings
from memory.store.rows import NewMemory
from tests.unit.memory.ingest.files import ROOT, load_script
from tests.unit.memory.ingest.test_chunker import count

SAMPLES = ROOT / "assets" / "sample"
PAGE = ROOT / "assets" / "sample-questions.md"
ROW = re.compile(r"^\| (?P<question>[^|]+\?) \|[^|]+\| `(?P<file>[^`]+)`(?:, page (?P<page>\d))? \|"
                 r" `(?P<words>[^`]+)` \|$", re.M)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _stop_server() -> Iterator[None]:
    yield
    stop()


def memories(extracted: Extracted) -> list[NewMemory]:
    made = chunk(extracted, count)
    for conversation in extracted.conversations:
        made += turns(conversation, count)
    return made


def test_every_format_is_there() -> None:
    found = {read_file(path, Settings()).format for path in SAMPLES.iterdir()}
    assert found == set(Format)


@pytest.mark.parametrize("row", list(ROW.finditer(PAGE.read_text())), ids=lambda r: r["file"])
def test_the_page_of_questions_tells_the_truth(row: re.Match[str]) -> None:
    made = memories(read_file(SAMPLES / row["file"], Settings()))
    holding = [m for m in made if row["words"] in " ".join(m.text.split())]
    assert holding, row["words"]
    if row["page"]:
        assert {m.page for m in holding} == {int(row["page"])}


def test_there_are_eleven_questions() -> None:
    assert len(ROW.findall(PAGE.read_text())) == 11


def test_samples_are_as_the_script_makes_them(tmp_path: Path) -> None:
    script = load_script("make_samples")
    script.main(tmp_path)
    for name in script.MADE:
        made, kept = (tmp_path / name).read_bytes(), (SAMPLES / name).read_bytes()
        if name.endswith(".docx"):  # compressed, and compressors differ
            assert members(made) == members(kept)
        else:
            assert made == kept, f"{name}: run packaging/make_samples.py"


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_dates_and_abandoned_branches() -> None:
    lease = read_file(SAMPLES / "lease.pdf", Settings())
    assert len(lease.pages) == 3 and lease.happened_ms == 1709460000000
    chats = read_file(SAMPLES / "chatgpt-export.zip", Settings())
    said = " ".join(t.text for c in chats.conversations for t in c.turns)
    assert "I can't help with that" not in said
    assert [len(c.turns) for c in chats.conversations] == [5, 4]
