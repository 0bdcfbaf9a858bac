"""``python -m models.flash_bench PATH``: what streaming a model's weights from flash brings.

Compares the product's worker under a memory budget with llama-cpp-python: all in memory, mapped
under the same limit, and naively reading everything again for every pass.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from models.errors import ModelError
from models.flash_bench.bench import Options, Report, run_bench
from models.flash_bench.report import as_json, as_text


def main(arguments: list[str] | None = None) -> int:
    chosen = _parsed(arguments)
    # Ended by a signal it must still remove its control groups and files.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = Options(
        shares=tuple(chosen.budget),
        rounds=chosen.rounds,
        threads=chosen.threads,
        tokens=chosen.tokens,
        prompt=chosen.prompt.read_text("utf-8") if chosen.prompt else None,
        second=not chosen.brief,
        forecasts=not chosen.brief,
    )
    try:
        report = run_bench(chosen.path, options, lambda line: print(line, file=sys.stderr))
    except ModelError as error:
        print(f"{error.title}. {error.message} {error.next_step}", file=sys.stderr)
        return 1
    show(report, chosen.json)
    return 0


def show(report: Report, in_json: bool = False) -> None:
    """Prints the conditions and the table."""
    if in_json:
        print(json.dumps({"conditions": report.conditions, "rows": as_json(report.rows)}))
        return
    print(described(report))
    print(as_text(report.rows))


def described(report: Report) -> str:
    """The conditions, in a few lines."""
    given = report.conditions
    ahead = given["read_ahead_kb"]
    flash = sorted(given["flash_bytes_s"]) or [0]
    kind = f"{given['experts']} experts a layer" if given["experts"] else "dense"
    size = f"{given['size_bytes'] / 1e9:.2f} GB"
    return "\n".join(
        [
            f"{given['model']}: {size}, {given['architecture']}, {kind}",
            f"{given['threads']} threads, {given['rounds']} rounds in turn, medians; memory "
            f"limited by {given['limited_by']}",
            f"read-ahead of the disk {'unknown' if ahead is None else f'{ahead} KB'}; direct 1 MB "
            f"reads {flash[0] / 1e9:.2f} to {flash[-1] / 1e9:.2f} GB/s",
            f"repacking {given['repacking']}; {given['quoted_share']:.0%} of the answer stands in "
            f"the prompt; every mode said the same words: {'yes' if given['same_words'] else 'NO'}",
        ]
    )


def _parsed(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="flash_bench", description=__doc__)
    parser.add_argument("path", type=Path, help="a GGUF file")
    parser.add_argument(
        "--budget", type=_shares, default=(0.5, 0.75), help="shares of its size: 50%%,75%%"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: one a core")
    parser.add_argument("--tokens", type=int, default=64, help="length of the answers")
    parser.add_argument("--prompt", type=Path, help="a file with the message to send")
    parser.add_argument("--brief", action="store_true", help="no second question, no forecast")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


def _shares(text: str) -> tuple[float, ...]:
    """ "50%,75%" or "0.5,0.75"."""
    found = []
    for part in text.split(","):
        share = float(part.strip().removesuffix("%")) / (100 if "%" in part else 1)
        if not 0 < share <= 4:
            raise argparse.ArgumentTypeError(f"{part} is no share of a model's size")
        found.append(share)
    return tuple(found)


if __name__ == "__main__":
    sys.exit(main())
