"""Answers by a schema, from a model with random weights that would never keep to one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.decoding.schema import check, parse_schema
from models.errors import BadSchemaGiven
from models.llm import ChatMessage, EngineOptions, LanguageModel
from tests.tiny_gguf import make_tiny_gguf
from tests.unit.models.decoding import schemas

QUESTION = [ChatMessage("user", "What is worth remembering of this? Answer as JSON.")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageModel]:
    path = make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", layers=2)
    made = LanguageModel(path, 4096, threads=1, options=EngineOptions(lookup="always"))
    yield made
    made.close()


@pytest.mark.parametrize("name", list(schemas.ALL))
@pytest.mark.parametrize("most", [3, 60, 400])
def test_every_answer_is_a_value_of_the_schema(model: LanguageModel, name: str, most: int) -> None:
    node = parse_schema(schemas.ALL[name])
    for seed in range(4):
        value = model.generate_json(
            QUESTION, schemas.ALL[name], max_tokens=most, temperature=1.5, seed=seed
        )
        assert check(node, value)
        assert model.last is not None and model.last.made_tokens <= most


def test_the_same_value_with_guesses_and_without(model: LanguageModel, tmp_path: Path) -> None:
    options = EngineOptions(lookup="never")
    alone = LanguageModel(model.path, 4096, threads=1, options=options)
    try:
        asked: dict[str, Any] = {"max_tokens": 300, "temperature": 0.0}
        with_guesses = model.generate_json(QUESTION, schemas.REFERRING, **asked)
        assert alone.generate_json(QUESTION, schemas.REFERRING, **asked) == with_guesses
    finally:
        alone.close()


def test_equal_seeds_give_equal_values(model: LanguageModel) -> None:
    made = [
        model.generate_json(QUESTION, schemas.NOTE, max_tokens=200, temperature=1.0, seed=seed)
        for seed in (1, 1, 2)
    ]
    assert made[0] == made[1] != made[2]


def test_a_schema_that_is_not_understood_is_refused_before_anything_is_loaded(
    model: LanguageModel,
) -> None:
    with pytest.raises(BadSchemaGiven) as error:
        model.generate_json(QUESTION, {"type": "string", "pattern": "a+"})
    assert "pattern" in error.value.message
    assert model.count_tokens("still there") > 0


def test_a_cancelled_value_is_none(model: LanguageModel) -> None:
    cancel = threading.Event()
    cancel.set()
    assert model.generate_json(QUESTION, schemas.NOTE, cancel=cancel) is None


def test_a_grammar_in_llama_cpps_notation(model: LanguageModel) -> None:
    grammar = 'root ::= "yes, " [0-9]{3} "."'
    text = "".join(model.generate(QUESTION, grammar=grammar, temperature=1.0, seed=4))
    assert text.startswith("yes, ") and text.endswith(".") and text[5:8].isdigit()
    assert model.last is not None and model.last.reason == "end"


def test_a_grammar_that_is_none_is_refused(model: LanguageModel) -> None:
    with pytest.raises(BadSchemaGiven):
        list(model.generate(QUESTION, grammar='root ::= "open'))
    assert list(model.generate(QUESTION, max_tokens=3))


def test_logits_of_the_last_rows(model: LanguageModel) -> None:
    rows = model.logits("The deposit was paid in March.", rows=5)
    assert len(rows) == 5 and len({len(row) for row in rows}) == 1
    assert [list(row) for row in model.logits("The deposit was paid in March.", rows=5)] == [
        list(row) for row in rows
    ]
    last = model.logits("The deposit was paid in March.")
    assert len(last) == 1
    greedy = max(range(len(rows[-1])), key=lambda at: rows[-1][at])
    assert greedy == max(range(len(last[0])), key=lambda at: last[0][at])
    assert model.logits([5, 6, 7], rows=99)[0]


def test_the_form_is_json_as_everybody_reads_it(model: LanguageModel) -> None:
    value = model.generate_json(QUESTION, schemas.NOTE, max_tokens=120, temperature=2.0, seed=9)
    assert json.loads(json.dumps(value)) == value
    assert list(value) == list(schemas.NOTE["properties"])
