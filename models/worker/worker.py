"""What the worker does with its orders.

The main thread carries them out one after the other and is the only one that touches llama.cpp.
The thread "control" reads the pipe and acts at once on what cannot wait: a word to stop, a word
to forget, another budget. It ends the process as soon as the pipe breaks, so that a worker
never outlives its daemon. Nothing is logged; text of people exists in memory, and in the folder
of kept beginnings (``models.decoding.kv_files``), nowhere else.

In: ``load``, ``generate``, ``prepare``, ``count``, ``logits``, ``cancel``, ``forget``,
``budget``, ``end``. Out: ``check``, ``loaded``, ``text``, ``done``, ``prepared``, ``counted``,
``logits``, ``forgotten``, ``meter``, ``failed``.
"""

from __future__ import annotations

import base64
import os
import queue
import threading
from dataclasses import asdict

import numpy as np

from models.decoding.widths import LEAST_PROMPT_ROWS
from models.errors import ModelError
from models.meter import FirstCheck
from models.worker.answer import Answer, beginnings_of, messages_of, room_after
from models.worker.engine import Aborted, Logits
from models.worker.metering import Metering
from models.worker.opening import Loaded, open_model
from models.worker.pipe import Failed, Order, Pipe
from models.worker.stop import Stop

# Kept beginnings are written when nothing was asked for so long.
QUIET_S = 2.0
# Rows of logits that go through the pipe at once.
MOST_ROWS = 256


class Worker:
    """See the module. ``run`` on the main thread."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._stop = Stop()
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._model: Loaded | None = None
        self._meter: Metering | None = None
        self._quiet_s = QUIET_S

    def run(self) -> None:
        threading.Thread(target=self._listen, name="control", daemon=True).start()
        while (order := self._next())["op"] != "end":
            try:
                getattr(self, "_" + order["op"])(order)
            except Failed as error:
                self._pipe.send("failed", id=order["id"], kind=error.kind, detail=str(error))
            except ModelError as error:  # has the words itself
                kind = "load" if order["op"] == "load" else "generation"
                self._pipe.send("failed", id=order["id"], kind=kind, detail=error.message)
            except Exception as error:  # told to the daemon, which has the words for it
                kind = "load" if order["op"] == "load" else "generation"
                detail = f"{type(error).__name__}: {error}"[:500]
                self._pipe.send("failed", id=order["id"], kind=kind, detail=detail)
            finally:
                self._stop.end()
                self._settle()

    def _next(self) -> Order:
        """The next order. In a quiet moment what is worth keeping is written."""
        while self._model is not None and self._model.reading.waiting:
            try:
                return self._orders.get(timeout=self._quiet_s)
            except queue.Empty:
                self._model.reading.save()
        return self._orders.get()

    def _settle(self) -> None:
        """Nothing computes now: changes of the budget that had to wait are made."""
        if self._model is not None:
            self._model.residence.settle()

    # -- on the thread that listens -----------------------------------------------------

    def _listen(self) -> None:
        try:
            for order in self._pipe.orders():
                at_once = getattr(self, "_now_" + order["op"], None)
                if at_once is None:
                    self._orders.put(order)
                else:
                    at_once(order)
        finally:
            # The daemon is gone or has closed the pipe. Native code may be busy in the main
            # thread, so no polite way out.
            os._exit(0)

    def _now_cancel(self, order: Order) -> None:
        self._stop.cancel(order["id"])

    def _now_forget(self, order: Order) -> None:
        failed = None
        if self._model is not None:
            try:
                self._model.reading.forget()
            except OSError as error:
                failed = error.strerror or str(error)
        self._pipe.send("forgotten", id=order["id"], failed=failed)

    def _now_budget(self, order: Order) -> None:
        if self._model is not None:
            self._model.residence.set_budget(order["bytes"])

    # -- on the main thread -------------------------------------------------------------

    @property
    def _loaded(self) -> Loaded:
        if self._model is None:
            raise Failed("generation", "no model is loaded")
        return self._model

    def _load(self, order: Order) -> None:
        self._quiet_s = order.get("quiet_s", QUIET_S)
        self._stop.begin(order["id"])
        self._model = open_model(order, self._stop, self._tell_check)
        self._meter = Metering(self._model.residence, self._pipe)
        self._meter.send()  # first, so that whoever waits for the model has it too
        self._pipe.send("loaded", id=order["id"], **self._model.described())

    def _tell_check(self, check: FirstCheck) -> None:
        self._pipe.send("check", id=0, **asdict(check))

    def _generate(self, order: Order) -> None:
        loaded = self._loaded
        self._stop.begin(order["id"])

        def show(text: str) -> None:
            if text:
                self._pipe.send("text", id=order["id"], text=text)

        answer = Answer(loaded, self._stop, order, show)
        assert self._meter is not None
        with self._meter.running(lambda: answer.tempo):
            answer.carry_out()
        self._pipe.send("done", id=order["id"], **answer.ended())

    def _prepare(self, order: Order) -> None:
        """Reads the beginning that the next prompt will have, so that it is there by then."""
        loaded, read = self._loaded, 0
        self._stop.begin(order["id"])
        messages = messages_of(order)
        tokens, _prompt = loaded.vocabulary.prompt(messages)
        room_after(tokens, loaded)
        beginnings = beginnings_of(order, loaded.vocabulary, messages, tokens)
        count = max([one.count for one in beginnings], default=0)
        if count > LEAST_PROMPT_ROWS:
            try:
                loaded.reading.read(tokens[:count], self._between_passes)
                if order.get("in_files", True):
                    loaded.reading.worth_keeping(beginnings)
                read = count
            except Aborted:
                pass
        self._pipe.send("prepared", id=order["id"], tokens=read)

    def _count(self, order: Order) -> None:
        vocabulary = self._loaded.vocabulary
        tokens = [len(vocabulary.tokens(text)) for text in order["texts"]]
        self._pipe.send("counted", id=order["id"], tokens=tokens)

    def _logits(self, order: Order) -> None:
        """Rows of float32, little-endian, in base64."""
        self._stop.begin(order["id"])
        try:
            rows = self._rows(order)
        except Aborted as error:
            raise Failed("generation", "stopped") from error
        data = base64.b64encode(np.ascontiguousarray(rows, dtype="<f4").tobytes())
        self._pipe.send("logits", id=order["id"], shape=rows.shape, data=data.decode("ascii"))

    def _rows(self, order: Order) -> Logits:
        """The last rows of a text or of tokens, one at a time as an answer is written."""
        loaded = self._loaded
        tokens = order["tokens"] or loaded.vocabulary.tokens(order["text"])
        if not 0 < len(tokens) <= loaded.engine.context_tokens:
            raise Failed("too_long", f"{len(tokens)} of {loaded.engine.context_tokens} tokens")
        first = len(tokens) - min(max(1, order["rows"]), len(tokens), MOST_ROWS)
        loaded.reading.read(tokens[: first + 1], self._between_passes)
        made = [loaded.engine.logits()]
        for token in tokens[first + 1 :]:
            self._between_passes()
            loaded.engine.run([token])
            made.append(loaded.engine.logits())
        return np.array(made)

    def _between_passes(self) -> None:
        if self._stop.asked:
            raise Aborted
