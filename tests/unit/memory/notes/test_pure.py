"""Keywords, tags and reasons of links, each told by pure functions."""

from __future__ import annotations

import pytest

from memory.notes.content import Cause, Content, content, evolved
from memory.notes.keywords import keywords, rarity, shared
from memory.notes.reasons import MOST, About, Link, Reason, between, chosen, in_words
from memory.notes.tags import KINDS, kinds, names_of, tags

DAY = 86_400_000


def by_length(word: str) -> float:
    return float(len(word))


def test_rare_words_are_keywords_and_words_side_by_side_are_one() -> None:
    text = "The barley soup for Robin: barley, leeks and time. I really think of barley soup."
    found = keywords(text, lambda word: {"barley": 5.0, "soup": 4.0, "robin": 3.0}.get(word, 1.0))
    assert found[:2] == ["barley soup", "Robin"]
    assert "really" not in found and "time" not in found


def test_every_keyword_stands_in_the_text() -> None:
    text = "Straße nach Zürich, über die Brücke; “Zürich” im März."
    for keyword in keywords(text, by_length):
        assert keyword.casefold() in text.casefold()


@pytest.mark.parametrize("text", ["", "…", "12 34", "a b c", "\x00"])
def test_a_text_without_words_has_no_keywords(text: str) -> None:
    assert keywords(text, by_length) == []


def test_a_word_in_every_memory_tells_nothing() -> None:
    assert rarity(1, 1000) > rarity(10, 1000) > rarity(999, 1000) >= 0
    assert rarity(1000, 1000) < 0.01


def test_shared_keywords_are_told_in_the_words_of_the_first() -> None:
    assert shared(["barley soup", "Robin", "leeks"], ["soup", "robin"]) == ["soup", "Robin"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We are going to meet Robin at the dentist", {"plan", "appointment", "health"}),
        ("The rent is 640 euros", {"money"}),
        ("Ich muss morgen zum Arzt", {"task", "health"}),
        ("xyz", set()),
    ],
)
def test_kinds_of_things_are_told_by_rules(text: str, expected: set[str]) -> None:
    assert set(kinds(text)) == expected
    assert expected <= KINDS


def test_tags_hold_kinds_facts_and_names() -> None:
    found = tags("I now live in Porto with Anna Berg.", ["lives_in"])
    assert found[0] == "home" and names_of(found) == ["Porto", "Anna Berg"]


def about(id_: str, text: str, day: int = 0, keywords_: tuple[str, ...] = (), *told: str) -> About:
    return About(id_, text, day * DAY, Content(keywords_, told))


SOUP = about("a", "I plan to cook barley soup for Robin on Friday.", 0, ("barley soup",), "plan",
             "Robin")  # fmt: skip


def test_two_memories_that_share_a_rare_name_are_linked_by_it() -> None:
    other = about("b", "Robin has a new bicycle.", 1, ("bicycle",), "Robin")
    link = between(other, SOUP, 0.2, {"robin": 0.9})
    assert link is not None and link.reason is Reason.NAMES
    assert in_words(link.reason, link.words) == "both name Robin"
    assert between(other, SOUP, 0.2, {}) is None  # a name that stands everywhere binds nothing


def test_two_memories_close_in_meaning_are_linked_by_what_they_share() -> None:
    other = about("b", "Soup with barley warms.", 1, ("soup", "barley"))
    link = between(other, SOUP, 0.7, {})
    assert link is not None and link.reason is Reason.MEANING
    assert in_words(link.reason, link.words) == "close in meaning: barley soup"
    assert between(about("c", "Cold.", 1, ("cold",)), SOUP, 0.55, {}) is None


def test_the_same_told_anew_is_told_so() -> None:
    later = about("b", "The barley soup for Robin is now on Sunday instead.", 2, ("barley soup",),
                  "plan", "Robin")  # fmt: skip
    link = between(later, SOUP, 0.8, {"robin": 0.9})
    assert link is not None and link.reason is Reason.TOLD_ANEW
    assert in_words(link.reason, link.words) == "the same plan, told anew"
    earlier = about("c", "Soup on Sunday instead.", -1, ("soup",))
    assert between(earlier, SOUP, 0.8, {}).reason is not Reason.TOLD_ANEW  # type: ignore[union-attr]


def test_a_superseded_fact_goes_before_all_other_reasons() -> None:
    other = about("b", "I have moved to Lyon.", 1)
    link = between(other, SOUP, None, {}, superseded=True)
    assert link is not None and link.reason is Reason.SUPERSEDED
    assert in_words(link.reason, link.words) == "what held before"


def test_only_the_strongest_links_are_chosen() -> None:
    links = [Link(f"m{n % 8}", Reason.MEANING, (), n / 20) for n in range(16)]
    found = chosen(links)
    assert len(found) == MOST and [link.other for link in found][0] == "m7"
    assert all(link.weight >= 0.5 for link in found)


def test_an_old_memory_loses_what_holds_no_longer_and_takes_no_word_of_the_new_one() -> None:
    old = Content(("Berlin", "flat"), ("home",))
    new = evolved(old, Cause.SUPERSEDED, "later", ["berlin"])
    assert new == Content(("flat",), ("home", "no longer so"), "later")
    assert evolved(new, Cause.SUPERSEDED, "later", ["berlin"]) == new
    only = evolved(Content(("Berlin",)), Cause.SUPERSEDED, "later", ["berlin"])
    assert only.keywords == ("Berlin",)  # better than none at all


def test_content_comes_back_as_it_was_kept() -> None:
    one = Content(("Straße", "昨日"), ("plan", "Robin"), "id")
    assert content('["Straße", "昨日"]', '["plan", "Robin"]', one.context_json()) == one
