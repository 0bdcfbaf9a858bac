"""Looking again for what a hard question still lacks, with a language model as the drafter.

Runs in the thread that makes the answer. Round by round the model drafts what to look for from
what was found so far (``memory.iterated.draft``), each draft is recalled, and what came new takes
places of its own behind the plain look's (``memory.iterated.fusing``). It ends when the model
thinks it enough, when nothing of use was drafted, when nothing new came, after as many rounds as
the settings allow, when its time is up, and at once when the person stops it. Whatever goes
wrong, what the plain look found is there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from memory import quote
from memory.answer_parts import Ask
from memory.clock import Clock
from memory.iterated import draft, fusing, hard
from memory.iterated.draft import Draft
from memory.iterated.until import Until
from memory.log import describe
from memory.prompt import Source
from memory.protocol import AskEvent, AskLooked, HardReason, Look, Looked, LookEnd
from memory.recall.found import Found, Recalled
from memory.settings import Settings
from memory.wording import LanguageModel
from models.llm_parts import Kept

log = logging.getLogger(__name__)

Find = Callable[[str], Recalled]
Number = Callable[[Sequence[Found]], list[Source]]


@dataclass(frozen=True)
class Wider:
    """What all looks found.

    Attributes:
        plain: the plain look; ``found`` begins with those of it that fit, in their order.
        found: the memories an answer may use.
        recalls: of the later looks, by which a memory of theirs is quoted.
        looked: the trace; None where one look was enough.
    """

    plain: Recalled
    found: list[Found]
    recalls: tuple[Recalled, ...] = ()
    looked: Looked | None = None


def once(recalled: Recalled) -> Wider:
    """The plain look alone."""
    return Wider(recalled, [one for one in recalled.found if quote.fits(one)])


@dataclass
class _Round:
    """Looks under way for one question."""

    ask: Ask
    wider: Wider
    until: Until
    asked: list[str] = field(default_factory=list)
    recalls: list[Recalled] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found = list(self.wider.found)

    def take(self, recalls: Sequence[Recalled]) -> list[str]:
        """Fuse what these found into ``found``; returns the ids that are new there."""
        self.recalls += recalls
        before = {one.row.memory.id for one in self.found}
        lists = [_worth(recalled) for recalled in self.recalls]
        self.found = self.wider.found + fusing.added(self.wider.found, lists)
        return fusing.fresh(self.found, before)


class Looking:
    """Any thread; stateless but for its tools."""

    def __init__(self, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._clock = clock
        self._settings = settings

    def reasons(self, ask: Ask, recalled: Recalled) -> list[HardReason]:
        """Why to look again; empty where one look is enough or the person wants no more."""
        if self._settings().hard_looks == 0 or ask.cancel.is_set():
            return []
        return hard.reasons(ask.request.question, recalled)

    def look(
        self,
        ask: Ask,
        recalled: Recalled,
        why: list[HardReason],
        model: LanguageModel,
        find: Find,
        number: Number,
    ) -> Generator[AskEvent, None, Wider]:
        """Look again, with an event before and after each look; returns what all found.

        Args:
            find: recalls a question as the plain look was made.
            number: numbers memories for a prompt.
        """
        began = time.perf_counter()
        plain = once(recalled)
        if not (yield from self._ready(ask, model)):
            return plain
        run = _Round(ask, plain, Until(ask.cancel, self._settings().hard_seconds))
        try:
            end = yield from self._rounds(run, model, find, number)
        except GeneratorExit:
            raise
        except Exception as error:  # the answer follows all the same, from what there is
            log.warning("looking again failed\n%s", describe(error))
            end = LookEnd.MODEL_FAILED
        took_ms = round((time.perf_counter() - began) * 1000, 1)
        looked = Looked(hard=why, looks=run.looks, end=end, took_ms=took_ms)
        return Wider(recalled, run.found, tuple(run.recalls), looked)

    def _ready(self, ask: Ask, model: LanguageModel) -> Generator[AskEvent, None, bool]:
        """Load the model, which the answer needs as well; what is wrong with it is told there."""
        try:
            if model.state not in ("loaded", "answering"):
                yield ask.stage("loading")
            model.load(ask.cancel)
        except GeneratorExit:
            raise
        except Exception as error:
            log.info("no model to look again with: %s", type(error).__name__)
            return False
        return not ask.cancel.is_set()

    def _rounds(
        self, run: _Round, model: LanguageModel, find: Find, number: Number
    ) -> Generator[AskEvent, None, LookEnd]:
        for n in range(2, 2 + self._settings().hard_looks):
            yield run.ask.stage("looking", str(n))
            began = time.perf_counter()
            drafted = self._draft(run, model, number(run.found))
            if (end := _interrupted(run)) is not None:
                return end
            if drafted.enough:
                return LookEnd.ENOUGH
            if not drafted.queries:
                return LookEnd.NOTHING_TO_ASK
            at = time.perf_counter()
            new = run.take(_recalled(run, drafted, find))
            run.asked += drafted.queries
            run.looks.append(_look(n, drafted, new, at - began, time.perf_counter() - at))
            yield AskLooked(**run.ask.number(), look=run.looks[-1])
            if (end := _interrupted(run)) is not None:
                return end
            if not new:
                return LookEnd.NOTHING_NEW
        return LookEnd.MOST

    def _draft(self, run: _Round, model: LanguageModel, sources: list[Source]) -> Draft:
        question = run.ask.request.question
        messages = draft.messages(
            question,
            sources,
            run.asked,
            self._clock.now_ms(),
            model.context_tokens,
            lambda text: model.count_tokens(text, run.until),
        )
        value = model.generate_json(
            list(messages),
            draft.SCHEMA,
            max_tokens=draft.MAX_TOKENS,
            temperature=0.0,
            cancel=run.until,
            seed=0,
            kept=_kept(run.ask),
        )
        texts = [one.row.memory.text for one in run.found]
        orders = [one.row.memory.text for one in run.found if one.row.orders is not None]
        return draft.read(value, question, run.asked, texts, orders)


def _recalled(run: _Round, drafted: Draft, find: Find) -> list[Recalled]:
    """What each draft finds; stopped, it ends between two of them."""
    found = []
    for query in drafted.queries:
        if run.until.is_set():
            break
        found.append(find(query))
    return found


def _worth(recalled: Recalled) -> list[Found]:
    """What a draft found that answers it; nothing where it only found the nearest."""
    if recalled.nearest_only or recalled.timeline:
        return []
    return [one for one in recalled.found if quote.fits(one)]


def _interrupted(run: _Round) -> LookEnd | None:
    if run.ask.cancel.is_set():
        return LookEnd.STOPPED
    return LookEnd.TIME if run.until.late else None


def _look(n: int, drafted: Draft, new: list[str], draft_s: float, recall_s: float) -> Look:
    return Look(
        number=n,
        questions=list(drafted.questions),
        clues=list(drafted.clues),
        dropped=drafted.dropped,
        new=new,
        draft_ms=round(draft_s * 1000, 1),
        recall_ms=round(recall_s * 1000, 1),
    )


def _kept(ask: Ask) -> Kept | None:
    """The instructions come again; nothing is kept of a private chat."""
    if ask.begun is not None and ask.begun.chat.private:
        return None
    return Kept(fixed=1)
