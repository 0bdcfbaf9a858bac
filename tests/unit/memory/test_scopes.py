"""Nothing of a scope that is not allowed comes out of a recall or an answer, in any field."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Sequence

import pytest

from memory.answer import Answers
from memory.clock import DAY_MS
from memory.errors import BadRequest
from memory.facts.statements import Mode, Statement
from memory.protocol import (
    AskRequest,
    ChatCreate,
    ChatEdit,
    MemoryKind,
    NoteRequest,
    RecallFilter,
    RecallRequest,
    RecallUnit,
    SourceKind,
)
from memory.settings import Settings
from memory.store import facts, folders, memories, scopes, sources
from memory.store.db import Connection
from memory.store.rows import NewMemory
from memory.turns import Ended
from tests.unit.memory.recall_home import Home
from tests.unit.memory.standin import NOW, first

SECRETS = ("zugzwang", "quokka", "xylophone", "Przemysl", "Ouagadougou")
SUBJECTS = ("the budget", "the doctor", "the harbour", "a holiday", "Jonas", "the new contract")


def _give(home: Home, scope: str, *names: str) -> None:
    def work(c: Connection) -> None:
        ids = [r[0] for r in c.execute("SELECT id, location FROM sources") if r[1] in names]
        assert scopes.set_sources(c, ids, scope) == len(names)

    home.database.write(work)


def _two_worlds(home: Home) -> list[str]:
    """Talk of the same things at home and at work; returns the ids of what is work's."""
    rng = random.Random(5)
    for number in range(4):
        home.add(
            [f"At home {rng.choice(SUBJECTS)} came up on 3 March 2026, number {number}.{n}."
             for n in range(6)],
            kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, name=f"home talk {number}",
            speakers=("Ann", "Bob"), happened_ms=NOW + number * 3_600_000,
        )  # fmt: skip
    ids: list[str] = []
    for number in range(4):
        ids += home.add(
            [f"{rng.choice(SECRETS)}: {rng.choice(SUBJECTS)} came up with Klaus Secretmann on"
             f" 4 March 2026, {number}.{n}." for n in range(6)],
            kind=MemoryKind.TURN, source=SourceKind.CONVERSATION, name=f"work zugzwang {number}",
            speakers=("Klaus", "Secretmann"), happened_ms=NOW + number * 3_600_000,
        )  # fmt: skip
    _give(home, "work", *(f"work zugzwang {number}" for number in range(4)))
    home.settle()
    return ids


def _holds_nothing(text: str, ids: Sequence[str]) -> None:
    """But for the words of the questions themselves: a reply may repeat those."""
    told = text.casefold()
    for secret in (*SECRETS, "Klaus", "Secretmann"):
        if secret.casefold() not in " ".join(QUESTIONS).casefold():
            assert secret.casefold() not in told, secret
    assert not [id_ for id_ in ids if id_ in text]


QUESTIONS = [
    *(f"What about {subject}?" for subject in SUBJECTS),
    "What happened on 4 March 2026?",
    "What did Klaus say?",
    "What came up two days after the harbour?",
    "Who has a quokak?",  # a typing error that only the other scope could mend
    'Who said "came up"?',
    "Ouagadougou",
    "March",
]


@pytest.mark.parametrize("unit", list(RecallUnit))
def test_no_field_of_a_recall_tells_of_another_scope(home: Home, unit: RecallUnit) -> None:
    ids = _two_worlds(home)
    for question in QUESTIONS:
        reply = home.ask(question, limit=50, unit=unit, explain=True, scopes=["home"])
        _holds_nothing(reply.model_dump_json(), ids)
        assert reply.searched == 24, question
        assert {hit.source for hit in reply.hits} <= {f"home talk {n}" for n in range(4)}
        assert all(hit.unit is None or hit.unit.memories <= 24 for hit in reply.hits)


@pytest.mark.parametrize("unit", list(RecallUnit))
def test_a_scope_answers_as_if_nothing_else_were_there(home: Home, unit: RecallUnit) -> None:
    """The whole reply, numbers included, is the same whatever another scope holds."""
    home.add([f"The boat needs {what} before the spring." for what in
              ("paint", "a new sail", "two oars", "a licence", "a better anchor")],
             name="/boat.txt")  # fmt: skip
    home.add(["Nothing much."], name="/other.txt")
    _give(home, "work", "/other.txt")
    home.settle()
    questions = ["What does the boat need?", "Is there a sail?", "Who paints?", "What was in May?"]

    def told() -> list[str]:
        return [
            json.dumps(
                [
                    (
                        hit.text,
                        round(hit.score, 3),
                        hit.why,
                        hit.similar,
                        hit.unit and hit.unit.memories,
                    )
                    for hit in reply.hits
                ]
            )
            + f" {reply.searched} {reply.confidence} {reply.nearest_only} {reply.confidence_why}"
            + json.dumps(
                [
                    (step.name, step.note, step.candidates)
                    for step in reply.trace or []
                    if step.name != "meaning"
                ]
            )  # fmt: skip
            for reply in (home.ask(q, unit=unit, explain=True, scopes=["home"]) for q in questions)
        ]

    alone = told()
    home.add([f"The boat of the firm needs {what}, says Klaus, in May." for what in
              ("paint", "a sail", "an anchor", "insurance")] * 5, name="/firm.txt")  # fmt: skip
    _give(home, "work", "/firm.txt")
    home.settle()
    assert told() == alone


