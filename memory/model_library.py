"""The library of models: what can be downloaded, what is here, which one answers.

Any thread. Puts together the catalogue, the downloads, the files a person added by their path,
the model in use and the forecasts; every verb of the Models page ends up here.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from memory.downloads import Downloads
from memory.errors import BadRequest, Conflict, NotFound
from memory.events import Events
from memory.forecasts import Forecasts, Subject
from memory.language import Language
from memory.local_models import LocalFiles, absolute, local_id, same_file
from memory.model_budget import Budget
from memory.protocol import (
    CatalogueEntry,
    Change,
    DownloadAction,
    DownloadInfo,
    LocalModel,
    ModelBudget,
    ModelLibrary,
    ModelPrediction,
    ModelRemoved,
    ModelState,
    ModelUse,
    PredictReply,
    PredictRequest,
)

if TYPE_CHECKING:
    from models.catalogue import CatalogueModel
    from models.hardware import Hardware
    from models.model_folder import Record


class Library:
    def __init__(
        self,
        folder: Path,
        files: LocalFiles,
        events: Events,
        language: Language,
        downloads: Downloads,
        budget: Budget,
        forecasts: Forecasts,
    ) -> None:
        self._folder = folder
        self._files = files
        self._events = events
        self._language = language
        self._downloads = downloads
        self._budget = budget
        self._forecasts = forecasts

    # -- looking --------------------------------------------------------------------------

    def listing(self) -> ModelLibrary:
        """Everything, with a forecast of each model under the budget in force."""
        from models.catalogue import catalogue
        from models.hub import hub_address

        budget = self._budget.now()
        hardware = self._forecasts.hardware()
        ready = self._downloads.ready()
        model = self._language.info()
        used = Path(model.path) if model is not None else None
        return ModelLibrary(
            model=model,
            catalogue=[
                self._entry(one, ready.get(one.id), used, budget, hardware) for one in catalogue()
            ],
            local=self._local(ready, used, budget, hardware),
            budget=budget,
            folder=str(self._folder),
            free_bytes=shutil.disk_usage(self._folder).free,
            hub=hub_address(),
            measuring=self._forecasts.measuring(),
        )

    def budget(self) -> Budget:
        return self._budget

    def predict(self, request: PredictRequest) -> PredictReply:
        """Forecasts of one model at several budgets.

        Raises:
            NotFound: there is no such model.
            models.errors.BadModelFile: its file cannot be used.
        """
        now = self._budget.now()
        budgets = request.budgets or [now.budget_bytes]
        subject = self._subject(request.model)
        mode = request.mode or now.mode
        return PredictReply(predictions=self._forecasts.predict(subject, budgets, mode))

    # -- doing ----------------------------------------------------------------------------

    def add(self, path: str) -> LocalModel:
        """Put a file on the list of local models; it stays where it is.

        Raises:
            BadRequest: the path is relative.
            models.errors.BadModelFile: it cannot be used; the list stays as it is.
        """
        from models.gguf_file import read_header

        file = absolute(path)
        read_header(file)
        self._files.remember(file)
        self._events.changed(Change.MODEL)
        model = self._language.info()
        used = Path(model.path) if model is not None else None
        return self._local_model(local_id(file), file, "added", used, None, None)

    def use(self, request: ModelUse) -> None:
        """Answer with a file, or with a model of the library.

        Raises:
            BadRequest: neither or both were named, or the path is relative.
            NotFound, Conflict: there is no such model, or it is not here yet.
            models.errors.BadModelFile: it cannot be used; nothing is changed.
        """
        if (request.path is None) == (request.id is None):
            raise BadRequest("Which model?", "Either a path or an id is needed.", "Name one.")
        file = absolute(request.path) if request.path else self._place(request.id or "")
        self._language.use(str(file))
        if file not in {path for path, _record in self._downloads.ready().values()}:
            self._files.remember(file)

    def act(self, model_id: str, action: DownloadAction) -> DownloadInfo:
        """Start, pause, resume or cancel a download.

        Raises:
            NotFound: the catalogue has no such model, or its download was never begun.
            Conflict: it is here already.
        """
        if action is DownloadAction.DOWNLOAD:
            return self._downloads.start(_entry_of(model_id))
        verbs = {
            DownloadAction.PAUSE: self._downloads.pause,
            DownloadAction.RESUME: self._downloads.resume,
            DownloadAction.CANCEL: self._downloads.cancel,
        }
        return verbs[action](model_id)

    def remove(self, model_id: str) -> ModelRemoved:
        """Delete a downloaded model, or take an added file off the list. One in use is put
        away first; answers quote then.

        Raises:
            NotFound: there is no such local model.
            OSError: it cannot be deleted.
        """
        ready = self._downloads.ready().get(model_id)
        added = {local_id(path): path for path in self._files.added()}
        file = ready[0] if ready is not None else added.get(model_id)
        if file is None:
            raise _unknown(model_id)
        model = self._language.info()
        if model is not None and same_file(Path(model.path), file):
            self._language.use_none()
        freed = self._downloads.remove(model_id)[1] if ready is not None else 0
        if ready is None:
            self._files.forget(file)
        self._events.changed(Change.MODEL)
        return ModelRemoved(
            id=model_id, path=str(file), deleted=ready is not None, freed_bytes=freed
        )

    # -- entries --------------------------------------------------------------------------

    def _entry(
        self,
        model: CatalogueModel,
        ready: tuple[Path, Record] | None,
        used: Path | None,
        budget: ModelBudget,
        hardware: Hardware | None,
    ) -> CatalogueEntry:
        info = None if ready else self._downloads.info(model.id)
        known = ready[1].size_bytes if ready else info.total_bytes if info else None
        return CatalogueEntry(
            id=model.id,
            family=model.family,
            name=model.name,
            parameters=model.parameters,
            active_parameters=model.active_parameters,
            repository=model.repository,
            file=model.file,
            quantization=model.quantization,
            size_bytes=known or model.size_bytes,
            size_exact=known is not None,
            licence=model.licence,
            context_tokens=model.context_tokens,
            good_for=model.good_for,
            state=ModelState.READY if ready else info.state if info else ModelState.AVAILABLE,
            download=info,
            path=str(ready[0]) if ready else None,
            in_use=bool(ready and used and same_file(ready[0], used)),
            prediction=self._entry_forecast(model, ready, budget, hardware),
        )

    def _entry_forecast(
        self,
        model: CatalogueModel,
        ready: tuple[Path, Record] | None,
        budget: ModelBudget,
        hardware: Hardware | None,
    ) -> ModelPrediction | None:
        if ready is not None:
            return self._file_forecast(ready[0], budget, hardware)
        subject = self._forecasts.of_entry(model)
        return self._forecasts.predict(subject, [budget.budget_bytes], budget.mode, hardware)[0]

    def _file_forecast(
        self, path: Path, budget: ModelBudget, hardware: Hardware | None
    ) -> ModelPrediction | None:
        """None for a file that cannot be read; its entry says why."""
        from models.errors import ModelError

        try:
            subject = self._forecasts.of_file(path)
        except (ModelError, OSError):
            return None
        return self._forecasts.predict(subject, [budget.budget_bytes], budget.mode, hardware)[0]

    def _local(
        self,
        ready: dict[str, tuple[Path, Record]],
        used: Path | None,
        budget: ModelBudget,
        hardware: Hardware | None,
    ) -> list[LocalModel]:
        found = [
            self._local_model(id_, path, "downloaded", used, budget, hardware)
            for id_, (path, _record) in ready.items()
        ]
        own = {path for path, _record in ready.values()}
        added = self._files.added()
        if used is not None and not any(same_file(used, path) for path in (*own, *added)):
            added.append(used)  # chosen before there was a list
        for path in added:
            if path not in own:
                id_ = local_id(path)
                found.append(self._local_model(id_, path, "added", used, budget, hardware))
        return found

    def _local_model(
        self,
        model_id: str,
        path: Path,
        origin: str,
        used: Path | None,
        budget: ModelBudget | None,
        hardware: Hardware | None,
    ) -> LocalModel:
        seen = self._files.look(path)
        header = seen.header
        forecast = self._file_forecast(path, budget, hardware) if budget and header else None
        return LocalModel(
            id=model_id,
            name=header.name if header else path.stem,
            path=str(path),
            origin="downloaded" if origin == "downloaded" else "added",
            size_bytes=seen.size_bytes,
            architecture=header.architecture if header else None,
            parameters=header.parameters if header else None,
            context_tokens=header.context_tokens if header else None,
            in_use=used is not None and same_file(used, path),
            problem=seen.problem,
            prediction=forecast,
        )

    # -- files ----------------------------------------------------------------------------

    def _place(self, model_id: str) -> Path:
        """The file of a model of the library.

        Raises:
            NotFound, Conflict: there is no such model, or it is not here yet.
        """
        ready = self._downloads.ready().get(model_id)
        if ready is not None:
            return ready[0]
        for path in self._files.added():
            if local_id(path) == model_id:
                return path
        raise Conflict(
            "This model is not here yet",
            f"{_entry_of(model_id).name} has not been downloaded.",
            f"Download it first: `recollect model get {model_id}`.",
            item=model_id,
        )

    def _subject(self, model: str) -> Subject:
        """What to forecast: a model that is here by id or path, or a catalogue entry."""
        path = Path(model)
        if path.is_absolute():
            return self._forecasts.of_file(path)
        try:
            return self._forecasts.of_file(self._place(model))
        except Conflict:
            return self._forecasts.of_entry(_entry_of(model))


def _entry_of(model_id: str) -> CatalogueModel:
    from models.catalogue import find

    found = find(model_id)
    if found is None:
        raise _unknown(model_id)
    return found


def _unknown(model_id: str) -> NotFound:
    return NotFound(
        "There is no such model",
        f"Neither the catalogue nor this machine has one named {model_id}.",
        "See `recollect model list` for their names.",
        item=model_id,
    )
