"""Whatever stands in a file: a reader answers with exact places, or says why it cannot."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memory.errors import Unreadable
from memory.ingest.chunker import chunk, document_text, turns
from memory.ingest.extracted import from_json, to_json
from memory.ingest.reader_process import read_file, stop
from memory.ingest.readers import dispatch
from memory.ingest.readers.common import Limits
from memory.settings import Settings
from tests.unit.memory.ingest.files import ROOT, pdf, writer
from tests.unit.memory.ingest.test_chunker import count

NAMES = ["a.txt", "a.md", "a.html", "a.csv", "a.py", "a.jsonl", "conversations.json", "a.rst", "a"]
PIECES = st.sampled_from(
    "# |## |- |1. |> |```|~~~|\n|\n\n|    |\t|| a | b ||---|<p>|</p>|<table><tr><td>|<li>|<pre>"
    "|<br>|<div hidden>|&amp;|&#0;|[x](y)|[r]: z|---|===|title: t|date: 2025-01-02|,|;|\"|'|{|}"
    "|def f():|class A {|word|two words.|Ende! |漢字。|🙂|é|\u00ad|\u2028|\x00|\ufeff".split("|")
)  # fmt: skip
TEXT = st.lists(PIECES | st.text(max_size=12), max_size=60).map("".join)
quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module", autouse=True)
def _stop_server() -> Iterator[None]:
    yield
    stop()


def check(path: Path) -> None:
    try:
        extracted = dispatch.read(path, Limits(seconds=20))
    except Unreadable as problem:
        assert problem.title and problem.message and problem.next_step
        return
    assert from_json(to_json(extracted)) == extracted
    assert extracted.title and (extracted.blocks or extracted.conversations)
    for memory in chunk(extracted, count):
        assert extracted.text[memory.start : memory.end] == memory.text != ""
    for conversation in extracted.conversations:
        whole = document_text(conversation)
        for memory in turns(conversation, count):
            assert whole[memory.start : memory.end] == memory.text != ""


@pytest.mark.parametrize("name", NAMES)
def test_any_text(tmp_path: Path, name: str) -> None:
    @quick
    @given(TEXT)
    def prove(text: str) -> None:
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        check(tmp_path / name)

    prove()


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes(tmp_path: Path, name: str) -> None:
    @quick
    @given(st.binary(max_size=300))
    def prove(data: bytes) -> None:
        (tmp_path / name).write_bytes(data)
        check(tmp_path / name)

    prove()


def test_any_words_in_a_pdf(tmp_path: Path) -> None:
    letters = st.characters(codec="cp1252", exclude_categories=["Cc"])
    lines = st.lists(
        st.tuples(
            st.floats(20, 500), st.floats(20, 800), st.sampled_from([8.0, 11.0, 20.0]),
            st.text(letters, min_size=1, max_size=40),
        ), max_size=25,
    )  # fmt: skip

    @quick
    @given(st.lists(lines, min_size=1, max_size=3))
    def prove(pages: list[list[tuple[float, float, float, str]]]) -> None:
        data = writer.write_pdf([[writer.Line(*line) for line in p] for p in pages], "", "D:2025")
        (tmp_path / "a.pdf").write_bytes(data)
        check(tmp_path / "a.pdf")

    prove()


@pytest.mark.parametrize("name", ["lease.pdf", "letter-to-landlady.docx", "claude-export.zip"])
def test_damaged_samples_cost_only_themselves(tmp_path: Path, name: str) -> None:
    """Real children, since pdfium and lxml may crash."""
    whole = (ROOT / "assets" / "sample" / name).read_bytes()
    chance = random.Random(11)
    path = tmp_path / name
    for _ in range(25):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 5, 50])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), len(data), chance.randrange(len(data))])])
        try:
            read_file(path, Settings(read_seconds=20))
        except Unreadable as problem:
            assert problem.title and problem.next_step
    good = tmp_path / "good.pdf"
    good.write_bytes(pdf([["Still reading."]]))
    assert read_file(good, Settings()).text == "Still reading."