def test_no_scope_given_means_everything(home: Home) -> None:
    ids = _two_worlds(home)
    assert home.ask("quokka", limit=50).searched == 48
    assert any(hit.memory in ids for hit in home.ask("quokka", limit=50).hits)
    assert home.ask("quokka", limit=50, scopes=["home", "Work"]).searched == 48
    assert home.ask("quokka", scopes=[]).hits == []
    assert home.ask("quokka", scopes=["nobody"]).searched == 0


def test_a_filter_does_not_reach_beyond(home: Home) -> None:
    ids = _two_worlds(home)
    for chosen in (
        RecallFilter(speaker="Klaus"), RecallFilter(source="work zugzwang 1"),
        RecallFilter(kinds=[MemoryKind.TURN]),
    ):  # fmt: skip
        reply = home.ask("the budget", limit=50, filter=chosen, scopes=["home"], explain=True)
        _holds_nothing(reply.model_dump_json(), ids)
        assert reply.searched == (24 if chosen.kinds else 0)


def test_what_was_made_from_another_scope_goes_with_it(home: Home) -> None:
    """A summary kept at home of what was said at work, and one made of that summary."""
    (work,) = home.add(["The quokka costs nine euros."], name="/work.txt")
    _give(home, "work", "/work.txt")

    def derive(c: Connection) -> None:
        source = sources.insert(c, kind=SourceKind.NOTE, title="summaries", now_ms=NOW)
        one = NewMemory(
            MemoryKind.SUMMARY, "In short the quokka is nine.", 0, 0, 5, provenance={"from": [work]}
        )
        (made,) = memories.append(c, source, [one], NOW, first)
        two = NewMemory(MemoryKind.SUMMARY, "Prices: quokka.", 1, 5, 9, provenance={"from": [made]})
        plain = NewMemory(MemoryKind.NOTE, "Prices rise everywhere.", 2, 9, 12)
        memories.append(c, source, [two, plain], NOW, first)

    home.database.write(derive)
    home.settle()
    assert home.texts("What does the quokka cost? Prices?", scopes=["home"]) == [
        "Prices rise everywhere."
    ]
    assert len(home.texts("What does the quokka cost? Prices?", scopes=["home", "work"])) == 4


def test_a_fact_told_of_in_another_scope_too_goes_with_that(home: Home) -> None:
    """What ended a fact was said at work: at home nothing may tell of that."""
    told = {}
    for name, text in (
        ("home", "Ann lives in Berlin."), ("work", "Ann lives in Lyon now."),
        ("pets", "Ann came with Rex, her dog."),
    ):  # fmt: skip
        (told[name],) = home.add([text], name=f"/{name}.txt")
    _give(home, "work", "/work.txt")
    said = [
        (told["home"], Statement("Ann", "lives_in", "Berlin", Mode.IS, NOW, 0.9, end=20)),
        (told["work"], Statement("Ann", "lives_in", "Lyon", Mode.IS, NOW + DAY_MS, 0.9,
                                 changes=True, end=20)),
        (told["pets"], Statement("Ann", "pet", "Rex", Mode.IS, NOW, 0.9, detail="dog", end=20)),
    ]  # fmt: skip
    home.database.write(lambda c: facts.refold(c, facts.add_statements(c, said, NOW)))
    home.settle()
    everywhere = home.texts("Where does Ann live, and who is Rex?", limit=20)
    at_home = home.texts("Where does Ann live, and who is Rex?", limit=20, scopes=["home"])
    assert "Ann lives in Lyon (before: Berlin)." in everywhere
    assert any("Rex" in text for text in at_home)
    assert "Ann lives in Berlin." in at_home
    assert not any("Lyon" in text or "before" in text for text in at_home)


