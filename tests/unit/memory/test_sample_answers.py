"""The sample papers answered by quotation, through the real readers, index and recall."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.answer import Answers
from memory.ingest import chunker, reader_process, storing
from memory.paths import data_paths
from memory.protocol import AskDone, AskRequest, SourceKind, SourceState
from memory.store import documents, sources
from memory.store.db import Connection
from memory.store.rows import DocumentText
from models.embedder import load_embedder
from tests.fakes import FakeClock
from tests.unit.memory.recall_home import Home, open_home

ASSETS = Path(__file__).parents[3] / "assets"
ROW = re.compile(r"\| (?P<asked>[^|]+\?) \|[^|]+\|[^|]+\| `(?P<words>[^`]+)` \|")

# Beside the questions of assets/sample-questions.md: question, words every part must hold.
OWN = [
    ("How much is the deposit and when does it come back?",
     ("deposit of 1,361 pounds", "within ten days after the keys have been handed back")),
    ("When does the deposit come back?", ("within ten days after the keys have been handed back",)),
    ("How much is the rent of the flat?", ("The rent is 1,180 pounds a month",)),
    ("How many keys to the flat do the tenants receive?", ("three to the flat",)),
    ("How much sugar goes into the jam?", ("800 g sugar",)),
    ("Where is the boathouse for the birthday?", ("boathouse at Moesgaard",)),
    ("When was the boiler man here and when is the next service due?",
     ("came on 24 October", "due in October 2025")),
    ("What did the bass strings for the Bechstein cost?", ("296.00",)),
    ("How much does the humidity system cost and how much is the fitting?",
     ("389 pounds; fitting, half a day, 140 pounds",)),
    ("When does the plot rent go up?", ("From January the rent of a plot goes up",)),
    ("What is the claim number of the insurer?", ("BR-20931",)),
    ("What is the name of the sourdough starter?", ("called Gerda",)),
]  # fmt: skip

# The same answer, in other words, in a second memory.
ELSEWHERE = {"kneeling on a pad from week 14": "from 13 May (week 14): kneeling on a pad"}

HEADINGS = ("3 Deposit", "4 Use of the flat", "# Quince", "## What", "What is damaged", "1 Term")


def _sample_questions() -> list[tuple[str, tuple[str, ...]]]:
    text = (ASSETS / "sample-questions.md").read_text("utf-8")
    found = [(match["asked"].strip(), (match["words"],)) for match in ROW.finditer(text)]
    assert len(found) == 11
    return found


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    paths = data_paths(tmp_path_factory.mktemp("sample"))
    paths.create()
    embedder = load_embedder()
    clock = FakeClock()
    with open_home(paths, clock, embedder) as home:
        for path in sorted((ASSETS / "sample").iterdir()):
            _read(home, path)
        home.settle()
        yield home
    embedder.close()
    reader_process.stop()


def _read(home: Home, path: Path) -> None:
    """As the pipeline does: read in a child, cut, stored with its document."""
    extracted = reader_process.read_file(path, home.settings, threading.Event())
    now_ms = home.clock.now_ms()
    count = home.embedder.count_tokens

    def work(c: Connection) -> None:
        source_id = sources.insert(
            c, kind=SourceKind.FILE, title=path.name, location=str(path),
            state=SourceState.READY, now_ms=now_ms,
        )  # fmt: skip
        documents.put(c, source_id, DocumentText(extracted.text, extracted.pages))
        storing.put_memories(c, source_id, chunker.chunk(extracted, count), now_ms)
        for talk in extracted.conversations:
            turns = tuple(chunker.turns(talk, count))
            text = chunker.document_text(talk)
            storing.put_talk(c, source_id, storing.Talk(talk.name, talk.title, text, turns), now_ms)

    home.database.write(work)


def _ask(home: Home, question: str) -> AskDone:
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, lambda: home.settings,
        home.embedder.embed_tokens, lambda: None,  # type: ignore[arg-type]
    )  # fmt: skip
    *_before, done = answers.ask(AskRequest(question=question), "R", threading.Event())
    assert isinstance(done, AskDone)
    return done


@pytest.mark.parametrize(("question", "words"), [*_sample_questions(), *OWN])
def test_the_quoted_answer_holds_the_words(
    papers: Home, question: str, words: tuple[str, ...]
) -> None:
    done = _ask(papers, question)
    shown = " ".join(done.answer.split())
    for one in words:
        assert one in shown or ELSEWHERE.get(one, one) in shown, shown
    assert not any(f"“{heading}" in shown for heading in HEADINGS)
    assert len(done.citations) <= 3
    with papers.database.read() as c:
        for cited in done.citations:
            document = documents.get(c, cited.source_id)
            assert document is not None
            assert document.text[cited.quote_start : cited.quote_end] == cited.quote
