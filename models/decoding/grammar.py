"""A schema as a grammar of llama.cpp. Pure.

The grammar allows exactly one way of writing a value: that of ``schema.written``, one space
after commas and colons. So a model has no room to wander in white space, and a value that was
cut off can be ended (``models.decoding.closing``). Notation: ggml-org/llama.cpp,
grammars/README.md.
"""

from __future__ import annotations

import json

from models.decoding.schema import Array, Choice, Either, Node, Number, Object, Text, written

# A string may hold anything but quotes, backslashes and control characters, and these escapes.
_COMMON = r"""
char ::= [^"\\\x00-\x1f\x7f] | "\\" ["\\nt]
integer ::= "-"? ("0" | [1-9] [0-9]{0,14})
number ::= integer ("." [0-9]{1,6})?
share ::= "0" ("." [0-9]{1,6})? | "1" (".0")?
"""


def grammar_of(node: Node) -> str:
    """The text of a grammar whose rule ``root`` is the schema."""
    rules = _Rules()
    root = rules.expression(node)
    return f"root ::= {root}\n{''.join(rules.made)}{_COMMON.lstrip()}"


class _Rules:
    def __init__(self) -> None:
        self.made: list[str] = []

    def expression(self, node: Node) -> str:
        match node:
            case Choice():
                return self._named(" | ".join(_literal(one) for one in node.written))
            case Text():
                inner = "" if node.most == 0 else f"char{_times(node.least, node.most)}"
                return rf'"\"" {inner} "\""'
            case Number():
                return node.kind
            case Array():
                return self._array(node)
            case Object():
                parts = [
                    f"{_literal(before)} {self.expression(one)}" for before, one in pieces(node)
                ]
                return self._named(" ".join([*parts, _literal(ending(node))]))
            case Either():
                return self._named(" | ".join(self.expression(one) for one in node.options))

    def _array(self, node: Array) -> str:
        if node.most == 0:
            return _literal("[]")
        item = self._named(self.expression(node.items))
        most = None if node.most is None else node.most - 1
        more = "" if most == 0 else f' (", " {item}){_times(max(0, node.least - 1), most)}'
        several = item + more
        inner = several if node.least else f"({several})?"
        return self._named(f'"[" {inner} "]"')

    def _named(self, expression: str) -> str:
        name = f"part{len(self.made)}"
        self.made.append(f"{name} ::= {expression}\n")
        return name


def pieces(node: Object) -> list[tuple[str, Node]]:
    """What is written before each value of an object, and the value."""
    found = []
    for at, (name, one) in enumerate(node.properties):
        found.append((("{" if at == 0 else ", ") + written(name) + ": ", one))
    return found


def ending(node: Object) -> str:
    return "}" if node.properties else "{}"


def _times(least: int, most: int | None) -> str:
    if least == 0 and most is None:
        return "*"
    return f"{{{least},{'' if most is None else most}}}"


def _literal(text: str) -> str:
    """A text in the grammar's own quotes; JSON's escapes are the grammar's too."""
    return json.dumps(text, ensure_ascii=False)
