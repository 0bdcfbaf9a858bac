"""Real protocol models with believable content, for tests of pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from memory import protocol as p

NOW = datetime.now(UTC).replace(microsecond=0)
TEXTS = (
    "The deposit is two months' rent and comes back within thirty days of moving out, less the "
    "cost of cleaning if the flat is not left as it was found.",
    "Grandmother's plum cake: fold the egg whites in last, and never open the oven in the first "
    "half hour.",
    "I told Mira I would send her the photographs from the lake by Friday.",
    "The boiler was serviced on 12 November; the fitter said the pressure valve should be looked "
    "at again next winter.",
    "Password hints belong in the blue notebook, not in the drawer.",
)


def memory(number: int = 0, **changes: Any) -> p.MemoryInfo:
    text = TEXTS[number % len(TEXTS)]
    given: dict[str, Any] = {
        "id": f"01J{number:023d}",
        "kind": p.MemoryKind.PASSAGE,
        "text": text,
        "source": "s1",
        "source_kind": p.SourceKind.FILE,
        "source_title": "lease-2024.pdf",
        "location": "/papers/lease-2024.pdf",
        "page": 3,
        "start": 100,
        "end": 100 + len(text),
        "position": number,
        "happened_at": NOW - timedelta(days=number % 900),
        "learnt_at": NOW - timedelta(days=number % 900),
        "strength": max(0.1, 1.0 - number % 10 / 10),
        "stability_days": 12.5,
        "difficulty": 5.1,
        "reviewed_at": NOW - timedelta(days=2),
        "importance": 0.5,
        "pinned": False,
        "state": p.MemoryState.ACTIVE,
        "version": 1,
    }
    return p.MemoryInfo(**{**given, **changes})


def detail(of: p.MemoryInfo | None = None) -> p.MemoryDetail:
    shown = of or memory()
    learnt = NOW - timedelta(days=200)
    used = ((0, 12.0), (110, 30.0), (198, 80.0))  # days after learning, stability from then on
    curve = []
    for day in range(0, 566, 2):
        since, stability = [u for u in used if u[0] <= day][-1]
        strength = (1 + 0.98 * (day - since) / stability) ** -0.5
        curve.append(p.CurvePoint(at=learnt + timedelta(days=day), strength=strength))
    reviews = [
        p.ReviewInfo(
            at=learnt + timedelta(days=day), reason=reason, stability_days=20.0, difficulty=5.0
        )
        for day, reason in ((110, p.ReviewReason.CITED), (198, p.ReviewReason.OPENED))
    ]
    return p.MemoryDetail(
        memory=shown,
        before=[memory(11)],
        after=[memory(12)],
        reviews=reviews,
        curve=curve,
    )


def problem(**changes: Any) -> p.Problem:
    given: dict[str, Any] = {
        "code": p.ErrorCode.UNREADABLE,
        "title": "This PDF is locked with a password",
        "message": "It was not read, so nothing of it is remembered.",
        "next_step": "Save a copy without the password and add that.",
    }
    return p.Problem(**{**given, **changes})


def source(number: int = 0, **changes: Any) -> p.SourceInfo:
    given: dict[str, Any] = {
        "id": f"s{number}",
        "kind": p.SourceKind.FILE,
        "title": f"letter-{number:03d}.docx",
        "location": f"/papers/letters/letter-{number:03d}.docx",
        "format": "docx",
        "state": p.SourceState.READY,
        "size_bytes": 20_480 + number,
        "memories": 12,
        "added_at": NOW - timedelta(days=number),
        "updated_at": NOW - timedelta(days=number),
    }
    return p.SourceInfo(**{**given, **changes})


def job(number: int = 0, **changes: Any) -> p.JobInfo:
    given: dict[str, Any] = {
        "id": f"j{number}",
        "batch": "b1",
        "kind": "file",
        "source": f"s{number}",
        "name": f"letter-{number:03d}.docx",
        "state": p.JobState.QUEUED,
        "attempts": 0,
        "created_at": NOW,
    }
    return p.JobInfo(**{**given, **changes})


def batch(**changes: Any) -> p.BatchInfo:
    given: dict[str, Any] = {
        "id": "b1",
        "total": 120,
        "done": 45,
        "skipped": 2,
        "failed": 1,
        "cancelled": 0,
        "memories": 1480,
        "paused": False,
        "current": "letter-046.docx",
        "rate_per_s": 3.2,
        "seconds_left": 22.0,
        "created_at": NOW,
    }
    return p.BatchInfo(**{**given, **changes})


def folder(**changes: Any) -> p.FolderInfo:
    given: dict[str, Any] = {
        "id": "f1",
        "path": "/papers/letters",
        "ignore": ["drafts/"],
        "state": "watching",
        "sources": 214,
        "missing": 0,
        "added_at": NOW,
    }
    return p.FolderInfo(**{**given, **changes})


def hit(number: int = 0, **changes: Any) -> p.Hit:
    text = TEXTS[number % len(TEXTS)]
    given: dict[str, Any] = {
        "memory": f"01J{number:023d}",
        "source": "/papers/lease-2024.pdf",
        "source_id": "s1",
        "source_title": "lease-2024.pdf",
        "source_kind": p.SourceKind.FILE,
        "kind": p.MemoryKind.PASSAGE,
        "page": 3,
        "start": 100,
        "end": 100 + len(text),
        "text": text,
        "score": 1.0 / (number + 1),
        "strength": max(0.1, 0.95 - number / 10),
        "happened_at": NOW - timedelta(days=40 * number),
    }
    return p.Hit(**{**given, **changes})


def status(**changes: Any) -> p.Status:
    given: dict[str, Any] = {
        "version": "0.1.0",
        "pid": 1,
        "data_dir": "/data",
        "started_at": NOW,
        "memories": 48_210,
        "dormant": 320,
        "sources": {p.SourceState.READY: 512},
        "conversations": 14,
        "waiting_for_meaning": 0,
        "jobs_waiting": 0,
        "jobs_running": 0,
        "jobs_paused": 0,
        "jobs_failed": 0,
        "paused": False,
        "index": "ready",
        "embedder": "all-MiniLM-L6-v2",
        "model": None,
        "database_bytes": 120_000_000,
        "index_bytes": 80_000_000,
    }
    return p.Status(**{**given, **changes})


def model(**changes: Any) -> p.ModelInfo:
    given: dict[str, Any] = {
        "name": "Small Writer 3B Instruct",
        "path": "/models/small-writer-3b-q4.gguf",
        "size_bytes": 2_019_000_000,
        "architecture": "llama",
        "context_tokens": 8192,
        "state": "idle",
    }
    return p.ModelInfo(**{**given, **changes})
