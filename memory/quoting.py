"""The answer without a language model: exact quotations, in one piece.

Runs in the thread that reads the stream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from memory import quote
from memory.answer_parts import Answer, Ask, citation
from memory.log import describe
from memory.protocol import AskDelta, AskEvent, Problem
from memory.quote import Quote
from memory.recall.found import Recalled
from memory.retrieve import Recall
from memory.settings import Settings
from memory.understand import content_words, is_question

log = logging.getLogger(__name__)

Embed = Callable[[Sequence[str]], NDArray[np.float32]]

NOTED = "Noted. You can ask me about it any time."
GREETING = "Hello. Ask me about anything you have given me, or tell me what to remember."
_SMALL_TALK = frozenset(
    "hello hi hey hallo good morning evening afternoon night day thanks thank thx ok okay bye"
    " goodbye great nice cool well recollect today".split()
)
_STATEMENT_LEAST_WORDS = 3


class Quoting:
    """``embed`` turns sentences into vectors and may raise; then words alone choose."""

    def __init__(
        self, recall: Recall, settings: Callable[[], Settings], embed: Embed | None
    ) -> None:
        self._recall = recall
        self._settings = settings
        self._embed = embed

    def quotes(self, recalled: Recalled) -> list[Quote]:
        """The sentences that answer, the best first; empty when nothing fits."""
        weights = {term.text: term.idf * term.weight for term in recalled.terms.terms}
        stems = self._recall.stems
        asked, found = recalled.asked, recalled.found
        try:
            return quote.choose(recalled.question, asked, found, weights, stems, self._embed)
        except Exception as error:  # the embedder; words alone still choose
            log.warning("quoting by words only\n%s", describe(error))
            return quote.choose(recalled.question, None, found, weights, stems, None)

    def answer(
        self,
        ask: Ask,
        recalled: Recalled,
        opening: str = quote.OPENING,
        problem: Problem | None = None,
    ) -> Iterator[AskEvent]:
        """Set ``ask.draft`` to an answer of exact sentences, and send it."""
        greeted = _SMALL_TALK.issuperset(content_words(ask.request.question))
        quotes = [] if greeted else self.quotes(recalled)
        text = quote.as_text(quotes, opening)
        if not quotes and problem is None:
            text = GREETING if greeted else NOTED if self._is_told(ask) else text
        citations = [
            citation(n, one.found, (one.start, one.end)) for n, one in enumerate(quotes, 1)
        ]
        answer = Answer(text, citations, problem=problem)
        ask.draft = lambda: answer
        yield AskDelta(**ask.number(), text=text)

    def _is_told(self, ask: Ask) -> bool:
        """Whether the person told something, and it will be remembered."""
        if ask.begun is None or ask.begun.chat.private or not self._settings().remember_chats:
            return False
        text = ask.request.question.strip()
        said = text.endswith((".", "!", "。")) and not is_question(text)
        return said and len(text.split()) >= _STATEMENT_LEAST_WORDS
