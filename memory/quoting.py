"""The answer without a language model: exact quotations, in one piece.

Runs in the thread that reads the stream.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping

from memory import quote
from memory.answer_parts import Answer, Ask, citation
from memory.log import describe
from memory.protocol import AskDelta, AskEvent, Problem
from memory.quote import Quote
from memory.quote_pool import Look
from memory.recall.found import Recalled
from memory.recall.terms import Terms
from memory.retrieve import Recall
from memory.settings import Settings
from memory.understand import content_words, is_question

log = logging.getLogger(__name__)

NOTED = "Noted. You can ask me about it any time."
GREETING = "Hello. Ask me about anything you have given me, or tell me what to remember."
_SMALL_TALK = frozenset(
    "hello hi hey hallo good morning evening afternoon night day thanks thank thx ok okay bye"
    " goodbye great nice cool well recollect today".split()
)
_STATEMENT_LEAST_WORDS = 3


# A term that stands almost everywhere counts this part of the least rare one that does not.
_COMMON = 0.3


def rarity(terms: Terms) -> Mapping[str, float]:
    """The question's terms as a recall found them, with what each tells."""
    known = {term.text: term.idf * term.weight for term in terms.terms}
    common = _COMMON * min(known.values(), default=1.0)
    return {term: common for term in terms.common} | known


class Quoting:
    """``look`` shows sentences as the embedder sees them and may raise; then words choose."""

    def __init__(self, recall: Recall, settings: Callable[[], Settings], look: Look | None) -> None:
        self._recall = recall
        self._settings = settings
        self._look = look

    def quotes(self, recalled: Recalled) -> list[Quote]:
        """The sentences that answer, the best first; empty when nothing fits."""
        found, stems = recalled.found, self._recall.stems
        weights = rarity(recalled.terms)
        try:
            return quote.choose(recalled.question, found, weights, stems, self._look)
        except Exception as error:  # the embedder; words alone still choose
            log.warning("quoting by words only\n%s", describe(error))
            return quote.choose(recalled.question, found, weights, stems, None)

    def answer(
        self,
        ask: Ask,
        recalled: Recalled,
        before: str = "",
        problem: Problem | None = None,
    ) -> Iterator[AskEvent]:
        """Set ``ask.draft`` to an answer of exact sentences, and send it.

        Where nothing seems to answer the question the nearest are quoted, the answer says so,
        and none of them gains strength. ``before`` is said in front.
        """
        greeted = _SMALL_TALK.issuperset(content_words(ask.request.question))
        nearest = recalled.nearest_only
        no_question = greeted or (nearest and self._is_told(ask))
        quotes = [] if no_question else self.quotes(recalled)
        text = quote.as_text(quotes, before + (quote.NEAREST if nearest else quote.OPENING))
        if not quotes and problem is None:
            text = GREETING if greeted else NOTED if self._is_told(ask) else text
        citations = [
            citation(n, one.found, (one.start, one.end), ask.recall)
            for n, one in enumerate(quotes, 1)
        ]
        answer = Answer(text, citations, problem=problem, used=not nearest)
        ask.draft = lambda: answer
        yield AskDelta(**ask.number(), text=text)

    def _is_told(self, ask: Ask) -> bool:
        """Whether the person told something, and it will be remembered."""
        if ask.begun is None or ask.begun.chat.private or not self._settings().remember_chats:
            return False
        text = ask.request.question.strip()
        said = text.endswith((".", "!", "。")) and not is_question(text)
        return said and len(text.split()) >= _STATEMENT_LEAST_WORDS
