"""What the handlers work with: every service of the daemon, built once by ``daemon``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from memory.activity import Activity
from memory.answer import Answers
from memory.archiving import Archiving
from memory.asking import Asking
from memory.backups import Backups
from memory.chats import Chats
from memory.clock import Clock
from memory.diary.diary import Diary
from memory.embedding import SharedEmbedder
from memory.events import Events
from memory.fact_keeping import Facts
from memory.fact_learning import FactLearning
from memory.fading import Fading
from memory.folding.folding import Folding
from memory.forgetting import Forgetting
from memory.index import Index
from memory.jobs import Jobs
from memory.language import Language
from memory.learning import Learning
from memory.model_library import Library
from memory.nightly import Nightly
from memory.note_keeping import Notes
from memory.note_learning import NoteLearning
from memory.options import Options
from memory.paths import DataPaths
from memory.portrait_keeping import Portrait
from memory.reembedding import Reembedding
from memory.retrieve import Recall
from memory.reviews import Reviews
from memory.store.db import Database
from memory.wariness import Wariness
from memory.watch import Watch


@dataclass(frozen=True)
class Services:
    paths: DataPaths
    clock: Clock
    version: str
    started_ms: int
    database: Database
    events: Events
    options: Options
    activity: Activity
    index: Index
    embedder: SharedEmbedder
    reembedding: Reembedding
    jobs: Jobs
    watch: Watch
    recall: Recall
    chats: Chats
    answers: Answers
    asking: Asking
    reviews: Reviews
    learning: Learning
    forgetting: Forgetting
    facts: Facts
    wariness: Wariness
    fact_learning: FactLearning
    notes: Notes
    note_learning: NoteLearning
    fading: Fading
    portrait: Portrait
    language: Language
    models: Library
    backups: Backups
    archiving: Archiving
    nightly: Nightly
    diary: Diary
    folding: Folding
    stop: Callable[[], None]
