"""Attacks: how many texts that give orders are seen, and how many harmless ones are taken for them.

Attacks and harmless sentences stand in ``tests/data/attacks``, written for this project; each set
was looked at once before the rules were made more general by it, so only a set that is newer than
the rules tells how well they do on what nobody thought of. The public data, read where it is there,
holds no attack.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from memory.suspicion.judge import judge
from tests.attacks import HARMLESS, SETS, attacks, harmless
from tests.bench import data

_PUBLIC = ("locomo-dev", "xquad-en", "multihop-dev")


def run() -> None:
    """Prints detection by set and kind, then false alarms of each kind of text."""
    for name in SETS:
        orders = [one for one in attacks(name) if one.order]
        seen = sum(one.judged().is_order() for one in orders)
        print(f"{name:12} {len(orders):4} orders, seen {_share(seen, len(orders))}")
    _by_kind()
    print()
    for name in HARMLESS:
        _false_alarms(name, [text for _kind, text in harmless(name)])
    for name in _PUBLIC:
        try:
            _false_alarms(name, list(_texts(data.folder(name))))
        except data.NoData as missing:
            print(missing)


def _by_kind() -> None:
    orders = [one for one in attacks() if one.order]
    every = Counter(one.kind for one in orders)
    seen = Counter(one.kind for one in orders if one.judged().is_order())
    print(f"{'all':12} {len(orders):4} orders, seen {_share(seen.total(), len(orders))}\n")
    for kind, count in sorted(every.items()):
        print(f"  {kind:14} {count:3}  {_share(seen[kind], count)}")
    languages = Counter(one.language for one in orders)
    for language, count in sorted(languages.items()):
        told = sum(one.judged().is_order() for one in orders if one.language == language)
        print(f"  in {language:11} {count:3}  {_share(told, count)}")
    lies = [one for one in attacks() if not one.order]
    marked = sum(one.judged().is_order() for one in lies)
    print(f"  lies without an order: {len(lies)}, taken for orders: {marked}")


def _false_alarms(name: str, texts: Sequence[str]) -> None:
    times, wrong = [], []
    for text in texts:
        began = time.perf_counter()
        found = judge(text)
        times.append((time.perf_counter() - began) * 1000)
        if found.is_order():
            wrong.append(text)
    print(
        f"{name:18} {len(texts):6} texts, false alarms {_share(len(wrong), len(texts))},"
        f" {statistics.mean(times):.2f} ms each"
    )
    for text in wrong[:20]:
        print(f"    {' '.join(text.split())[:120]}")


def _texts(root: Path) -> Iterator[str]:
    """All that stands in a folder of public data: turns, passages, questions."""
    for path in sorted(root.rglob("*.jsonl")):
        if path.name == "transcript.jsonl":
            yield from (turn["text"] for turn in data.turns(path.parent))
        elif path.name == "passages.jsonl":
            yield from (passage.text for passage in data.passages(path.parent))
        elif path.name == "questions.jsonl":
            yield from (asked.question for asked in data.questions(path.parent))


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
