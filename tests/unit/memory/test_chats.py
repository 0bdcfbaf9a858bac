from __future__ import annotations

import dataclasses

import pytest

from memory.chats import title_of
from memory.errors import NotFound
from memory.paths import DataPaths
from memory.protocol import ChatCreate, ChatEdit, Citation, SourceKind
from memory.settings import Settings
from memory.store import chats as sql
from memory.store import documents, memories, reviews
from memory.turns import Ended
from models.embedder import Embedder
from tests.fakes import FakeClock
from tests.unit.memory.recall_home import Home, open_home


def _turns(home: Home, chat_id: str) -> list[tuple[str | None, str, float]]:
    with home.database.read() as c:
        return [(m.role, m.text, m.importance) for m in memories.of_source(c, chat_id)]


def _cited(home: Home, memory_id: str) -> Citation:
    return Citation(
        n=1, memory=memory_id, source="/a", source_id="S", source_title="a",
        source_kind=SourceKind.FILE, start=0, end=1, quote="q", quote_start=0, quote_end=1,
    )  # fmt: skip


def test_what_is_said_is_remembered_in_its_place(home: Home) -> None:
    chat = home.chats.create(ChatCreate())
    begun = home.chats.begin(chat.id, "My sister Ann lives in Porto.")
    home.chats.end(
        begun,
        Ended(
            "Porto lies on the Douro river.",
            "complete",
            [],
            "Tiny",
            learn_from=("My sister Ann lives in Porto.",),
        ),
    )
    person, assistant = _turns(home, chat.id)
    assert person[:2] == ("person", "My sister Ann lives in Porto.")
    assert assistant[:2] == ("assistant", "Porto lies on the Douro river.")
    assert person[2] > assistant[2]
    with home.database.read() as c:
        document = documents.get(c, chat.id)
        assert document is not None
        for memory in memories.of_source(c, chat.id):
            assert document.text[memory.start : memory.end] == memory.text
    detail = home.chats.get(chat.id)
    assert [message.role for message in detail.messages] == ["person", "assistant"]
    assert detail.chat.title == "My sister Ann lives in Porto."
    assert detail.messages[1].state == "complete" and detail.messages[1].model == "Tiny"


def test_an_answer_that_repeats_memories_is_not_learnt_nor_a_quotation(home: Home) -> None:
    chat = home.chats.create(ChatCreate(title="Repeats"))
    known = ("My sister Ann lives in Porto since 2019.",)
    for learn_from, text in ((known, "Ann lives in Porto [1]."), (None, "“Quoted.” [1]")):
        begun = home.chats.begin(chat.id, "Where does Ann live?")
        home.chats.end(begun, Ended(text, "complete", [], None, learn_from=learn_from))
    assert {role for role, _text, _importance in _turns(home, chat.id)} == {"person"}


@pytest.mark.parametrize("state", ["stopped", "failed"])
def test_a_broken_off_answer_is_kept_but_not_learnt(home: Home, state: str) -> None:
    chat = home.chats.create(ChatCreate())
    begun = home.chats.begin(chat.id, "Tell me about whales.")
    home.chats.end(begun, Ended("Whales are", state, [], "Tiny", learn_from=()))
    assert len(_turns(home, chat.id)) == 1
    assert home.chats.get(chat.id).messages[1].state == state


def test_just_said_is_recalled_in_the_next_chat_but_not_in_this_one(home: Home) -> None:
    first = home.chats.create(ChatCreate())
    begun = home.chats.begin(first.id, "The spare key lies under the blue flower pot.")
    home.chats.end(begun, Ended("Noted.", "complete", [], None))
    home.settle()
    hits = home.ask("Where is the spare key?").hits
    assert hits[0].text.startswith("The spare key")
    assert hits[0].source == "The spare key lies under the blue flower pot."
    again = home.chats.begin(first.id, "Where is the spare key?")
    told = again.remembered[again.history[0].id]
    assert told == {hits[0].memory} and hits[0].memory not in again.asked
    assert len(again.asked) == 1 and again.before == 0
    assert [message.text for message in again.history][:1] == [hits[0].text]
    second = home.chats.create(ChatCreate())
    assert home.chats.begin(second.id, "Where is the spare key?").remembered == {}


