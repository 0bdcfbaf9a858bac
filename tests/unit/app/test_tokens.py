"""Contrast of the two palettes, and the arithmetic behind it."""

from __future__ import annotations

import re

import pytest

from app import tokens
from app.tokens import CONTRAST_MARKS, CONTRAST_TEXT, DARK, LIGHT, Palette, contrast, mixed


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read(palette: Palette) -> None:
    weak = {
        (name, ground): round(contrast(getattr(palette, name), getattr(palette, ground)), 2)
        for name, ground in CONTRAST_TEXT
        if contrast(getattr(palette, name), getattr(palette, ground)) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_can_be_seen(palette: Palette) -> None:
    weak = {
        (name, ground): round(contrast(getattr(palette, name), getattr(palette, ground)), 2)
        for name, ground in CONTRAST_MARKS
        if contrast(getattr(palette, name), getattr(palette, ground)) < 3.0
    }
    assert weak == {}


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_are_written_alike_and_never_pure(palette: Palette) -> None:
    for name, value in palette.items():
        assert re.fullmatch(r"#[0-9a-f]{6}", value), name
        assert value not in ("#000000", "#ffffff"), name


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)


def test_mixed() -> None:
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert mixed(LIGHT.text, LIGHT.surface, 0.0) == LIGHT.text


def test_sizes_are_those_of_the_look() -> None:
    assert (tokens.TITLE, tokens.SMALL, tokens.LINE_HEIGHT, tokens.GRID) == (1.35, 0.87, 1.45, 8)
