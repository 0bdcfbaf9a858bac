"""One question from start to stored answer, as a stream of events.

Runs in the thread that reads the stream. What was answered before is taken from the reservoir
(``memory.repeated``) while it still stands. Else, with a language model, a hard question is
looked at again (``memory.iterated``) and the words are streamed (``memory.wording``); without
one, or when it fails, the answer is made of exact quotations (``memory.quoting``), and says so.
The cancel event is looked at before every piece.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from memory import prompt
from memory.answer_parts import Answer, Ask, citation
from memory.chats import Begun, Chats
from memory.clock import Clock, to_datetime
from memory.errors import problem_from
from memory.finding import Finding, Reach
from memory.iterated import looking
from memory.iterated.looking import Looking, Wider
from memory.log import describe
from memory.protocol import (
    AskDelta,
    AskDone,
    AskEvent,
    AskFailed,
    AskRequest,
    AskSources,
    MessageInfo,
)
from memory.quote_pool import Look
from memory.quoting import Quoting
from memory.recall.found import Recalled
from memory.repeated.reservoir import Before, Reservoir
from memory.repeated.shape import shape_of
from memory.retrieve import Recall
from memory.settings import Settings
from memory.store.db import Database
from memory.store.portrait import Told
from memory.turns import Ended
from memory.window import window
from memory.wording import LanguageModel, Wording, room_for_talk

log = logging.getLogger(__name__)

Chosen = tuple[LanguageModel, str]


@dataclass(frozen=True)
class _Search:
    """How a question was looked for; ``key`` is that of the reservoir, None if it has none, and
    ``newest`` the newest memory there was before."""

    reach: Reach
    recalled: Recalled
    key: bytes | None
    newest: int


class Learns(Protocol):
    """What answers need of ``memory.learning.Learning``."""

    def listed(self, recalled: Recalled, *, read: bool) -> str | None: ...

    def cited(self, recall: str | None, memory_ids: Sequence[str]) -> None: ...


class Answers:
    """Answers questions. Safe to use from any thread, several questions at once.

    ``model`` gives the language model in use and its name, or None; ``look`` shows
    sentences as the embedder sees them and may raise, then quotes are chosen by words.
    ``learning`` is told what was found and what of it a model used; nothing of private chats.
    ``portrait`` gives what is known about the person, for a model to read.
    """

    def __init__(
        self,
        database: Database,
        recall: Recall,
        chats: Chats,
        clock: Clock,
        settings: Callable[[], Settings],
        look: Look | None,
        model: Callable[[], Chosen | None],
        reservoir: Reservoir | None = None,
        learning: Learns | None = None,
        portrait: Callable[[], Sequence[Told]] = tuple,
    ) -> None:
        self._learning = learning
        self._portrait = portrait
        self._chats = chats
        self._settings = settings
        self._model = model
        self._finding = Finding(database, recall)
        self._looking = Looking(clock, settings)
        self._quoting = Quoting(recall, settings, look)
        self._wording = Wording(self._quoting, clock)
        self._reservoir = reservoir or Reservoir(database, clock, settings)

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
        if chosen is not None:
            ask.portrait = self._finding.within_reach(self._portrait(), ask)
        if chosen is not None and ask.begun is not None:
            room = room_for_talk(chosen[0], ask.portrait)
            ask.said = window(ask.begun.history, ask.begun.before, room)
        search = self._search(ask, chosen)
        private = ask.begun is not None and ask.begun.chat.private
        if self._learning is not None and not private:
            ask.recall = self._learning.listed(search.recalled, read=True)
        before = self._before(ask, search)
        if before is not None:
            yield from self._say_again(ask, search.recalled, before)
        else:
            yield from self._say(ask, search, chosen)
        if chosen is not None and (said := ask.draft()).problem is None:
            self._wording.read_ahead(ask, said, chosen[0])

    # -- finding

    def _search(self, ask: Ask, chosen: Chosen | None) -> _Search:
        newest = self._reservoir.newest()
        reach = self._finding.reach(ask)
        recalled = self._finding.find(reach)
        shape = shape_of(chosen, self._settings(), ask.portrait)
        return _Search(reach, recalled, self._reservoir.key(ask, reach, recalled, shape), newest)

    def _before(self, ask: Ask, search: _Search) -> Before | None:
        """What was answered before, if that still stands in the light of all that is known,
        this chat included."""
        if search.key is None or ask.request.anew:
            return None
        recalled = search.recalled
        if ask.begun is not None and search.reach.exclude != ask.begun.asked:
            recalled = self._finding.find(replace(search.reach, exclude=ask.begun.asked))
        return self._reservoir.take(search.key, recalled)

    def _looks(self, ask: Ask, search: _Search, chosen: Chosen) -> Generator[AskEvent, None, Wider]:
        """What one look or several find."""
        recalled = search.recalled
        why = self._looking.reasons(ask, recalled)
        if not why:
            return looking.once(recalled)

        def find(query: str) -> Recalled:
            return self._finding.find(search.reach.asking(query))

        number = partial(self._finding.number, recalled=recalled)
        return (yield from self._looking.look(ask, recalled, why, chosen[0], find, number))

    # -- saying

    def _say(self, ask: Ask, search: _Search, chosen: Chosen | None) -> Iterator[AskEvent]:
        wider = looking.once(search.recalled)
        sources = self._finding.number(wider.found, search.recalled)
        yield _sources_event(ask, search.recalled, sources)
        if chosen is None:
            yield from self._quoting.answer(ask, search.recalled)
        else:
            first = len(wider.found)
            wider = yield from self._looks(ask, search, chosen)
            if len(wider.found) > first:
                sources = self._finding.number(wider.found, search.recalled)
                yield _sources_event(ask, search.recalled, sources)
            yield from self._wording.answer(ask, wider, sources, *chosen)
        answer = self._stored(ask)
        self._learn(ask, answer)
        if search.key is not None:
            self._reservoir.put(search.key, ask, answer, wider.found, search.newest)
        yield _done(ask, answer, wider)

    def _say_again(self, ask: Ask, recalled: Recalled, before: Before) -> Iterator[AskEvent]:
        """What was answered before, in one piece."""
        ask.draft = lambda: before.answer
        yield AskSources(
            **ask.number(),
            message=ask.begun.answer_id if ask.begun else None,
            citations=before.answer.citations,
            searched=recalled.searched,
            took_ms=ask.ms,
        )
        if not ask.cancel.is_set():
            yield AskDelta(**ask.number(), text=before.answer.text)
        answer = self._stored(ask)
        yield _done(ask, answer, answered_ms=before.answered_ms)

    def _usable(self, begun: Begun, request: AskRequest) -> list[MessageInfo]:
        """The chat so far, without answers that used what may not be used now."""
        told = self._finding.told_to(begun.history)
        used = {
            message.id: {one.memory for one in message.citations} | told.get(message.id, set())
            for message in begun.history
        }
        every = sorted(set().union(*used.values()))
        outside = self._finding.out_of_reach(every, begun, request)
        if not outside:
            return begun.history
        return [message for message in begun.history if outside.isdisjoint(used[message.id])]

    # -- keeping

    def _stored(self, ask: Ask) -> Answer:
        """The answer as it was kept, which is the draft from now on."""
        answer = self._store(ask, ask.draft())
        ask.draft = lambda: answer
        return answer

    def _learn(self, ask: Ask, answer: Answer) -> None:
        """What a model cited was worth finding; an answer never fails by that."""
        if self._learning is None or answer.model is None or answer.problem is not None:
            return
        try:
            self._learning.cited(ask.recall, [cited.memory for cited in answer.citations])
        except Exception as error:
            log.warning("nothing was learnt of an answer\n%s", describe(error))

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
            made_of=answer.made_of,
            told=answer.told,
        )
        kept = self._chats.end(ask.begun, ended)
        return replace(answer, text=kept.text, citations=kept.citations, problem=kept.problem)


def _sources_event(ask: Ask, recalled: Recalled, sources: list[prompt.Source]) -> AskSources:
    return AskSources(
        **ask.number(),
        message=ask.begun.answer_id if ask.begun else None,
        citations=[citation(one.n, one.found, recall=ask.recall) for one in sources],
        searched=recalled.searched,
        took_ms=ask.ms,
        problems=recalled.problems,
    )


def _done(
    ask: Ask, answer: Answer, wider: Wider | None = None, answered_ms: int | None = None
) -> AskDone:
    return AskDone(
        **ask.number(),
        answer=answer.text,
        citations=answer.citations,
        model=answer.model,
        stopped=answer.stopped,
        quotation=answer.model is None,
        took_ms=ask.ms,
        problem=answer.problem,
        looked=wider.looked if wider is not None else None,
        answered_before=to_datetime(answered_ms) if answered_ms is not None else None,
    )
