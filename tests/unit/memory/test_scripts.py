"""How texts are laid out for the keyword index."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory import scripts
from memory.store.words import Stemmer

UNSPACED = st.text("菩提樹冷蔵庫のパスワード고양이猫。 a", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Queen’s café – naïve…", "The Queen’s café – naïve…"),
        ("冷蔵庫", "冷 冷蔵 蔵 蔵庫 庫"),
        ("猫", "猫"),
        ("の", "の"),
        ("パソコン", "パソ ソコ コン"),
        ("ﾊﾟｿｺﾝ", "パソ ソコ コン"),
        ("我有iPhone手机", "我 我有 有 iPhone 手 手机 机"),
        ("고양이는 어디", "고 고양 양 양이 이 이는 는 어 어디 디"),
        ("ตู้เย็น", "ตู้ ู้เ ้เย เย็ ย็น"),
        ("ไป", "ไป"),
        ("Straße", "Strasse"),
        ("Heiz\xadungs\u200bkeller ①", "Heizungskeller ①"),
        ("ＡＢＣ１２３", "ABC123"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_layout(text: str, expected: str) -> None:
    assert " ".join(scripts.laid_out(text).split()) == expected


@given(UNSPACED, st.data())
def test_a_part_of_a_run_is_a_part_of_its_groups(run: str, data: st.DataObject) -> None:
    """So that a phrase is found wherever it stands. A single kana is only a word alone."""
    start = data.draw(st.integers(0, len(run) - 1))
    part = run[start : data.draw(st.integers(start + 1, len(run)))]
    whole, groups = scripts.laid_out(run).split(), scripts.laid_out(part).split()
    alone = [g for g in groups if len(g) == 1 and g in "のパスワード"]
    latin = [g for g in groups if not scripts.is_grouped(g)]
    if groups and not alone and not latin:
        assert any(whole[at : at + len(groups)] == groups for at in range(len(whole)))


@given(st.text(max_size=60))
def test_any_text_can_be_laid_out_and_again(text: str) -> None:
    once = scripts.laid_out(text)
    assert scripts.laid_out(text) == once
    # A sign that contains a letter (a circled 一) is folded to it, and no part of a run.
    plain = unicodedata.normalize("NFKC", text)
    assert not scripts.is_grouped(scripts.letters(plain))


def test_letters_are_folded_and_leave_the_groups_out() -> None:
    assert scripts.letters("Verträge") == "vertrage"
    assert scripts.letters("Plain TEXT") == "Plain TEXT"
    assert scripts.letters("新Büro在二楼").split() == ["buro"]


def test_grammar_weighs_less_than_content() -> None:
    assert scripts.weight("heizung") == scripts.weight("冷蔵") == scripts.weight("パス") == 1.0
    assert scripts.weight("です") < scripts.weight("蔵の") < scripts.weight("冷蔵")
    assert scripts.weight("的") < scripts.weight("猫") < scripts.weight("冰箱")


def test_marks_stay_with_their_letters_in_the_index() -> None:
    """A word of Hindi or Thai is not torn at its vowels."""
    stemmer = Stemmer()
    hindi = "हिन्दी"
    assert any(unicodedata.category(ch) == "Mn" for ch in hindi)
    assert stemmer.stems([hindi, "Straße", "❤️"]) == [(hindi,), ("strass",), ()]
    stemmer.close()
