"""Memories are linked with a reason, and what they are about changes with what comes later."""

from __future__ import annotations

from datetime import UTC

import pytest

from memory.fact_learning import FactLearning
from memory.note_linking import NoteLinking
from memory.notes.content import Cause
from memory.notes.reasons import MOST, Reason, in_words
from memory.protocol import MemoryKind, SourceKind
from memory.store import memories, note_links, notes
from memory.store.note_links import Linked
from memory.store.notes import Version
from tests.unit.memory.recall_home import Home
from tests.unit.memory.test_forgetting import traces
from tests.unit.memory.test_topics import BIKE, SOUP, Kept

DAY_S = 86_400


@pytest.fixture
def kept(home: Home) -> Kept:
    return Kept(home)


def note(kept: Kept, text: str) -> str:
    """A note of the person's, a day after the last one."""
    kept.home.clock.advance(seconds=DAY_S)
    (id_,) = kept.home.add(
        [text], kind=MemoryKind.NOTE, source=SourceKind.NOTE, name=f"note {text}"
    )
    return id_


def links(kept: Kept, memory_id: str) -> list[Linked]:
    with kept.home.database.read() as c:
        return note_links.of(c, memory_id)


def told(kept: Kept, memory_id: str) -> dict[str, str]:
    return {one.id: in_words(one.reason, one.words) for one in links(kept, memory_id)}


def versions(kept: Kept, memory_id: str) -> list[Version]:
    with kept.home.database.read() as c:
        return notes.versions(c, memory_id)


def facts(kept: Kept) -> None:
    home = kept.home
    home.settle()
    home.clock.advance(seconds=301)
    FactLearning(home.database, home.clock, lambda: kept.settings, zone=UTC).learn()


def test_notes_have_keywords_and_tags_and_are_linked_with_a_reason(kept: Kept) -> None:
    soup = note(kept, "The barley soup for Robin needs leeks and much pepper.")
    bike = note(kept, "The bicycle of Robin stands in the cellar.")
    again = note(kept, "Barley soup keeps for three days.")
    kept.rest()
    (first,) = versions(kept, soup)
    assert "barley soup" in first.content.keywords and "Robin" in first.content.tags
    assert "food" in first.content.tags and first.cause is Cause.FIRST
    assert told(kept, bike) == {soup: "both name Robin"}
    assert told(kept, soup)[bike] == "both name Robin"  # seen from both ends
    assert told(kept, again)[soup].startswith("close in meaning: barley soup")
    assert bike not in told(kept, again)


def test_passages_of_files_have_no_notes(kept: Kept) -> None:
    (passage,) = kept.home.add(["Robin wrote this file on barley soup."])
    soup = note(kept, "The barley soup is for Robin.")
    kept.rest()
    assert versions(kept, passage) == [] and links(kept, soup) == []


def test_what_is_told_anew_gives_the_old_memory_a_version(kept: Kept) -> None:
    old = note(kept, "We plan to meet Robin for barley soup on Friday.")
    new = note(kept, "The barley soup with Robin is moved to Sunday instead, we plan.")
    kept.rest()
    assert links(kept, new)[0].reason is Reason.TOLD_ANEW
    assert "told anew" in told(kept, new)[old]
    before, after = versions(kept, old)
    assert (after.cause, after.because, after.content.anew) == (Cause.TOLD_ANEW, new, new)
    assert after.content.tags == (*before.content.tags, "told anew")
    kept.rest()
    assert len(versions(kept, old)) == 2  # once and no more


def test_a_superseded_fact_changes_what_the_old_turn_is_about(kept: Kept) -> None:
    chat = kept.chat("I live in Berlin.")
    facts(kept)
    kept.rest()
    kept.home.clock.advance(days=300)
    kept.say(chat, "I have moved to Lyon.")
    facts(kept)
    kept.rest()
    old, new = kept.turn("I live in Berlin."), kept.turn("I have moved to Lyon.")
    assert [one.reason for one in links(kept, old)] == [Reason.SUPERSEDED]
    before, after = versions(kept, old)
    assert "home" in before.content.tags and "no longer so" in after.content.tags
    assert after.because == new


