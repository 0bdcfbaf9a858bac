"""The composition root of the daemon: builds every service, runs the server, takes all down.

Start order (main thread): lock, log, guard against outgoing connections, database (migrated),
services, listening socket, HTTP server, ``daemon.json``, then the threads of the services.
Engines (Chroma, onnxruntime) load on these: recall by words works at once, recall by meaning
follows.

Stop order: ``daemon.json`` away, event streams ended and answers cancelled, HTTP server ended
(no more intake), nightly run and schedule, answers, downloads, folder watch,
jobs and readers, topics and links, language model, facts, index, database (the writer drains),
lock.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import APIRouter

from memory import garbage, guard, lock, reembedding
from memory.activity import Activity
from memory.answer import Answers
from memory.archiving import Archiving
from memory.asking import Asking
from memory.backups import Backups
from memory.chats import Chats
from memory.clock import Clock, SystemClock
from memory.diary.diary import Diary
from memory.downloads import Downloads
from memory.embedding import SharedEmbedder
from memory.events import Events
from memory.fact_keeping import Facts
from memory.fact_learning import FactLearning
from memory.fading import Fading
from memory.folding.folding import Folding
from memory.forecasts import Forecasts
from memory.forgetting import Forgetting
from memory.index import Index
from memory.ingest import reader_process
from memory.ingest.pipeline import Pipeline
from memory.jobs import Jobs
from memory.language import Language
from memory.learning import Learning
from memory.local_models import LocalFiles
from memory.log import describe
from memory.machine_speed import MachineSpeed
from memory.model_budget import Budget
from memory.model_library import Library
from memory.nightly import Nightly
from memory.note_keeping import Notes
from memory.note_learning import NoteLearning
from memory.options import Options
from memory.paths import DataPaths
from memory.portrait_keeping import Portrait
from memory.protocol import Change, JobState
from memory.reembedding import Reembedding
from memory.repeated.reservoir import Reservoir
from memory.retrieve import Recall
from memory.reviews import Reviews, record_all
from memory.scheduler import Scheduler
from memory.server import Server, application, listen
from memory.services import Services
from memory.store import upkeep
from memory.store.db import Database
from memory.version import program_version
from memory.wariness import Wariness
from memory.watch import Watch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Ground:
    """What every other part stands on."""

    database: Database
    events: Events
    options: Options
    embedder: SharedEmbedder


class Daemon:
    """One data folder's daemon, between taking the lock and giving it back.

    What is built registers its own end at once, so that a start that fails half way takes
    down what there was, in the right order.
    """

    def __init__(self, paths: DataPaths, clock: Clock | None = None):
        self._paths = paths
        self._clock = clock or SystemClock()
        self._closing = contextlib.ExitStack()
        self._stopping = threading.Event()
        self._server: Server | None = None
        self._starts: list[Callable[[], object]] = []

    def run(self) -> None:
        """Serve until ``stop``; everything is taken down when this returns."""
        began = time.monotonic()
        with self._closing:
            self._serve(self._build(), began)
        _log.info("stopped")

    def stop(self) -> None:
        """Ask ``run`` to end; from any thread or signal handler, any number of times."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop()

    # -- building, in order

    def _build(self) -> Services:
        ground = self._ground()
        index = self._index(ground)
        activity = Activity()
        fact_learning = self._fact_learning(ground, index, activity)
        language = Language(ground.options, ground.events, self._paths.engine)
        self._at_end(language.close)
        note_learning = self._note_learning(ground, index, activity, language)
        wariness = self._wariness(ground, fact_learning, activity)
        jobs = self._jobs(ground, index, fact_learning, note_learning, wariness)
        recall = Recall(ground.database, index, self._clock, ground.options.current)
        self._at_end(recall.close)
        learning = self._learning(ground, recall)
        backups = Backups(ground.database, self._paths, self._clock)
        forgetting = self._forgetting(ground, index, backups, language, learning)
        chats = self._chats(ground, index, forgetting)
        portrait = self._portrait(ground, forgetting)

        def memories_changed() -> None:
            ground.events.changed(Change.MEMORIES)

        services = Services(
            paths=self._paths,
            clock=self._clock,
            version=program_version(),
            started_ms=self._clock.now_ms(),
            database=ground.database,
            events=ground.events,
            options=ground.options,
            activity=activity,
            index=index,
            embedder=ground.embedder,
            reembedding=self._reembedding(ground, index, jobs),
            jobs=jobs,
            watch=self._watch(ground, jobs),
            recall=recall,
            chats=chats,
            answers=self._answers(ground, recall, chats, language, learning, portrait),
            asking=Asking(activity),
            reviews=Reviews(ground.database, self._clock, ground.events, learning.chose),
            learning=learning,
            forgetting=forgetting,
            facts=Facts(ground.database, lambda: _facts_changed(ground, index)),
            fact_learning=fact_learning,
            notes=Notes(
                ground.database,
                self._clock,
                recall.out_of_reach,
                lambda: ground.events.changed(Change.MEMORIES),
            ),
            note_learning=note_learning,
            fading=Fading(ground.database, self._clock, ground.options.current, ground.events),
            portrait=portrait,
            wariness=wariness,
            language=language,
            models=self._models(ground, language, activity),
            backups=backups,
            archiving=self._archiving(ground, index),
            nightly=self._nightly(ground, index, backups, learning, language, activity),
            diary=Diary(ground.database, self._clock, on_change=memories_changed),
            folding=Folding(ground.database, self._clock, on_change=memories_changed),
            stop=self.stop,
        )
        self._at_end(services.asking.close)
        self._schedule(services)
        self._finish_forgetting(forgetting)
        return services

    def _ground(self) -> _Ground:
        database = Database(self._paths, self._clock)
        self._at_end(database.close)
        events = Events()
        with database.read() as c:
            embedder = SharedEmbedder(reembedding.in_use(c))
        return _Ground(database, events, Options(database, events), embedder)

    def _index(self, ground: _Ground) -> Index:
        url = ground.options.current().chroma_url
        if url:
            guard.allow(urlsplit(url).hostname or "")
        loaded = threading.Event()

        def changed() -> None:
            ground.events.changed(Change.STATUS)
            if index.state == "ready" and not loaded.is_set():
                loaded.set()
                garbage.keep_what_is_there()

        index = Index(
            ground.database,
            self._paths,
            self._clock,
            ground.embedder.get,
            url=url,
            on_change=lambda ids: ground.events.changed(Change.SOURCES, Change.STATUS, sources=ids),
            on_state=changed,
        )
        self._start_later(index.start, index.stop)
        return index

    def _reembedding(self, ground: _Ground, index: Index, jobs: Jobs) -> Reembedding:
        made = Reembedding(
            ground.database,
            index,
            ground.embedder,
            ground.options,
            paused=jobs.paused,
            on_progress=lambda: ground.events.changed(Change.STATUS),
        )
        self._start_later(made.start, made.stop)
        return made

    def _fact_learning(self, ground: _Ground, index: Index, activity: Activity) -> FactLearning:
        fact_learning = FactLearning(
            ground.database,
            self._clock,
            ground.options.current,
            busy=activity.asking,
            on_learnt=lambda: _facts_changed(ground, index),
        )
        self._start_later(fact_learning.start, fact_learning.stop)
        return fact_learning

    def _note_learning(
        self, ground: _Ground, index: Index, activity: Activity, language: Language
    ) -> NoteLearning:
        def learnt() -> None:
            index.wake()
            ground.events.changed(Change.MEMORIES)

        made = NoteLearning(
            ground.database,
            self._clock,
            ground.options.current,
            index,
            busy=activity.asking,
            on_learnt=learnt,
            model=language.current,
        )
        self._start_later(made.start, made.stop)
        return made

    def _wariness(
        self, ground: _Ground, fact_learning: FactLearning, activity: Activity
    ) -> Wariness:
        def learn(memory_id: str) -> None:
            if ground.options.current().learn_facts:
                fact_learning.learn_again(memory_id)

        made = Wariness(
            ground.database,
            self._clock,
            busy=activity.asking,
            on_changed=lambda: ground.events.changed(Change.MEMORIES, Change.FACTS),
            learn=learn,
        )
        self._start_later(made.start, made.stop)
        return made

    def _jobs(
        self,
        ground: _Ground,
        index: Index,
        fact_learning: FactLearning,
        note_learning: NoteLearning,
        wariness: Wariness,
    ) -> Jobs:
        self._start_later(reader_process.start, reader_process.stop)

        def stored() -> None:
            index.wake()
            fact_learning.wake()
            note_learning.wake()
            wariness.wake()

        settings, count_tokens = ground.options.current, ground.embedder.count_tokens
        jobs = Jobs(
            ground.database,
            self._clock,
            settings,
            Pipeline(ground.database, self._clock, settings, count_tokens, on_slice=index.wake),
            count_tokens,
            ground.events,
            own_folder=str(self._paths.root),
            wake_index=stored,
        )
        self._start_later(jobs.start, jobs.stop)
        return jobs

    def _watch(self, ground: _Ground, jobs: Jobs) -> Watch:
        watch = Watch(
            ground.database,
            self._clock,
            ground.options.current,
            jobs,
            ground.events,
            own_folder=str(self._paths.root),
        )
        jobs.folders_changed = watch.refresh
        ground.options.on_change(lambda _old, _new: watch.refresh())
        self._start_later(watch.start, watch.stop)
        return watch

    def _learning(self, ground: _Ground, recall: Recall) -> Learning:
        settings, weights = ground.options.current, recall.weights
        made = Learning(
            ground.database, self._clock, settings, ground.events, weights, recall.personalise
        )
        made.load()
        recall.listed = made.listed
        ground.options.on_change(lambda _old, _new: made.load())
        return made

    def _forgetting(
        self,
        ground: _Ground,
        index: Index,
        backups: Backups,
        language: Language,
        learning: Learning,
    ) -> Forgetting:
        def forgotten() -> None:
            learning.forgotten()
            ground.events.changed(Change.SOURCES, Change.MEMORIES, Change.CHATS, Change.STATUS)

        return Forgetting(
            ground.database,
            index,
            self._paths,
            self._clock,
            on_forgotten=forgotten,
            copying=backups.making,
            drop_kept=language.forget_kept,
        )

    def _chats(self, ground: _Ground, index: Index, forgetting: Forgetting) -> Chats:
        chats = Chats(
            ground.database,
            self._clock,
            ground.options.current,
            ground.events,
            ground.embedder.count_tokens,
            forget=forgetting.forget,
            record_uses=record_all,
            wake_index=index.wake,
        )
        chats.recover()
        return chats

    def _portrait(self, ground: _Ground, forgetting: Forgetting) -> Portrait:
        return Portrait(
            ground.database,
            self._clock,
            ground.options.current,
            forget_line=forgetting.forget_line,
            on_changed=lambda: ground.events.changed(Change.FACTS),
        )

    def _answers(
        self,
        ground: _Ground,
        recall: Recall,
        chats: Chats,
        language: Language,
        learning: Learning,
        portrait: Portrait,
    ) -> Answers:
        reservoir = Reservoir(ground.database, self._clock, ground.options.current)
        ground.options.on_change(reservoir.follow)
        return Answers(
            ground.database,
            recall,
            chats,
            self._clock,
            ground.options.current,
            ground.embedder.embed_tokens,
            language.current,
            reservoir,
            learning,
            portrait.told,
        )

    def _models(self, ground: _Ground, language: Language, activity: Activity) -> Library:
        """Nothing is read, measured or connected to before somebody asks for models."""
        downloads = Downloads(self._paths.models, self._clock, ground.events)
        self._at_end(downloads.close)
        speed = MachineSpeed(
            self._paths.models,
            self._paths.engine / "machine.json",
            busy=activity.asking,
            on_change=lambda: ground.events.changed(Change.MODEL),
        )
        self._at_end(speed.close)
        return Library(
            self._paths.models,
            LocalFiles(ground.database),
            ground.events,
            language,
            downloads,
            Budget(ground.options, language),
            Forecasts(ground.options, speed),
        )

    def _archiving(self, ground: _Ground, index: Index) -> Archiving:
        def embedder() -> tuple[str, int]:
            one = ground.embedder.get()
            return one.model_id, one.dimension

        made = Archiving(
            ground.database,
            self._paths,
            self._clock,
            program_version(),
            embedder,
            on_changed=ground.events.changed,
            wake_index=index.wake,
        )
        self._at_end(made.stop)
        return made

    def _nightly(
        self,
        ground: _Ground,
        index: Index,
        backups: Backups,
        learning: Learning,
        language: Language,
        activity: Activity,
    ) -> Nightly:
        return Nightly(
            ground.database,
            index,
            backups,
            self._clock,
            ground.options.current,
            ground.events,
            learn=learning.learn,
            busy=activity.asking,
            language=language.current,
        )

    def _schedule(self, services: Services) -> None:
        with services.database.read() as c:
            since_ms = upkeep.made_ms(c)
        scheduler = Scheduler(
            self._clock,
            since_ms=since_ms,
            last_night=services.nightly.last_night,
            hour=lambda: services.options.current().night_hour,
            busy=lambda: _busy(services),
            run_night=services.nightly.run,
            on_jump=services.watch.rescan,
        )
        self._start_later(scheduler.start, scheduler.stop)
        self._at_end(services.nightly.stop)

    def _finish_forgetting(self, forgetting: Forgetting) -> None:
        """What a crash left to do may take a while: on its own thread, ended before the index."""

        def work() -> None:
            try:
                forgetting.resume()
            except Exception as error:
                _log.warning("forgetting goes on later\n%s", describe(error))

        thread = threading.Thread(target=work, name="forgetting", daemon=True)
        self._start_later(thread.start, lambda: thread.join() if thread.ident else None)

    def _start_later(self, start: Callable[[], object], stop: Callable[[], object]) -> None:
        """A thread that may wait until the server answers; engines would hold that up."""
        self._starts.append(start)
        self._at_end(stop)

    def _at_end(self, close: Callable[[], object]) -> None:
        self._closing.callback(_closed_quietly, close)

    # -- serving

    def _serve(self, services: Services, began: float) -> None:
        token = secrets.token_hex(32)
        listening = listen()
        port = listening.getsockname()[1]

        def ready() -> None:
            lock.announce(self._paths, port, token)
            took_ms = (time.monotonic() - began) * 1000
            _log.info("ready after %.0f ms, process %d", took_ms, os.getpid())
            for start in self._starts:
                start()

        def leave() -> None:
            lock.withdraw(self._paths)
            services.asking.cancel_all()
            services.language.stop_loading()
            services.events.close()

        app = application(_routers(services), token=token, port=port)
        self._server = Server(app, on_ready=ready, on_leave=leave)
        try:
            if not self._stopping.is_set():
                self._server.run(sockets=[listening])
        finally:
            lock.withdraw(self._paths)
            listening.close()


def _routers(services: Services) -> list[APIRouter]:
    from memory.api import (
        answers,
        chats,
        diary,
        facts,
        fading,
        folders,
        jobs,
        learning,
        life,
        memories,
        model,
        notes,
        orders,
        portrait,
        recall,
        scopes,
        settings,
        sources,
        upkeep,
    )

    modules = (
        life,
        upkeep,
        sources,
        jobs,
        folders,
        memories,
        orders,
        diary,
        facts,
        notes,
        fading,
        portrait,
        recall,
        learning,
        scopes,
        answers,
        chats,
        model,
        settings,
    )
    return [module.router(services) for module in modules]


def _facts_changed(ground: _Ground, index: Index) -> None:
    index.wake()
    ground.events.changed(Change.FACTS, Change.MEMORIES)


def _busy(services: Services) -> bool:
    running = services.jobs.counts()
    return not services.activity.quiet() or any(
        running.get(state) for state in (JobState.RUNNING, JobState.QUEUED)
    )


def _closed_quietly(close: Callable[[], object]) -> None:
    """One part that does not end well must not keep the others from ending."""
    try:
        close()
    except Exception as error:
        _log.error("a part did not end well\n%s", describe(error))