def test_cited_memories_are_reviewed_with_the_answer(home: Home) -> None:
    (memory_id,) = home.add(["The spare key is with Jonas."])
    chat = home.chats.create(ChatCreate())
    home.clock.advance(days=3)
    begun = home.chats.begin(chat.id, "Who has the key?")
    home.chats.end(
        begun,
        Ended(
            "Jonas [1]",
            "complete",
            [_cited(home, memory_id)],
            "Tiny",
            learn_from=("The spare key is with Jonas.",),
        ),
    )
    with home.database.read() as c:
        assert [review.reason for review in reviews.of_memory(c, memory_id)] == ["cited"]
    assert home.chats.get(chat.id).messages[1].citations[0].memory == memory_id


def test_a_private_chat_leaves_no_trace(home: Home, paths: DataPaths) -> None:
    chat = home.chats.create(ChatCreate(private=True))
    (memory_id,) = home.add(["The spare key is with Jonas."])
    begun = home.chats.begin(chat.id, "My secret word is rhododendron.")
    home.chats.end(
        begun, Ended("I see.", "complete", [_cited(home, memory_id)], None, learn_from=())
    )
    home.settle()
    assert [m.text for m in home.chats.get(chat.id).messages] == [
        "My secret word is rhododendron.",
        "I see.",
    ]
    assert home.chats.list("rhododendron").chats[0].private
    with home.database.read() as c:
        assert sql.listing(c) == [] and reviews.of_memory(c, memory_id) == []
    assert home.ask("secret word rhododendron").searched == 1
    for path in paths.root.rglob("*"):
        if path.is_file():
            assert b"rhododendron" not in path.read_bytes(), path
    assert home.chats.delete(chat.id).chats == 1
    with pytest.raises(NotFound):
        home.chats.get(chat.id)


def test_chats_are_listed_found_renamed_and_forgotten(home: Home, clock: FakeClock) -> None:
    one = home.chats.create(ChatCreate(title="Garden"))
    clock.advance(seconds=5)
    two = home.chats.create(ChatCreate(title="Taxes 100%"))
    home.chats.begin(two.id, "The tax office wants the form by June.")
    assert [chat.id for chat in home.chats.list().chats] == [two.id, one.id]
    assert [chat.id for chat in home.chats.list("tax office").chats] == [two.id]
    assert [chat.id for chat in home.chats.list("100%").chats] == [two.id]
    assert home.chats.list("_").chats == []
    renamed = home.chats.edit(two.id, ChatEdit(title="Tax  form"))
    assert renamed.title == "Tax form"
    home.settle()
    assert home.ask("tax form June").hits[0].source == "Tax form"
    assert home.chats.delete(two.id).memories == 1
    assert home.ask("tax form June").searched == 0
    assert home.chats.delete(one.id).chats == 1
    assert home.chats.list().chats == []
    for call in (home.chats.get, home.chats.delete, lambda id_: home.chats.begin(id_, "x")):
        with pytest.raises(NotFound):
            call("nowhere")


def test_nothing_is_remembered_when_the_setting_says_so(
    paths: DataPaths, clock: FakeClock, embedder: Embedder
) -> None:
    settings = dataclasses.replace(Settings(), remember_chats=False)
    with open_home(paths, clock, embedder, settings) as home:
        chat = home.chats.create(ChatCreate())
        home.chats.begin(chat.id, "The spare key lies under the pot.")
        assert home.ask("spare key").searched == 0
        assert home.chats.get(chat.id).messages
        assert home.chats.delete(chat.id).chats == 1


def test_an_answer_cut_off_by_a_crash_counts_as_stopped(home: Home) -> None:
    chat = home.chats.create(ChatCreate())
    home.chats.begin(chat.id, "Hello there, are you well?")
    assert home.chats.get(chat.id).messages[1].state == "streaming"
    assert home.chats.recover() == 1
    assert home.chats.get(chat.id).messages[1].state == "stopped"


def test_a_long_paste_is_remembered_in_parts_with_exact_places(home: Home) -> None:
    text = "\n\n".join(
        f"Paragraph {n}: " + "words about the harbour and its boats. " * 8 for n in range(40)
    )
    chat = home.chats.create(ChatCreate())
    home.chats.begin(chat.id, text[:20_000])
    home.chats.begin(chat.id, "And this is a short one about geese.")
    with home.database.read() as c:
        document = documents.get(c, chat.id)
        turns = memories.of_source(c, chat.id)
    assert document is not None and len(turns) > 10
    assert [turn.position for turn in turns] == list(range(len(turns)))
    assert all(document.text[turn.start : turn.end] == turn.text for turn in turns)


def test_titles() -> None:
    assert title_of("  Where\n is it? ") == "Where is it?"
    assert title_of("word " * 40).endswith("…") and len(title_of("word " * 40)) <= 61
    assert len(title_of("x" * 300)) == 61
