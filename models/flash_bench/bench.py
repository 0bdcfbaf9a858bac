"""The whole benchmark of one model file: conditions, runs, table."""

from __future__ import annotations

import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from models.flash.needs import compute_bytes, kv_bytes, parts_of
from models.flash.plan import Mode, make_plan
from models.flash_bench import prompts
from models.flash_bench.disk import read_ahead_kb
from models.flash_bench.group import can_limit
from models.flash_bench.outcome import BenchFailed
from models.flash_bench.report import Row, forecast_row, rows_of, second_question_row
from models.flash_bench.runs import Question
from models.flash_bench.series import (
    Found,
    Say,
    Wanted,
    budget_of,
    named,
    run_series,
    second_question,
)
from models.gguf_file import read_header
from models.gguf_tensors import TensorTable, read_tensors
from models.hardware import Hardware, default_threads, measure, safe_to_repack
from models.roofline import forecast, load_of

CONTEXT_TOKENS = 512
BEGINNING_WORDS = 1000
SECOND_CONTEXT = 2048


@dataclass(frozen=True)
class Options:
    """What can be chosen.

    Attributes:
        shares: budgets as shares of the file's size, 0 to 1.
        prompt: the person's message; None asks the model to repeat some notes.
        beginning: of a prompt for the second question; None takes some notes.
        skipped: tokens of the answer that are not timed.
    """

    shares: tuple[float, ...] = (0.5, 0.75)
    rounds: int = 3
    threads: int = 0
    tokens: int = 64
    skipped: int = 8
    prompt: str | None = None
    beginning: str | None = None
    modes: tuple[Mode, ...] = ()
    second: bool = True
    forecasts: bool = True


@dataclass(frozen=True)
class Report:
    """Everything a run found out."""

    conditions: dict[str, Any]
    rows: list[Row]
    found: Found


def run_bench(path: Path, options: Options, say: Say = lambda _line: None) -> Report:
    """Measures everything there is a goal for.

    Raises:
        BadModelFile: it is no model.
        MeasuringFailed: the machine itself could not be measured.
    """
    table = read_tensors(path)
    threads = options.threads or default_threads()
    question = Question(
        path=path,
        prompt=options.prompt or prompts.quoting(),
        context_tokens=CONTEXT_TOKENS,
        threads=threads,
        tokens=options.tokens,
        skipped=options.skipped,
    )
    modes = options.modes or _modes(table)
    repack = safe_to_repack()
    hardware = measure(path, threads) if options.forecasts else None
    found = run_series(Wanted(question, modes, options.shares, options.rounds, repack), say)
    budgets = {share: budget_of(question, share) for share in options.shares}
    rows = rows_of(found, modes, options.shares, budgets)
    if options.second:
        rows += _second(question, options, say)
    if hardware is not None:
        rows += _forecasts(table, question, hardware, found, modes, budgets)
    conditions = _conditions(path, table, question, found, options, repack)
    return Report(conditions, rows, found)


def _modes(table: TensorTable) -> tuple[Mode, ...]:
    if sys.platform != "linux":
        return ()
    return ("advise", "slots") if table.n_experts else ("ring",)


def _second(question: Question, options: Options, say: Say) -> list[Row]:
    """With a shorter beginning where a model spells so many words with too many tokens."""
    asked = replace(question, context_tokens=SECOND_CONTEXT, tokens=6, skipped=0)
    detail = ""
    for words in (BEGINNING_WORDS, BEGINNING_WORDS // 3):
        beginning = options.beginning or prompts.beginning(words)
        try:
            return [second_question_row(second_question(asked, beginning, say))]
        except BenchFailed as error:
            detail = str(error)
    return [Row("second question, first token", "-", None, "x", 20.0, detail=detail)]


def _forecasts(
    table: TensorTable,
    question: Question,
    hardware: Hardware,
    found: Found,
    modes: Sequence[Mode],
    budgets: dict[float, int],
) -> list[Row]:
    """Speed and time to the first token of each mode, against the roofline."""
    header, parts = read_header(question.path), parts_of(table)
    context = question.context_tokens
    cache, buffers = kv_bytes(table, header, context), compute_bytes(table, header, context)
    load = load_of(table, parts, cache // context)
    cases: list[tuple[str, str, Mode, int]] = [("ours", "100%", "fits", 1 << 50)]
    cases += [
        (named(mode, share), f"{share:.0%}", mode, budget)
        for share, budget in budgets.items()
        for mode in modes
    ]
    rows = []
    if found.flash_bytes_s:  # the disk as it was during the runs
        now = statistics.median(found.flash_bytes_s)
        drift = now / hardware.flash_bytes_s
        burst = hardware.flash_burst_bytes_s * drift
        hardware = replace(hardware, flash_bytes_s=now, flash_burst_bytes_s=burst)
    for name, at, mode, budget in cases:
        tokens_s, first_s = found.median(name), found.median(name, "first_token_s")
        asked = found.median(name, "prompt_tokens")
        if tokens_s is None or first_s is None or asked is None:
            continue
        plan = make_plan(parts, budget, cache, buffers, mode)
        made = forecast(load, plan, hardware, prompt_tokens=int(asked))
        rows.append(forecast_row(f"{mode}, speed", at, made.tokens_s, tokens_s, "tokens/s"))
        rows.append(forecast_row(f"{mode}, first token", at, made.first_token_s, first_s, "s"))
    return rows


def _conditions(
    path: Path,
    table: TensorTable,
    question: Question,
    found: Found,
    options: Options,
    repack: bool,
) -> dict[str, Any]:
    """What the figures hold for."""
    version = can_limit()
    answers = [one.text for runs in found.outcomes.values() for one in runs]
    longest = max(answers, key=len, default="")
    return {
        "model": path.name,
        "size_bytes": table.size_bytes,
        "architecture": table.architecture,
        "experts": table.n_experts,
        "machine": platform.machine(),
        "threads": question.threads,
        "rounds": options.rounds,
        "limited_by": f"control group, version {version}" if version else "the budget alone",
        "read_ahead_kb": read_ahead_kb(path),
        "repacking": "as llama.cpp does" if repack else "off: it crashes on this processor",
        "quoted_share": round(prompts.quoted_share(longest, question.prompt), 2),
        "same_words": all(longest.startswith(text) for text in answers),
        "flash_bytes_s": [round(one) for one in found.flash_bytes_s],
        "failures": found.failures,
        "outcomes": {
            name: [{**asdict(one), "text": one.text[:80]} for one in runs]
            for name, runs in found.outcomes.items()
        },
    }
