"""The table: what was reached, beside what was to be reached. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from models.flash_bench.series import Found, named

# Half of a model's size as memory, and three quarters: the budgets there are goals for.
HALF, MOST = 0.5, 0.75
PEAK_SHARE = 1.05
FORECAST_SHARE = 0.30


@dataclass(frozen=True)
class Row:
    """One line.

    Attributes:
        what, at: what is compared, and under which budget.
        value: what was reached; None where it was not measured, with ``detail`` saying why.
        goal: to reach, with ``at_most`` not to exceed; None where there is none.
        unit: "x", "%", or "s".
    """

    what: str
    at: str
    value: float | None
    unit: str
    goal: float | None = None
    at_most: bool = False
    detail: str = ""

    @property
    def reached(self) -> bool | None:
        if self.value is None or self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal


def rows_of(
    found: Found, modes: Sequence[str], shares: Sequence[float], budgets: dict[float, int]
) -> list[Row]:
    """The table of one model."""
    rows = list(_fits(found))
    for share in shares:
        for mode in modes:
            name = named(mode, share)
            if name in found.failures:
                rows.append(Row(mode, f"{share:.0%}", None, "x", detail=found.failures[name]))
                continue
            rows += _against(found, mode, share)
            rows += _uses(found, mode, share, budgets[share])
    return rows


def _fits(found: Found) -> Iterator[Row]:
    if "ours" in found.outcomes:
        yield Row(
            "fits, against llama-cpp-python by itself",
            "100%",
            found.ratio("ours", "stock"),
            "%",
            0.97,
            detail=_speeds(found, "ours", "stock"),
        )
        yield Row(
            "fits, guessing, against the same without",
            "100%",
            found.ratio("ours, guessing", "ours"),
            "x",
            detail=_speeds(found, "ours, guessing", "ours"),
        )


def _against(found: Found, mode: str, share: float) -> Iterator[Row]:
    ring, at = mode == "ring", f"{share:.0%}"
    name, guessing, plain = (
        named(mode, share),
        named(f"{mode}, guessing", share),
        named("mmap", share),
    )
    goal = _goal({HALF: 2.0, MOST: 3.0} if ring else {HALF: 2.0, MOST: 1.6}, share)
    if plain in found.failures:
        detail = f"plain mapping: {found.failures[plain]}"
        yield Row(f"{mode}, against plain mapping", at, None, "x", goal, detail=detail)
    else:
        detail = _speeds(found, name, plain)
        value = found.ratio(name, plain)
        yield Row(f"{mode}, against plain mapping", at, value, "x", goal, detail=detail)
    if "naive" not in found.outcomes:
        return
    if ring:
        goal = _goal({HALF: 4.0}, share)
        detail = f"{_speeds(found, guessing, 'naive')}; {_passes(found, guessing)}"
        value = found.ratio(guessing, "naive")
        yield Row("ring, quoting answers, against naive", at, value, "x", goal, detail=detail)
        yield Row("ring alone, against naive", at, found.ratio(name, "naive"), "x")
    else:
        goal = _goal({HALF: 15.0}, share)
        detail = _speeds(found, name, "naive")
        value = found.ratio(name, "naive")
        yield Row(f"{mode}, against naive", at, value, "x", goal, detail=detail)
        detail = f"{_speeds(found, guessing, name)}; {_passes(found, guessing)}"
        value = found.ratio(guessing, name)
        yield Row(f"{mode}, quoting answers, against the same", at, value, "x", detail=detail)


def _uses(found: Found, mode: str, share: float, budget: int) -> Iterator[Row]:
    """Flash bandwidth and memory."""
    at, name = f"{share:.0%}", named(mode, share)
    speed, direct = found.median(name, "flash_bytes_s"), found.median(name, "direct_bytes_s")
    if speed is not None and direct is not None:
        goal = 0.85 if mode == "ring" and share == HALF else None
        mb = (found.median(name, "token_bytes") or 0) / 1e6
        detail = f"{speed / 1e9:.2f} of {direct / 1e9:.2f} GB/s; {mb:.0f} MB a token"
        used = found.ratio(name, name, "flash_bytes_s", "direct_bytes_s")
        yield Row(f"{mode}, share of the flash bandwidth", at, used, "%", goal, detail=detail)
    free = named(f"{mode}, peak", share)
    peaks = [one.group_peak_bytes or one.held_bytes for one in found.outcomes.get(free, [])]
    if known := [one for one in peaks if one]:
        detail = (
            f"{max(known) / 1e6:.0f} of {budget / 1e6:.0f} MB, where half as much more was free"
        )
        yield Row(
            f"{mode}, peak memory, file cache too, of its budget",
            at, max(known) / budget, "%", PEAK_SHARE, True, detail,
        )  # fmt: skip
    held = found.median(name, "held_bytes")
    if held is not None:
        detail = f"{held / 1e6:.0f} MB"
        yield Row(f"{mode}, memory of the process, of its budget", at, held / budget, "%",
                  detail=detail)  # fmt: skip


def second_question_row(kept: dict[str, Any]) -> Row:
    """Time to the first token with and without what was kept of a prompt."""
    same = "same answer" if kept["same_answer"] else "ANOTHER ANSWER"
    return Row(
        f"second question, first token, {kept['prompt_tokens']} tokens of prompt",
        "-",
        kept["without_s"] / kept["with_kept_s"],
        "x",
        20.0,
        detail=f"{kept['with_kept_s']:.2f} s, {kept['without_s']:.2f} s without; {same}",
    )


def forecast_row(what: str, at: str, forecast: float, measured: float, unit: str) -> Row:
    """By how much a forecast was off, as a share of what was measured."""
    off = abs(forecast / measured - 1)
    detail = f"forecast {forecast:.2f}, measured {measured:.2f} {unit}"
    return Row(f"forecast, {what}: off by", at, off, "%", FORECAST_SHARE, True, detail)


def as_text(rows: Sequence[Row]) -> str:
    """The table, for a terminal."""
    lines = [("what", "at", "reached", "to reach", "")]
    for row in rows:
        mark = {True: "", False: "  MISSED", None: ""}[row.reached]
        goal = "-"
        if row.goal is not None:
            goal = f"{'<=' if row.at_most else '>='} {_shown(row.goal, row.unit)}"
        lines.append((row.what, row.at, _shown(row.value, row.unit), goal, row.detail + mark))
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        f"{line[0]:{widths[0]}}  {line[1]:>{widths[1]}}  {line[2]:>{widths[2]}}  "
        f"{line[3]:>{widths[3]}}  {line[4]}".rstrip()
        for line in lines
    )


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{**asdict(row), "reached": row.reached} for row in rows]


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if unit == "%":
        return f"{100 * value:.0f} %"
    return f"{value:.2f} {unit}" if value < 10 else f"{value:.0f} {unit}"


def _speeds(found: Found, *names: str) -> str:
    shown = [f"{found.median(name) or 0:.2f}" for name in names]
    return f"{' and '.join(shown)} tokens/s"


def _passes(found: Found, name: str) -> str:
    return f"{found.median(name, 'tokens_a_pass') or 0:.1f} tokens a pass"


def _goal(goals: dict[float, float], share: float) -> float | None:
    return goals.get(share)
