"""One question from start to stored answer, as a stream of events.

Runs in the thread that reads the stream. With a language model its words are streamed
(``memory.wording``); without one, or when it fails, the answer is made of exact quotations
(``memory.quoting``), and says so. The cancel event is looked at before every piece.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from memory import prompt, quote
from memory.answer_parts import Answer, Ask, citation
from memory.chats import Begun, Chats
from memory.clock import Clock
from memory.errors import problem_from
from memory.log import describe
from memory.protocol import (
    AskDone,
    AskEvent,
    AskFailed,
    AskRequest,
    AskSources,
    MemoryKind,
    MessageInfo,
    RecallRequest,
)
from memory.quote_pool import Look
from memory.quoting import Quoting
from memory.recall.found import Recalled
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store import memories, scopes
from memory.store.db import Database
from memory.turns import Ended
from memory.understand import content_words
from memory.window import window
from memory.wording import LanguageModel, Wording

log = logging.getLogger(__name__)

_SOURCES = 8
# A question with fewer words of its own is searched together with the one before it.
_LEAST_WORDS = 2
_NEIGHBOUR_CHARS = 240


class Answers:
    """Answers questions. Safe to use from any thread, several questions at once.

    ``model`` gives the language model in use and its name, or None; ``look`` shows
    sentences as the embedder sees them and may raise, then quotes are chosen by words.
    """

    def __init__(
        self,
        database: Database,
        recall: Recall,
        chats: Chats,
        clock: Clock,
        settings: Callable[[], Settings],
        look: Look | None,
        model: Callable[[], tuple[LanguageModel, str] | None],
    ) -> None:
        self._database = database
        self._recall = recall
        self._chats = chats
        self._model = model
        self._quoting = Quoting(recall, settings, look)
        self._wording = Wording(self._quoting, clock)

    def ask(
        self, request: AskRequest, request_id: str, cancel: threading.Event
    ) -> Iterator[AskEvent]:
        """Events: stage and sources, then deltas, then done; or failed as the last one.

        Closing the iterator stops the answer; what was said until then is kept.

        Raises:
            NotFound: there is no such chat; before the first event.
        """
        ask = Ask(request, request_id, cancel)
        if request.chat is not None:
            begun = self._chats.begin(request.chat, request.question)
            ask.begun = replace(begun, history=self._usable(begun, request))
        try:
            yield from self._steps(ask)
        except GeneratorExit:  # the reader has gone: stop, keep what was said
            cancel.set()
            self._store(ask, replace(ask.draft(), stopped=True))
            raise
        except Exception as error:
            log.warning("question failed\n%s", describe(error))
            problem = problem_from(error)
            if ask.begun is not None and not ask.stored:
                self._chats.end(ask.begun, Ended("", "failed", [], None, problem))
            yield AskFailed(**ask.number(), problem=problem)

    def _steps(self, ask: Ask) -> Iterator[AskEvent]:
        yield ask.stage("searching")
        chosen = self._model() if ask.request.use_model else None
        if chosen is not None and ask.begun is not None:
            ask.said = window(ask.begun.history, ask.begun.before, chosen[0].context_tokens)
        recalled = self._find(ask)
        sources = self._sources(recalled)
        offered = [citation(source.n, source.found) for source in sources]
        yield AskSources(
            **ask.number(),
            message=ask.begun.answer_id if ask.begun else None,
            citations=offered,
            searched=recalled.searched,
            took_ms=ask.ms,
            problems=recalled.problems,
        )
        if chosen is None:
            yield from self._quoting.answer(ask, recalled)
        else:
            yield from self._wording.answer(ask, recalled, sources, *chosen)
        answer = self._store(ask, ask.draft())
        yield AskDone(
            **ask.number(),
            answer=answer.text,
            citations=answer.citations,
            model=answer.model,
            stopped=answer.stopped,
            quotation=answer.model is None,
            took_ms=ask.ms,
            problem=answer.problem,
        )
        if chosen is not None and answer.problem is None:
            self._wording.read_ahead(ask, answer, chosen[0])

    # -- finding

    def _find(self, ask: Ask) -> Recalled:
        """Recall; a short follow-up ("and when?") is understood with the question before it.

        What the prompt holds of the chat is no source; the rest of the chat is.
        """
        question = ask.request.question
        begun = ask.begun
        if begun is not None and len(content_words(question)) < _LEAST_WORDS:
            earlier = [one.text for one in begun.history if one.role == "person"]
            if earlier:
                question = f"{earlier[-1]} {question}"[-20_000:]
        request = RecallRequest(
            question=question,
            limit=_SOURCES,
            filter=ask.request.filter,
            scopes=_scopes(begun, ask.request),
        )
        if begun is None:
            return self._recall.find(request)
        held = [begun.remembered.get(said.id, frozenset()) for said in ask.said if said.whole]
        return self._recall.find(request, exclude=begun.asked.union(*held))

    def _usable(self, begun: Begun, request: AskRequest) -> list[MessageInfo]:
        """The chat so far, without answers that used what may not be used now."""
        cited = [one.memory for message in begun.history for one in message.citations]
        outside = self._recall.out_of_reach(cited, _scopes(begun, request))
        if not outside:
            return begun.history
        return [
            message
            for message in begun.history
            if outside.isdisjoint(one.memory for one in message.citations)
        ]

    def _sources(self, recalled: Recalled) -> list[prompt.Source]:
        """What fits the question, numbered, with the turn before a short turn."""
        worth = [found for found in recalled.found if quote.fits(found)]
        sources = []
        with self._database.read() as c:
            for n, found in enumerate(worth, 1):
                memory = found.row.memory
                before = ""
                if memory.kind is MemoryKind.TURN and len(memory.text) < _NEIGHBOUR_CHARS:
                    earlier, _later = memories.neighbours(c, memory, 1, 0)
                    before = "".join(
                        f"{one.speaker}: {one.text[:_NEIGHBOUR_CHARS]}"
                        for one in earlier
                        if recalled.may_use(one.rowid)
                    )
                sources.append(prompt.Source(n, found, before))
        return sources

    # -- keeping

    def _store(self, ask: Ask, answer: Answer) -> Answer:
        """Once: the message with its citations, a review for each memory cited.

        Returns what was kept: nothing of a memory that was forgotten meanwhile.
        """
        if ask.stored:
            return answer
        ask.stored = True
        if ask.begun is None:
            if answer.used:
                self._chats.used_without_chat(answer.citations)
            return answer
        ended = Ended(
            answer.text,
            "stopped" if answer.stopped else "complete",
            answer.citations,
            answer.model,
            answer.problem,
            answer.learn_from,
            answer.used,
            answer.made_of,
        )
        kept = self._chats.end(ask.begun, ended)
        return replace(answer, text=kept.text, citations=kept.citations, problem=kept.problem)


def _scopes(begun: Begun | None, request: AskRequest) -> list[str] | None:
    """What may be used: of the chat's scopes those that were asked for."""
    own = None if begun is None else begun.chat.scopes
    if own is None or request.scopes is None:
        return request.scopes if own is None else own
    wanted = set(map(scopes.name, request.scopes))
    return [one for one in own if one in wanted]
