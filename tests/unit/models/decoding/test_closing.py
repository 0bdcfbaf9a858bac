"""A value cut off at any place can be ended, and is then one that the schema allows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decoding.closing import NotABeginning, close
from models.decoding.schema import check, parse_schema, written
from tests.unit.models.decoding import schemas


@pytest.mark.parametrize("name", list(schemas.ALL))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_beginning_can_be_ended(name: str, data: st.DataObject) -> None:
    node = parse_schema(schemas.ALL[name])
    value = data.draw(schemas.VALUES[name])
    assert check(node, value)
    text = plain(value)
    assert close(node, text) == ""
    for cut in range(len(text)):
        ended = text[:cut] + close(node, text[:cut])
        assert check(node, json.loads(ended)), ended


def plain(value: Any) -> str:
    """As written, with numbers as the grammar writes them: without an exponent."""
    return written(value).replace("1e-06", "0.000001")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("yes", "x"),
        ("yes", "truefalse"),
        ("text", "no quote"),
        ("text", '"a\x01'),
        ("text", '"\\u00e4"'),
        ("note", '{"tags"'),
        ("score", "13"),
        ("number", "1.5.2"),
        ("pairs", "[[1]]"),
        ("empty", "{ }"),
    ],
)
def test_what_is_no_beginning_is_an_error(name: str, text: str) -> None:
    with pytest.raises(NotABeginning):
        close(parse_schema(schemas.ALL[name]), text)


def test_the_end_is_a_short_one() -> None:
    node = parse_schema(schemas.NOTE)
    rest = close(node, '{"title": "Ann')
    assert rest == (
        '", "tags": [], "kind": "fact", "important": true, "count": 0, "sure": 0, "when": null}'
    )
