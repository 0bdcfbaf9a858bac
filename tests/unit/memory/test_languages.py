"""Function words, forms and compounds of several languages."""

from __future__ import annotations

import pytest

from memory import languages
from memory.understand import content_words, is_question, understand


@pytest.mark.parametrize(
    ("question", "language", "words"),
    [
        ("Wann läuft der Mietvertrag aus?", "de", ("läuft", "mietvertrag")),
        ("Où est la clé de l'antivol ?", "fr", ("clé", "antivol")),
        ("¿Dónde está la llave del candado?", "es", ("llave", "candado")),
        ("Dov'è la chiave della bicicletta?", "it", ("dov'è", "chiave", "bicicletta")),
        ("Onde está a chave da bicicleta?", "pt", ("chave", "bicicleta")),
        ("Waar is de sleutel van mijn fiets?", "nl", ("sleutel", "fiets")),
        ("When did the war begin?", "en", ("war", "begin")),
        ("What was the die for?", "en", ("die",)),
        ("Heizung", "", ("heizung",)),
        ("die Heizung", "", ("die", "heizung")),
    ],
)
def test_language_and_content_of_a_question(
    question: str, language: str, words: tuple[str, ...]
) -> None:
    asked = understand(question, 0)
    assert (asked.language, asked.words) == (language, words)


def test_function_words_count_with_and_without_accents() -> None:
    assert content_words("¿Cuando empieza la película en el cine?") == [
        "empieza",
        "pelicula",
        "cine",
    ]
    assert content_words("Where is the cinema?") == ["cinema"]


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("mietvertrage", "mietvertrag", "de"),
        ("kuchens", "kuchen", "de"),
        ("impfen", "impfung", "de"),
        ("terminent", "termine", "fr"),
        ("vaccinee", "vaccins", "fr"),
        ("revisa", "revision", "es"),
        ("termina", "terminan", "es"),
        ("квартира", "квартиру", ""),
    ],
)
def test_forms_of_one_word(one: str, other: str, language: str) -> None:
    assert languages.same_word(one, other, language)
    assert languages.same_word(other, one, language)


@pytest.mark.parametrize(
    ("one", "other"), [("katze", "kater"), ("wohnung", "wohnzimmer"), ("haus", "hafen")]
)
def test_other_words(one: str, other: str) -> None:
    assert not languages.same_word(one, other, "de")


def test_cuts_of_compounds_and_spellings() -> None:
    assert ("heizung", "wartung") in languages.splits("heizungswartung")
    assert ("katze", "futter") in languages.splits("katzenfutter")
    assert all(len(part) >= 4 for cut in languages.splits("bettdecke") for part in cut)
    assert languages.spellings("kuehlschrank") == ["kühlschrank"]
    assert languages.spellings("müller") == ["mueller"]
    assert languages.spellings("dach") == []


def test_elided_words() -> None:
    assert languages.without_elision("l'assurance") == "assurance"
    assert languages.without_elision("don't") == "don't"
    assert languages.without_elision("o'clock") == "o'clock"


@pytest.mark.parametrize(
    "text", ["你有车吗", "これは何ですか", "어디 있습니까", "Wo ist mein Pass"]
)
def test_questions_of_other_languages(text: str) -> None:
    assert is_question(text)
    assert not is_question(text + "。 これ。")
