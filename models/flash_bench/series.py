"""Which runs a benchmark makes, and in which order: interleaved, so that drift hits all alike."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from models.flash.plan import Mode
from models.flash_bench.disk import drop_cached
from models.flash_bench.group import limited
from models.flash_bench.outcome import BenchFailed, Outcome
from models.flash_bench.runs import OurWorker, Question, stock_run
from models.flash_speed import CHUNK_BYTES, READERS, read_speed

# Naive runs and plain mapping take seconds for a token; few of them tell enough.
SLOW_TOKENS, SLOW_SKIPPED = 6, 1
# Token by token, streaming: every pass takes as long as the one before.
ALONE_TOKENS, FITS_TOKENS = 22, 48
FLASH_SECONDS = 0.5

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What to measure.

    Attributes:
        shares: budgets as shares of the file's size.
        modes: of ours under those budgets.
        repack: llama.cpp may rearrange weights in memory where all of it fits.
        again: a beginning of a prompt and two questions, for keeping what was read.
    """

    question: Question
    modes: tuple[Mode, ...]
    shares: tuple[float, ...]
    rounds: int
    repack: bool
    with_naive: bool = True
    with_fits: bool = True


@dataclass
class Found:
    """Outcomes of all rounds by the name of their case, and what failed.

    Attributes:
        flash_bytes_s: of direct 1 MB reads, one for each round.
    """

    outcomes: dict[str, list[Outcome]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    flash_bytes_s: list[float] = field(default_factory=list)

    def add(self, name: str, outcome: Outcome) -> None:
        self.outcomes.setdefault(name, []).append(outcome)

    def median(self, name: str, figure: str = "tokens_s") -> float | None:
        """Of one figure of a case over the rounds; None where it was not measured."""
        values = [getattr(one, figure) for one in self.outcomes.get(name, [])]
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None

    def ratio(self, name: str, other: str, figure: str = "tokens_s", by: str = "") -> float | None:
        """Median over the rounds of one case's figure against another's of the same round.

        Args:
            by: the other's figure, where it is another one.
        """
        pairs = zip(self.outcomes.get(name, []), self.outcomes.get(other, []), strict=False)
        both = [(getattr(one, figure), getattr(two, by or figure)) for one, two in pairs]
        ratios = [above / below for above, below in both if above is not None and below]
        return statistics.median(ratios) if ratios else None


def budget_of(question: Question, share: float) -> int:
    return int(question.path.stat().st_size * share)


def named(case: str, share: float) -> str:
    """Name of a case under a budget."""
    return f"{case} {share:.0%}"


def run_series(wanted: Wanted, say: Say) -> Found:
    """All rounds. A case that fails is not tried again, and the reason is kept."""
    found = Found()
    with tempfile.TemporaryDirectory(prefix="recollect-bench-") as checks:
        cases = list(_cases(wanted, Path(checks)))
        for number in range(wanted.rounds):
            for name, run in cases:
                if name in found.failures:
                    continue
                try:
                    for case, outcome in run():
                        found.add(case, outcome)
                        say(f"round {number + 1}: {case}: {outcome.tokens_s:.2f} tokens/s")
                except BenchFailed as error:
                    found.failures[name] = str(error)
                    say(f"round {number + 1}: {name}: {error}")
            speed = _direct(wanted.question.path)
            found.flash_bytes_s += [speed] if speed is not None else []
    return found


Run = Callable[[], Iterator[tuple[str, Outcome]]]


def _cases(wanted: Wanted, checks: Path) -> Iterator[tuple[str, Run]]:
    question = wanted.question
    slow = replace(question, tokens=SLOW_TOKENS, skipped=SLOW_SKIPPED)
    if wanted.with_fits:
        alone = replace(question, tokens=min(FITS_TOKENS, question.tokens))
        yield "stock", _one("stock", lambda: stock_run(alone, repack=wanted.repack))
        yield "ours", lambda: _ours_fits(question, checks)
    if wanted.with_naive:
        yield "naive", _one("naive", lambda: stock_run(slow, naive=True))
    for share in wanted.shares:
        yield from _under(wanted, slow, share, checks)


def _under(wanted: Wanted, slow: Question, share: float, checks: Path) -> Iterator[tuple[str, Run]]:
    """Cases under one budget."""
    question, budget = wanted.question, budget_of(wanted.question, share)
    alone = replace(question, tokens=min(ALONE_TOKENS, question.tokens))
    plain = slow if "ring" in wanted.modes else alone
    name = named("mmap", share)
    yield name, _one(name, lambda: stock_run(plain, limit_bytes=budget))
    for mode in wanted.modes:
        yield named(mode, share), _ours(question, mode, share, checks)
        yield named(f"{mode}, peak", share), _once(_peak(question, mode, share, checks))


def _one(name: str, run: Callable[[], Outcome]) -> Run:
    def go() -> Iterator[tuple[str, Outcome]]:
        yield name, run()

    return go


def _once(run: Run) -> Run:
    """Only in the first round."""
    left = [run]

    def go() -> Iterator[tuple[str, Outcome]]:
        if left:
            yield from left.pop()()

    return go


def _ours(question: Question, mode: Mode, share: float, checks: Path) -> Run:
    budget = budget_of(question, share)
    asked = [{"role": "user", "content": question.prompt}]
    load = {"budget_bytes": budget, "mode": mode, "lookup": "always", "checks": str(checks)}
    alone_tokens = min(ALONE_TOKENS, question.tokens)

    def go() -> Iterator[tuple[str, Outcome]]:
        """Token by token, then with guesses, out of one process."""
        drop_cached(question.path)
        before = _direct(question.path)
        with limited(budget) as group, OurWorker(question, group, **load) as worker:
            alone = worker.ask(asked, several=False, max_tokens=alone_tokens)
            if alone.mode != mode:
                raise BenchFailed(f"{alone.mode} ran instead: {alone.reason}")
            guessing = worker.ask(asked, several=True)
        after = _direct(question.path)
        direct = (before + after) / 2 if before and after else None
        yield named(mode, share), replace(alone, direct_bytes_s=direct)
        yield named(f"{mode}, guessing", share), guessing

    return go


def _peak(question: Question, mode: Mode, share: float, checks: Path) -> Run:
    """In a group that would allow more than the budget: only the worker itself keeps to it."""
    budget = budget_of(question, share)
    asked = [{"role": "user", "content": question.prompt}]
    load = {"budget_bytes": budget, "mode": mode, "lookup": "always", "checks": str(checks)}
    short = replace(question, tokens=SLOW_TOKENS, skipped=0)

    def go() -> Iterator[tuple[str, Outcome]]:
        drop_cached(question.path)
        with limited(budget * 3 // 2) as group, OurWorker(short, group, **load) as worker:
            yield named(f"{mode}, peak", share), worker.ask(asked)

    return go


def _direct(path: Path) -> float | None:
    """Bytes a second of direct 1 MB reads; None for a file of less than a piece."""
    with contextlib.suppress(OSError):
        return read_speed(path, CHUNK_BYTES, READERS, FLASH_SECONDS)[0]
    return None


def _ours_fits(question: Question, checks: Path) -> Iterator[tuple[str, Outcome]]:
    """Token by token as llama-cpp-python does it, then with guesses, which fill passes up."""
    budget = question.path.stat().st_size * 3
    load = {"budget_bytes": budget, "mode": "fits", "checks": str(checks)}
    asked = [{"role": "user", "content": question.prompt}]
    with OurWorker(question, None, lookup="never", **load) as worker:
        yield "ours", worker.ask(asked, max_tokens=min(FITS_TOKENS, question.tokens))
    with OurWorker(question, None, lookup="always", **load) as worker:
        yield "ours, guessing", worker.ask(asked, several=True)


# -- the second question ----------------------------------------------------------------


@contextmanager
def _kept_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="recollect-bench-kept-") as folder:
        yield Path(folder)


def second_question(question: Question, beginning: str, say: Say) -> dict[str, Any]:
    """Seconds to the first token of a question, with what was read before kept, and without.

    The beginning is read once by one process and kept in a file; another process then answers
    a question that begins the same, and a third one answers it with nothing kept.

    Raises:
        BenchFailed: one of them ended early.
    """
    first = [{"role": "system", "content": beginning}, {"role": "user", "content": "One?"}]
    second = [first[0], {"role": "user", "content": question.prompt[-40:]}]
    load: dict[str, Any] = {"lookup": "never", "kv_bytes": 4 << 30, "quiet_s": 0.05}
    with _kept_folder() as kept:
        with OurWorker(question, None, kv_folder=str(kept), **load) as worker:
            worker.ask(first, fixed=1)
            worker.wait_for_files(kept)
        with OurWorker(question, None, kv_folder=str(kept), **load) as worker:
            with_kept = worker.ask(second, fixed=1)
    with OurWorker(question, None, **load) as worker:
        without = worker.ask(second)
    say(f"second question: {with_kept.first_token_s:.2f} s, {without.first_token_s:.2f} s without")
    return {
        "with_kept_s": with_kept.first_token_s,
        "without_s": without.first_token_s,
        "prompt_tokens": with_kept.prompt_tokens,
        "same_answer": with_kept.text == without.text,
    }
