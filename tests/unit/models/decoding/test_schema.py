from __future__ import annotations

from typing import Any

import pytest

from models.decoding.schema import BadSchema, check, parse_schema
from tests.unit.models.decoding import schemas


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (schemas.ALL["short"], ["abc", "🙂🙂🙂"], ["ab", "abcdef", 3, None]),
        (schemas.ALL["score"], [-2, 0, 12], [-3, 13, 1.5, "1", True]),
        (schemas.ALL["number"], [1, 1.5, -3], [True, "1", float("nan"), None]),
        (schemas.ALL["yes"], [True, False], [0, 1, "true", None]),
        (schemas.ALL["one of"], [1, "1", None, {"a": [1, 2]}], [2, "10", {"a": [2, 1]}]),
        (schemas.REFERRING, [[{"name": "", "age": 3}]], [[], [{"name": ""}], {}]),
        (schemas.ALL["either"], [{"a": 1}, {"b": ""}, 3, "x"], [{"a": ""}, {"c": 1}, None]),
    ],
)
def test_values_are_checked(schema: Any, good: list[Any], bad: list[Any]) -> None:
    node = parse_schema(schema)
    assert [one for one in good if not check(node, one)] == []
    assert [one for one in bad if check(node, one)] == []


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ({"type": "string", "pattern": "a+"}, "pattern"),
        ({"type": "string", "format": "date"}, "format"),
        ({"type": "object", "properties": {}, "minProperties": 2}, "minProperties"),
        ({"type": "object", "properties": {}, "required": ["a"]}, "required"),
        ({"type": "array"}, "items"),
        ({"type": "integer", "minimum": 3}, "limits"),
        ({"type": "number", "minimum": 2, "maximum": 3}, "0 and 1"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, "together"),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, "circle"),
        ({"$ref": "#/elsewhere"}, "elsewhere"),
        ({"allOf": []}, "None"),
        ({"enum": []}, "enum"),
        ("string", "no schema"),
    ],
)
def test_what_is_not_understood_is_refused(schema: Any, word: str) -> None:
    with pytest.raises(BadSchema, match=word):
        parse_schema(schema)


def test_words_about_a_value_are_passed_over() -> None:
    described = {"type": "integer", "title": "T", "description": "D", "default": 3}
    assert parse_schema(described) == parse_schema({"type": "integer"})


def test_schemas_of_pydantic_are_understood() -> None:
    from pydantic import BaseModel, Field

    class Fact(BaseModel):
        text: str = Field(max_length=200, description="one sentence")
        about: list[str] = Field(default_factory=list, max_length=5)
        certain: float = Field(ge=0, le=1)
        day: str | None = None

    class Facts(BaseModel):
        facts: list[Fact]

    node = parse_schema(Facts.model_json_schema())
    value = Facts(facts=[Fact(text="a", certain=0.5)]).model_dump()
    assert check(node, value)
