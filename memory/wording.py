"""The answer in a language model's words, streamed; by quotation when the model fails.

Runs in the thread that reads the stream. The cancel event is handed to the model with every
step, loading included, so that Stop is heard at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from memory import prompt
from memory.answer_parts import Answer, Ask, citation
from memory.chats import Begun
from memory.citations import CitationFilter
from memory.clock import Clock
from memory.errors import ModelUnavailable, problem_from
from memory.log import describe
from memory.protocol import AskDelta, AskEvent, MessageInfo, Problem
from memory.quote import Quote
from memory.quoting import Quoting
from memory.store.portrait import Told
from memory.window import window
from models.llm_parts import Kept

if TYPE_CHECKING:
    from memory.iterated.looking import Wider

log = logging.getLogger(__name__)

_JOIN_S = 0.04  # tokens are sent together for about this long
_TEMPERATURE = 0.2

BROKEN_OFF = "The model did not finish. "


class LanguageModel(Protocol):
    """What answers need of ``models.llm.LanguageModel``."""

    @property
    def path(self) -> Path: ...

    @property
    def state(self) -> str: ...

    @property
    def context_tokens(self) -> int: ...

    def load(self, cancel: threading.Event | None = None) -> None: ...

    def generate(
        self,
        messages: list[Any],
        *,
        max_tokens: int,
        temperature: float,
        stop: Sequence[str],
        cancel: threading.Event,
        kept: Kept | None,
    ) -> Iterator[str]: ...

    def generate_json(
        self,
        messages: list[Any],
        schema: Mapping[str, Any],
        *,
        max_tokens: int,
        temperature: float,
        cancel: threading.Event,
        seed: int | None,
        kept: Kept | None,
    ) -> Any: ...

    def prepare(self, messages: list[Any], kept: Kept) -> int: ...

    def count_tokens(self, text: str, cancel: threading.Event | None = None) -> int: ...


class Wording:
    """``quoting`` takes over when the model fails or says nothing."""

    def __init__(self, quoting: Quoting, clock: Clock) -> None:
        self._quoting = quoting
        self._clock = clock
        self._about: tuple[object, tuple[str, int]] = (None, ("", 0))

    def answer(
        self,
        ask: Ask,
        wider: Wider,
        sources: list[prompt.Source],
        model: LanguageModel,
        name: str,
    ) -> Iterator[AskEvent]:
        """Send the model's words as they come, ``ask.draft`` following them.

        ``sources`` are ``wider.found``, numbered. Quotations come from the plain look alone.
        """
        said = _Said(ask, wider, name, self._quoting)
        ask.draft = said.answer
        problem: Problem | None = None
        try:
            yield from self._stream(ask, sources, model, said)
        except GeneratorExit:
            raise
        except Exception as error:
            log.warning("the model failed\n%s", describe(error))
            problem = problem_from(error)
        if problem is None and not said.text and not ask.cancel.is_set():
            problem = _silent(name)
        if problem is not None:
            if said.text:
                yield AskDelta(**ask.number(), text="\n\n")
            yield from self._quoting.answer(ask, wider.plain, BROKEN_OFF, problem)

    def _stream(
        self, ask: Ask, sources: list[prompt.Source], model: LanguageModel, said: _Said
    ) -> Iterator[AskEvent]:
        if model.state not in ("loaded", "answering"):
            yield ask.stage("loading", said.name)
        model.load(ask.cancel)
        if ask.cancel.is_set():
            return
        about, kept = self._portrait(ask, model)
        asked = self._prompt(ask, sources, model, about)
        if ask.cancel.is_set():
            return
        yield ask.stage("reading", said.name)
        said.told = ask.portrait[:kept]
        said.numbers = CitationFilter([source.n for source in asked.sources])
        begun = False
        for piece in _joined(_generated(ask, asked, model), said.numbers):
            if not begun:
                yield ask.stage("answering", said.name)
                begun = True
            said.add(piece)
            yield AskDelta(**ask.number(), text=piece)

    def read_ahead(self, ask: Ask, answer: Answer, model: LanguageModel) -> None:
        """Have the model read now what the next question of this chat will begin with.

        On a thread of its own; it gives way to whoever needs the model.
        """
        begun = ask.begun
        if begun is None or model.state != "loaded":
            return
        history = [*begun.history, *_turn(begun, ask.request.question, answer)]
        said = window(history, begun.before, room_for_talk(model, ask.portrait))

        def read() -> None:
            try:
                about, _count = self._portrait(ask, model)
                before = prompt.beginning(prompt.as_messages(said), about)
                kept = _beginnings(before, in_files=not begun.chat.private)
                model.prepare([*before, prompt.ChatMessage("user", "?")], kept)
            except Exception as error:  # it is loaded anew with the next question
                log.info("reading ahead ended: %s", type(error).__name__)

        threading.Thread(target=read, name="llm-ahead", daemon=True).start()

    def _prompt(
        self, ask: Ask, sources: list[prompt.Source], model: LanguageModel, about: str
    ) -> prompt.Prompt:
        return prompt.build(
            ask.request.question,
            sources,
            ask.said,
            self._clock.now_ms(),
            model.context_tokens,
            lambda text: model.count_tokens(text, ask.cancel),
            about,
        )

    def _portrait(self, ask: Ask, model: LanguageModel) -> tuple[str, int]:
        """The portrait as the prompt has it, and how many of its lines that is; made once, as
        long as they are the same."""
        lines = tuple(one.text for one in ask.portrait)
        key = (lines, str(model.path), model.context_tokens)
        if self._about[0] != key:
            made = prompt.about(
                lines, model.context_tokens, lambda text: model.count_tokens(text, ask.cancel)
            )
            if ask.cancel.is_set():
                return made  # counting may have been cut short
            self._about = (key, made)
        return self._about[1]


class _Said:
    """The model's words so far, and the answer they make."""

    def __init__(self, ask: Ask, wider: Wider, name: str, quoting: Quoting) -> None:
        self.name = name
        self.numbers = CitationFilter([])
        self._ask = ask
        self._wider = wider
        self._quoting = quoting
        self._pieces: list[str] = []
        self._restarts = 0
        self.told: tuple[Told, ...] = ()

    @property
    def text(self) -> str:
        only_thought = self.numbers.restarts != self._restarts
        return "" if only_thought else "".join(self._pieces).strip()

    def add(self, piece: str) -> None:
        if self.numbers.restarts != self._restarts:  # what came before was only thought
            self._restarts = self.numbers.restarts
            self._pieces.clear()
        self._pieces.append(piece)

    def answer(self) -> Answer:
        """With the numbers it really used, each with its best sentences."""
        found = self._wider.found
        best = self._quoted({found[n - 1].row.memory.id for n in self.numbers.used})
        citations = []
        for n in sorted(self.numbers.used):
            one = best.get(found[n - 1].row.memory.id)
            span = (one.start, one.end) if one else None
            citations.append(citation(n, found[n - 1], span, self._ask.recall))
        return Answer(
            self.text,
            citations,
            model=self.name,
            stopped=self._ask.cancel.is_set(),
            learn_from=(
                *(one.row.memory.text for one in found),
                *(one.text for one in self.told),
            ),
            made_of=(
                *(one.row.memory.id for one in found),
                *(one.memory_id for one in self.told if one.memory_id),
            ),
            told=self.told,
        )

    def _quoted(self, wanted: set[str]) -> dict[str, Quote]:
        """The best sentences of these memories, by the first look that quotes each."""
        best: dict[str, Quote] = {}
        for recalled in (self._wider.plain, *self._wider.recalls):
            if wanted.issubset(best):
                break
            for one in self._quoting.quotes(recalled):
                best.setdefault(one.found.row.memory.id, one)
        return best


