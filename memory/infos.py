"""Rows of sources, jobs, batches and folders as the channel shows them. Pure."""

from __future__ import annotations

import os

from memory.clock import to_datetime, to_datetime_or_none
from memory.protocol import BatchInfo, FolderInfo, JobInfo, Problem, SourceInfo
from memory.store.rows import Batch, Folder, Job, Source


def source_info(source: Source) -> SourceInfo:
    return SourceInfo(
        id=source.id,
        kind=source.kind,
        title=source.title,
        location=source.location,
        format=source.format,
        state=source.state,
        problem=_problem(source.problem_json),
        size_bytes=source.size_bytes,
        memories=source.memories,
        scope=source.scope,
        parent=source.parent_id,
        parent_location=source.parent_location,
        folder=source.folder_id,
        added_at=to_datetime(source.added_ms),
        updated_at=to_datetime(source.updated_ms),
        modified_at=to_datetime_or_none(source.modified_ms),
    )


def job_info(job: Job) -> JobInfo:
    return JobInfo(
        id=job.id,
        batch=job.batch_id,
        kind=job.kind,  # type: ignore[arg-type]  # the model checks it
        source=job.source_id,
        name=os.path.basename(job.path or "") or (job.path or "note"),
        state=job.state,
        attempts=job.attempts,
        problem=_problem(job.problem_json),
        created_at=to_datetime(job.created_ms),
        finished_at=to_datetime_or_none(job.finished_ms),
    )


def batch_info(
    batch: Batch, rate_per_s: float | None = None, seconds_left: float | None = None
) -> BatchInfo:
    return BatchInfo(
        id=batch.id,
        total=batch.total,
        done=batch.done,
        skipped=batch.skipped,
        failed=batch.failed,
        cancelled=batch.cancelled,
        memories=batch.memories,
        paused=batch.paused,
        current=os.path.basename(batch.current) if batch.current else None,
        rate_per_s=rate_per_s,
        seconds_left=seconds_left,
        created_at=to_datetime(batch.created_ms),
        finished_at=to_datetime_or_none(batch.finished_ms),
    )


def folder_info(folder: Folder) -> FolderInfo:
    return FolderInfo(
        id=folder.id,
        path=folder.path,
        ignore=list(folder.ignore),
        state=folder.state,  # type: ignore[arg-type]  # the model checks it
        sources=folder.sources,
        missing=folder.missing,
        scope=folder.scope,
        added_at=to_datetime(folder.added_ms),
        scanned_at=to_datetime_or_none(folder.scanned_ms),
    )


def _problem(stored: str | None) -> Problem | None:
    return None if stored is None else Problem.model_validate_json(stored)
