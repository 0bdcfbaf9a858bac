"""Links and versions as a person sees them: within scopes, and undone."""

from __future__ import annotations

import pytest

from memory.errors import BadRequest, NotFound
from memory.note_keeping import Notes
from memory.protocol import NoteCause
from memory.store import scopes
from tests.unit.memory.recall_home import Home
from tests.unit.memory.test_note_links import note
from tests.unit.memory.test_topics import BIKE, SOUP, Kept


@pytest.fixture
def kept(home: Home) -> Kept:
    return Kept(home)


def looking(kept: Kept) -> Notes:
    return Notes(kept.home.database, kept.home.clock, kept.home.recall.out_of_reach)


def give(kept: Kept, memory_id: str, scope: str) -> None:
    with kept.home.database.read() as c:
        (source,) = c.execute(
            "SELECT source_id FROM memories WHERE id = ?", (memory_id,)
        ).fetchone()
    kept.home.database.write(lambda c: scopes.set_sources(c, [source], scope))


def two_plans(kept: Kept) -> tuple[str, str]:
    old = note(kept, "We plan to meet Robin for barley soup on Friday.")
    new = note(kept, "The barley soup with Robin is moved to Sunday instead, we plan.")
    kept.rest()
    return old, new


def test_a_memory_is_shown_with_what_it_has_to_do_with(kept: Kept) -> None:
    old, new = two_plans(kept)
    found = looking(kept).links(old)
    assert "Robin" in found.tags and "told anew" in found.tags
    assert found.context.anew is not None and found.context.anew.memory == new
    assert (found.version, found.versions) == (2, 2)
    (link,) = found.links
    assert link.to.memory == new and link.why == "the same plan, told anew"


def test_the_context_of_a_turn_is_its_topic(kept: Kept) -> None:
    kept.chat(*SOUP)
    kept.rest()
    (topic,) = kept.topics()
    found = looking(kept).links(topic.turns[0])
    assert found.context.topic is not None and found.context.topic.memory == topic.id
    assert found.version is None and found.links == []  # no note of its own


def test_what_is_in_another_scope_is_told_nowhere(kept: Kept) -> None:
    old, new = two_plans(kept)
    give(kept, new, "work")
    notes = looking(kept)
    found = notes.links(old, ["home"])
    assert found.links == [] and found.context.anew is None
    assert "told anew" not in found.tags and found.versions == 1
    assert [one.because for one in notes.versions(old, ["home"]).versions] == [None]
    assert len(notes.links(old, ["home", "work"]).links) == 1
    for ask in (notes.links, notes.versions):
        with pytest.raises(NotFound):
            ask(new, ["home"])


def test_topics_are_listed_within_scopes(kept: Kept) -> None:
    chat = kept.chat(*SOUP, *BIKE)
    kept.rest()
    notes = looking(kept)
    found = notes.topics()
    assert found.total == 2 and found.topics[0].turns == 3 and not found.topics[0].by_model
    assert notes.topics(text="barley").total == 1
    assert notes.topics(source=chat.id).total == 2 and notes.topics(source="other").total == 0
    assert [one.id for one in notes.topics(limit=1, offset=1).topics] == [found.topics[1].id]
    detail = notes.topic(found.topics[1].id)
    assert [turn.text for turn in detail.turns] == list(SOUP)
    kept.home.database.write(lambda c: scopes.set_sources(c, [chat.id], "work"))
    assert notes.topics(scopes=["home"]).total == 0
    with pytest.raises(NotFound):
        notes.topic(detail.topic.id, ["home"])


def test_undoing_is_a_new_version_with_the_old_content(kept: Kept) -> None:
    old, new = two_plans(kept)
    notes = looking(kept)
    first, _second, third = notes.undo(old).versions
    assert third.cause is NoteCause.UNDONE
    assert (third.keywords, third.tags) == (first.keywords, first.tags)
    assert notes.links(old).context.anew is None
    kept.rest()
    assert len(notes.versions(old).versions) == 3  # it is not done again behind one's back
    redone = notes.undo(old, 2).versions[-1]
    assert redone.because is not None and redone.because.memory == new
    kept.forget(memories=[new])
    assert [one.cause for one in notes.versions(old).versions] == [
        NoteCause.FIRST, NoteCause.UNDONE,
    ]  # fmt: skip


def test_what_cannot_be_undone_is_said(kept: Kept) -> None:
    old, new = two_plans(kept)
    notes = looking(kept)
    with pytest.raises(BadRequest):
        notes.undo(new)  # there is but one version
    with pytest.raises(NotFound):
        notes.undo(old, 9)
    with pytest.raises(NotFound):
        notes.undo("nothing")
    notes.undo(old)
    with pytest.raises(BadRequest):
        notes.undo(old, 1)  # it reads so already