def _generated(ask: Ask, asked: prompt.Prompt, model: LanguageModel) -> Iterator[str]:
    pieces = model.generate(
        list(asked.messages),
        max_tokens=asked.max_tokens,
        temperature=_TEMPERATURE,
        stop=(),
        cancel=ask.cancel,
        kept=_kept(ask, asked),
    )
    for piece in pieces:
        if ask.cancel.is_set():
            return
        yield piece


def _kept(ask: Ask, asked: prompt.Prompt) -> Kept | None:
    """Which parts of the prompt come again; of a private chat nothing is kept."""
    if ask.begun is not None and ask.begun.chat.private:
        return None
    return _beginnings(asked.messages[:-1])


def room_for_talk(model: LanguageModel, portrait: Sequence[Told]) -> int:
    """Tokens of the context that are left beside the portrait."""
    context = model.context_tokens
    return context - prompt.portrait_room(context) if portrait else context


def _beginnings(before: Sequence[prompt.ChatMessage], *, in_files: bool = True) -> Kept:
    """With a portrait nothing of the beginning is free of the person: all of it goes with the
    next forgetting."""
    bare = before[0].content == prompt.SYSTEM
    return Kept(fixed=1 if bare else 0, chat=len(before), in_files=in_files)


def _turn(begun: Begun, question: str, answer: Answer) -> list[MessageInfo]:
    """The question and its answer as the next question will find them in the chat."""
    said: list[tuple[str, Literal["person", "assistant"], str]] = [
        (begun.question_id, "person", question),
        (begun.answer_id, "assistant", answer.text),
    ]
    at = begun.chat.updated_at
    return [
        MessageInfo(id=id_, chat=begun.chat.id, role=role, text=text, at=at)
        for id_, role, text in said
    ]


def _joined(pieces: Iterator[str], numbers: CitationFilter) -> Iterator[str]:
    """Pieces of about 40 ms each, with the numbers of memories checked."""
    waiting: list[str] = []
    since = time.perf_counter()
    restarts = numbers.restarts
    try:
        for piece in pieces:
            shown = numbers.feed(piece)
            if numbers.restarts != restarts:
                restarts, waiting = numbers.restarts, []
            waiting.append(shown)
            if time.perf_counter() - since >= _JOIN_S and (text := "".join(waiting)):
                waiting, since = [], time.perf_counter()
                yield text
    except Exception:
        # What came before the failure is shown; then the failure is.
        if text := "".join(waiting):
            yield text
        raise
    waiting.append(numbers.end())
    if text := "".join(waiting):
        yield text


def _silent(name: str) -> Problem:
    return ModelUnavailable(
        "The model gave no answer",
        "It ended without a word, so the answer below is quoted from your memories.",
        "Ask again, or choose another model.",
        item=name,
    ).problem()
