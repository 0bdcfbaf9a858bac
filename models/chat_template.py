"""Writes a chat the way its model was trained to read it. Pure; runs in the LLM worker.

The template comes with the model and is a Jinja program of a stranger: it runs in Jinja's
sandbox. What people and memories say never goes through it as text. A placeholder stands for
each message, so that afterwards the words of the template (which may hold control tokens) and
the words of the messages (which must not) can be tokenised apart.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

# The format of gpt-oss ("harmony", github.com/openai/harmony) writes thoughts and answers in
# channels; opening the last one leaves out the thoughts, as ``enable_thinking`` does elsewhere.
_CHANNELS = "<|start|>assistant"
_FINAL_CHANNEL = "<|channel|>final<|message|>"


@dataclass(frozen=True)
class Message:
    role: str
    content: str


@dataclass(frozen=True)
class Segment:
    """A piece of the prompt; ``special`` where control tokens in it mean something."""

    text: str
    special: bool


@dataclass(frozen=True)
class Prompt:
    segments: tuple[Segment, ...]
    stop: tuple[str, ...] = ()
    """Texts at which the answer ends, besides the model's own end token."""


def write_prompt(
    messages: Sequence[Message], template: str | None, bos: str = "", eos: str = ""
) -> Prompt:
    """The prompt for ``messages``, ending where the assistant is to begin.

    Templates that know no system role, or insist that roles alternate, are tried again with
    the messages folded to please them; a template that still fails, or drops the last
    message, is replaced by plain words.
    """
    for given in (list(messages), fold(messages)) if template else ():
        try:
            return _rendered(given, template or "", bos, eos)
        except Exception:  # a stranger's program: any error of any library
            continue
    return _plain(messages)


def fold(messages: Sequence[Message]) -> list[Message]:
    """Only person and assistant in turn: system words join the next thing the person says."""
    folded: list[Message] = []
    for message in messages:
        role = "user" if message.role == "system" else message.role
        if folded and folded[-1].role == role:
            joined = f"{folded[-1].content}\n\n{message.content}"
            folded[-1] = Message(role, joined)
        else:
            folded.append(Message(role, message.content))
    return folded


def _rendered(messages: Sequence[Message], template: str, bos: str, eos: str) -> Prompt:
    key = secrets.token_hex(8)
    marks = [f"recollect{key}n{at}e" for at in range(len(messages))]
    shown = [
        {"role": message.role, "content": mark}
        for message, mark in zip(messages, marks, strict=True)
    ]
    text = _environment().from_string(template).render(
        messages=shown,
        bos_token=bos,
        eos_token=eos,
        add_generation_prompt=True,
        enable_thinking=False,
        tools=None,
        raise_exception=_refuse,
        strftime_now=lambda form: datetime.now().strftime(form),
    )  # fmt: skip
    if text.endswith(_CHANNELS) and "<|channel|>" in template:
        text += _FINAL_CHANNEL
    if marks and text.count(marks[-1]) != 1:
        raise ValueError("the template lost the question")
    segments: list[Segment] = []
    for at, piece in enumerate(re.split(f"recollect{key}n([0-9]+)e", text)):
        words = messages[int(piece)].content.strip() if at % 2 else piece
        if words:
            segments.append(Segment(words, special=at % 2 == 0))
    return Prompt(tuple(segments))


def _plain(messages: Sequence[Message]) -> Prompt:
    """For models that bring no template: a written dialogue."""
    names = {"system": "", "user": "Question: ", "assistant": "Answer: "}
    parts = [names.get(m.role, "") + m.content.strip() for m in messages]
    text = "\n\n".join(part for part in parts if part) + "\n\nAnswer:"
    return Prompt((Segment(text, special=False),), stop=("\nQuestion:",))


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


class _GenerationTag(Extension):
    """Lets the training mark ``{% generation %}`` through, which templates carry along."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    """The dialect chat templates are written in: that of the transformers library."""
    made = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[_GenerationTag, "jinja2.ext.loopcontrols"],
    )
    made.filters["tojson"] = _to_json
    return made


def _to_json(value: Any, indent: int | None = None, **_options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
