"""What the documents name must exist: commands, options, files, make targets."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from app.cli import build_parser

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "assets/docs").glob("*.md")),
]


def _commands() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    choice = next(a for a in actions if isinstance(a, argparse._SubParsersAction))
    return dict(choice.choices)


def _code(document: Path) -> list[str]:
    """Inline code and indented or fenced command lines."""
    text = document.read_text("utf-8")
    inline = re.findall(r"`([^`\n]+)`", text)
    blocks = [line.strip() for line in text.splitlines() if re.match(r"^(    |\$ )\S", line)]
    return inline + blocks


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_and_options_exist(document: Path) -> None:
    commands = _commands()
    for code in _code(document):
        words = shlex.split(code.replace("\\|", " ").replace("'", ""), comments=True)
        if len(words) < 2 or words[0] != "recollect" or not re.fullmatch(r"[a-z]+", words[1]):
            continue
        assert words[1] in commands, f"{document.name}: {code}"
        known = commands[words[1]].format_help()
        for option in re.findall(r"--[a-z-]+", code):
            assert option in known or option == "--data-dir", f"{document.name}: {code}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document: Path) -> None:
    for code in _code(document):
        if re.fullmatch(r"(app|memory|models|assets|tests|packaging)/[\w./-]*", code):
            assert (ROOT / code).exists(), f"{document.name}: {code}"
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_make_targets_named_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    named = set(re.findall(r"`?make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")))
    assert named, "the README names no make target"
    assert all(re.search(rf"^{name}:", makefile, re.M) for name in named)
