"""Takes the pictures of the Model page: a model twice its memory at work, and the catalogue.

    python packaging/take_model_screenshots.py [FOLDER]

Writes a synthetic model of about 2 GB into a temporary home folder, gives it half of that as
memory, lets it answer, and writes PNG files into FOLDER (default: assets/docs). Takes some
minutes, because this machine's speeds are measured first. Works without a screen.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

from take_screenshots import ROOT, Studio, pause, wait_until

from app.bits import CentredColumn
from app.daemon_process import stop_daemon
from app.model_page import ModelPage
from app.progress_tray import ProgressTray
from app.theme import Mode
from memory.client import connect, data_paths
from memory.protocol import AskRequest, ModelBudgetEdit
from tests.synthetic_models import DENSE, write_model

SIZE_BYTES = 2_000_000_000
QUESTION = "How much notice do we have to give to leave the flat?"


class ModelStudio(Studio):
    """The window on sample papers, with a model nobody trained."""

    def run(self) -> None:
        try:
            wait_until(lambda: data_paths(self.data).daemon_json.exists())
            self.client = connect(self.data)
            self.client.add([str(path) for path in sorted(self.papers.iterdir())])
            tray = self.window.findChild(ProgressTray)
            assert tray is not None
            wait_until(lambda: self.client.status().memories > 0)
            wait_until(lambda: not self.client.status().jobs_running and not tray.rows(), 120)
            self._catalogue()
            self._at_work()
            self.client.close()
        finally:
            self.application.close()
            stop_daemon(self.data)

    def page(self) -> ModelPage:
        page = self.window.show_page("model")
        assert isinstance(page, ModelPage)
        return page

    def _catalogue(self) -> None:
        page = self.page()

        def known() -> bool:
            found = page.library
            return bool(found) and all(
                e.prediction is not None and e.prediction.tokens_per_s is not None
                for e in found.catalogue
            )

        wait_until(known, 300)
        wait_until(lambda: page.catalogue.complete)
        self.picture("model-none")
        area = page.findChild(CentredColumn)
        assert area is not None
        pause(0.3)
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        self.picture("model-catalogue")
        area.verticalScrollBar().setValue(0)

    def _at_work(self) -> None:
        """The live bar while it answers, light and dark."""
        page = self.page()
        papers = [*self.papers.glob("*.md"), *self.papers.glob("*.txt")]
        model = write_model(
            self.papers.parent / "synthetic.gguf",
            replace(DENSE, heads_kv=2).sized(SIZE_BYTES),
            known_text=" ".join([QUESTION, *(paper.read_text("utf-8") for paper in papers)]),
            answer_words=100,
        )
        self.client.set_budget(
            ModelBudgetEdit(budget_bytes=model.path.stat().st_size // 2 // 10**6 * 10**6)
        )
        self.client.use_model(str(model.path))
        answer = threading.Thread(target=self._ask, daemon=True)
        answer.start()
        wait_until(lambda: page.now.state.text().startswith("Answering · streams"), 300)
        wait_until(lambda: "a second" in page.now.state.text(), 120)
        pause(3.0)
        self.picture("model")
        self.theme.set_mode(Mode.DARK)
        self.picture("model-dark")
        self.theme.set_mode(Mode.LIGHT)
        self.client.no_model()
        answer.join(60)

    def _ask(self) -> None:
        with connect(self.data) as client, client.ask(AskRequest(question=QUESTION)) as stream:
            for _event in stream:
                pass


def main() -> None:
    pictures = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "assets" / "docs"
    pictures.mkdir(parents=True, exist_ok=True)
    folder = tempfile.mkdtemp()
    os.environ["HOME"] = folder  # so that no path of this computer is seen
    try:
        ModelStudio(Path(folder), pictures).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