def test_forgetting_the_newer_one_takes_the_version_it_brought_about(kept: Kept) -> None:
    old = note(kept, "We plan to meet Robin for barley soup on Friday.")
    new = note(kept, "The barley soup with Robin moved to Zwackelmann on Sunday instead.")
    kept.rest()
    assert len(versions(kept, old)) == 2
    kept.forget(memories=[new])
    assert [one.cause for one in versions(kept, old)] == [Cause.FIRST]
    assert links(kept, old) == []
    kept.rest()
    assert [one.cause for one in versions(kept, old)] == [Cause.FIRST]
    assert traces(kept.home.paths, "Zwackelmann") == {}


def test_of_several_causes_those_left_still_count(kept: Kept) -> None:
    old = note(kept, "We plan to meet Robin for barley soup on Friday.")
    gone = note(kept, "The barley soup with Robin is moved to Sunday instead.")
    kept.rest()
    stays = note(kept, "The barley soup with Robin is postponed to Monday instead.")
    kept.rest()
    assert versions(kept, old)[-1].content.anew == stays
    kept.forget(memories=[gone])
    kept.rest()
    newest = versions(kept, old)[-1]
    assert newest.content.anew == stays and "told anew" in newest.content.tags
    assert all(one.because != gone for one in versions(kept, old))


def test_an_edited_memory_is_looked_at_again(kept: Kept) -> None:
    soup = note(kept, "The barley soup for Robin needs leeks.")
    bike = note(kept, "The bicycle of Robin stands in the cellar.")
    kept.rest()
    assert told(kept, bike) == {soup: "both name Robin"}
    kept.home.database.write(
        lambda c: memories.edit(c, soup, text="The barley soup needs leeks.", now_ms=1)
    )
    assert links(kept, bike) == []
    kept.rest()
    assert links(kept, bike) == []
    assert [one.cause for one in versions(kept, soup)] == [Cause.FIRST, Cause.EDITED]
    assert "Robin" not in versions(kept, soup)[-1].content.tags


def test_no_memory_has_more_than_five_links(kept: Kept) -> None:
    ids = [note(kept, f"Robin has the bicycle number {n} in cellar {n}.") for n in range(12)]
    kept.rest()
    counts = [len(links(kept, id_)) for id_ in ids]
    assert max(counts) == MOST and sum(counts) >= len(ids)


def test_topics_are_linked_but_not_with_their_own_turns(kept: Kept) -> None:
    kept.chat(*SOUP, *BIKE)
    facts(kept)
    kept.rest()
    pepper = note(kept, "The barley soup of Robin has too much pepper.")
    kept.rest()
    soup = kept.topics()[0]
    assert soup.id in told(kept, pepper)
    assert not set(told(kept, soup.id)) & set(soup.turns)


def test_everything_is_done_without_meaning_too(kept: Kept) -> None:
    soup = note(kept, "The barley soup is for Robin.")
    bike = note(kept, "The bicycle is for Robin as well, in the cellar.")
    linking = NoteLinking(kept.home.database, kept.home.clock, None)
    while linking.step(False) is not None:
        pass
    linking.close()
    assert told(kept, bike) == {soup: "both name Robin"}


def test_forgetting_leaves_no_byte_of_notes_and_links(kept: Kept) -> None:
    secret = note(kept, "The barley soup of Zwackelmann needs zugzwang and Xanthippe.")
    other = note(kept, "Xanthippe and Zwackelmann eat barley soup on Sunday.")
    kept.rest()
    assert "Zwackelmann" in told(kept, other)[secret]
    kept.forget(memories=[secret])
    kept.rest()
    kept.forget(memories=[other])
    assert traces(kept.home.paths, "Zwackelmann Xanthippe zugzwang") == {}
    with kept.home.database.read() as c:
        for table in ("note_versions", "memory_links", "note_queue"):
            assert c.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0