def test_answers_quote_and_cite_only_what_is_allowed(home: Home) -> None:
    ids = _two_worlds(home)
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, Settings,
        home.embedder.embed_tokens, lambda: None,
    )  # fmt: skip
    chat = home.chats.create(ChatCreate(title="at home", scopes=["home"]))
    everything = home.chats.create(ChatCreate(title="all"))
    for question in QUESTIONS:
        for request in (
            AskRequest(question=question, chat=chat.id),
            AskRequest(question=question, chat=chat.id, scopes=["home", "work"]),
            AskRequest(question=question, chat=everything.id, scopes=["home"]),
            AskRequest(question=question, scopes=["home"]),
        ):
            events = list(answers.ask(request, "r", threading.Event()))
            said = "".join(event.model_dump_json() for event in events)
            _holds_nothing(said, ids)
            assert events[-1].event == "done"


def test_an_answer_remembered_keeps_the_scopes_it_was_made_of(home: Home) -> None:
    """Told in a chat that belongs to home, from memories of work, by a model."""
    ids = _two_worlds(home)
    chat = home.chats.create(ChatCreate(title="all"))
    begun = home.chats.begin(chat.id, "What about the budget?")
    text = "Klaus told everybody that quokkas eat the whole budget of the harbour."
    home.chats.end(
        begun, Ended(text, "complete", [], "Tiny", learn_from=("other words",), made_of=(ids[0],))
    )
    home.settle()
    assert text in home.texts("What eats the budget?", limit=50)
    assert text not in home.texts("What eats the budget?", limit=50, scopes=["home"])


def test_the_chat_so_far_is_cut_to_what_may_be_used(home: Home) -> None:
    _two_worlds(home)
    answers = Answers(
        home.database, home.recall, home.chats, home.clock, Settings,
        home.embedder.embed_tokens, lambda: None,
    )  # fmt: skip
    chat = home.chats.create(ChatCreate(title="all"))
    list(answers.ask(AskRequest(question="What did Klaus say?", chat=chat.id), "r",
                     threading.Event()))  # fmt: skip
    begun = home.chats.begin(chat.id, "and then?")
    narrow = answers._usable(begun, AskRequest(question="and then?", scopes=["home"]))
    assert [message.role for message in begun.history] == ["person", "assistant"]
    assert [message.role for message in narrow] == ["person"]


def test_chats_belong_to_a_scope_and_may_use_some(home: Home) -> None:
    chat = home.chats.create(ChatCreate(title="firm", scope="Work", scopes=["work", "Home "]))
    assert (chat.scope, chat.scopes) == ("work", ["home", "work"])
    home.chats.begin(chat.id, "The boat is called Quokka.")
    with home.database.read() as c:
        assert scopes.of_chat(c, chat.id) == ("work", ["home", "work"])
        assert c.execute("SELECT scope FROM sources").fetchall()[0][0] == "work"
    changed = home.chats.edit(chat.id, ChatEdit(scope="health", scopes=[]))
    assert (changed.scope, changed.scopes, changed.title) == ("health", [], "firm")
    with home.database.read() as c:
        assert c.execute("SELECT scope FROM sources").fetchall()[0][0] == "health"
    assert home.chats.edit(chat.id, ChatEdit(every_scope=True)).scopes is None
    private = home.chats.create(ChatCreate(private=True, scopes=["work"]))
    assert home.chats.edit(private.id, ChatEdit(scopes=["home"])).scopes == ["home"]


def test_what_comes_from_a_folder_or_a_file_has_its_scope(home: Home) -> None:
    def work(c: Connection) -> tuple[str, str]:
        folder = folders.add(c, "/firm", None, NOW)
        old = sources.queue_file(c, "/firm/old.txt", folder, NOW)
        assert scopes.set_folder(c, folder, "work") == 1
        new = sources.queue_file(c, "/firm/new.txt", folder, NOW)
        talk = sources.insert(
            c, kind=SourceKind.CONVERSATION, title="t", location="t", parent_id=new, now_ms=NOW
        )
        for id_ in (old, new, talk):
            found = sources.get(c, id_)
            assert found is not None and found.scope == "work"
        return folder, talk

    home.database.write(work)
    with home.database.read() as c:
        listed = {one.name: (one.sources, one.folders) for one in scopes.counts(c)}
    assert listed == {"home": (0, 0), "work": (3, 1)}


@pytest.mark.parametrize("name", ["", "  ", "x" * 41, "a\x00b"])
def test_names_that_are_none(home: Home, name: str) -> None:
    with pytest.raises(BadRequest):
        scopes.name(name)
    with pytest.raises(BadRequest):
        home.recall.recall(RecallRequest(question="x", scopes=[name]))


def test_a_note_has_the_scope_it_is_given(home: Home) -> None:
    from memory import adding

    note = NoteRequest(text="The quokka is at work.", scope="Work")
    info, new = adding.add_note(home.database, note, home.embedder.count_tokens, NOW)
    assert new and info.scope == "work"
    assert home.texts("quokka", scopes=["home"]) == []
    assert home.texts("quokka", scopes=["work"]) == ["The quokka is at work."]
