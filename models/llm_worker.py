"""The child process that owns the language model: ``python -m models.llm_worker``.

The only place that imports llama_cpp. One process, one model. The main thread loads and
writes; the thread "control" reads the pipe, so that a word to stop is heard while native
code computes, and ends the process as soon as the pipe breaks: a worker never outlives its
daemon. Nothing is logged; text of people exists only in memory here.

The pipe carries one JSON object a line. In: ``load``, ``generate``, ``count``, ``cancel``,
``end``. Out: ``loaded``, ``text``, ``done``, ``counted``, ``failed``.
"""

from __future__ import annotations

import codecs
import ctypes
import json
import os
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO

from models.chat_template import CHATML, Message, Prompt, Segment, write_prompt
from models.stops import StopFilter

# Prompt tokens evaluated in one go.
BATCH = 512
# Room kept for the answer; a prompt that leaves less is refused.
LEAST_ANSWER = 16
ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR of ggml.h

Order = dict[str, Any]


class _Failed(Exception):
    """An order that cannot be carried out; ``kind`` tells the daemon which words to use."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class _Stop:
    """The word to stop, readable by native code.

    llama.cpp asks a callback before every operation whether to go on. A Python function
    there would need the interpreter's lock a thousand times a token. The C function
    ``strlen`` over one byte of memory is such a callback: 0 while the byte is 0, 1 once it
    is set.
    """

    def __init__(self) -> None:
        self._byte = ctypes.create_string_buffer(2)
        self._lock = threading.Lock()
        self._running = 0
        self._cancelled = 0

    def begin(self, number: int) -> None:
        with self._lock:
            self._running = number
            self._byte[0] = b"\x01" if self._cancelled >= number else b"\x00"

    def cancel(self, number: int) -> None:
        """Stops order ``number``, also if it has not begun."""
        with self._lock:
            self._cancelled = max(self._cancelled, number)
            if self._running and self._cancelled >= self._running:
                self._byte[0] = b"\x01"

    def end(self) -> None:
        with self._lock:
            self._running = 0
            self._byte[0] = b"\x00"

    @property
    def asked(self) -> bool:
        return self._byte.raw[0] != 0

    def attach(self, library: Any, context: Any) -> None:
        runtime = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        callback = ctypes.cast(runtime.strlen, library.ggml_abort_callback)
        address = ctypes.cast(self._byte, ctypes.c_void_p)
        library.llama_set_abort_callback(context, callback, address)


class _Pipe:
    """Orders in, events out, on descriptors that native code does not know."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source = source
        self._sink = sink

    def orders(self) -> Iterator[Order]:
        for line in self._source:
            yield json.loads(line)

    def send(self, event: str, **more: Any) -> None:
        line = json.dumps({"event": event, **more}, ensure_ascii=True)
        self._sink.write(line.encode() + b"\n")
        self._sink.flush()


class _Worker:
    def __init__(self, pipe: _Pipe) -> None:
        self._pipe = pipe
        self._stop = _Stop()
        self._orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=20)
        self._library: Any = None
        self._model: Any = None
        self._template: str | None = None
        self._special: tuple[str, str] = ("", "")
        self._pieces = ctypes.create_string_buffer(512)

    def run(self) -> None:
        threading.Thread(target=self._listen, name="control", daemon=True).start()
        while (order := self._orders.get())["op"] != "end":
            try:
                getattr(self, "_" + order["op"])(order)
            except _Failed as error:
                self._pipe.send("failed", id=order["id"], kind=error.kind, detail=str(error))
            except Exception as error:  # told to the daemon, which has the words for it
                kind = "load" if order["op"] == "load" else "generation"
                detail = f"{type(error).__name__}: {error}"[:500]
                self._pipe.send("failed", id=order["id"], kind=kind, detail=detail)

    def _listen(self) -> None:
        try:
            for order in self._pipe.orders():
                if order["op"] == "cancel":
                    self._stop.cancel(order["id"])
                else:
                    self._orders.put(order)
        finally:
            # The daemon is gone or has closed the pipe. Native code may be busy in the main
            # thread, so no polite way out.
            os._exit(0)

    # -- loading ------------------------------------------------------------------------

    def _load(self, order: Order) -> None:
        import llama_cpp

        self._library = llama_cpp
        self._silence()
        try:
            self._model = self._opened(order)
        except (ValueError, RuntimeError, MemoryError) as error:
            reason = " ".join(self._errors) or str(error)
            raise _Failed("load", reason[:1000]) from error
        self._stop.attach(llama_cpp, self._model.ctx)
        self._read_vocabulary()
        self._pipe.send(
            "loaded",
            id=order["id"],
            context_tokens=self._model.n_ctx(),
            trained_tokens=llama_cpp.llama_model_n_ctx_train(self._model.model),
            template=self._template is not None,
        )

    def _opened(self, order: Order) -> Any:
        """The model with every value set by us: the library's defaults are for trying out."""
        library = self._library
        on_card = bool(library.llama_supports_gpu_offload())
        # WORKAROUND: the constructor compiles the model's chat template and lets a faulty
        # one escape as an error. We write prompts ourselves, tolerant of faults.
        library.llama_chat_format.Jinja2ChatFormatter = _NoFormatter
        return library.Llama(
            model_path=order["path"],
            n_ctx=order["context_tokens"],
            n_batch=BATCH,
            n_ubatch=BATCH,
            n_threads=order["threads"],
            n_threads_batch=order["threads"],
            n_gpu_layers=-1 if on_card else 0,
            use_mmap=True,
            use_mlock=False,
            embedding=False,
            logits_all=False,
            offload_kqv=on_card,
            flash_attn=False,
            last_n_tokens_size=64,
            numa=False,
            seed=0,
            chat_format="chatml",
            no_perf=True,
            verbose=False,
        )

    def _silence(self) -> None:
        """Keeps the last errors of llama.cpp as the reason of a failure, drops the rest."""

        def keep(level: int, text: bytes, _data: Any) -> None:
            if level == ERROR_LEVEL:
                self._errors.append(text.decode("utf-8", "replace").strip())

        self._log = self._library.llama_log_callback(keep)
        self._library.llama_log_set(self._log, ctypes.c_void_p(0))

    def _read_vocabulary(self) -> None:
        model, library = self._model, self._library
        self._vocabulary = library.llama_model_get_vocab(model.model)
        bos, eos = (
            "" if token < 0 else model._model.token_get_text(token)
            for token in (model.token_bos(), model.token_eos())
        )
        self._special = (bos, eos)
        self._template = model.metadata.get("tokenizer.chat_template")
        if not self._template and len(self._tokens("<|im_start|>", special=True)) == 1:
            self._template = CHATML
        # Vocabularies of the SentencePiece kind put a space before every text they are given.
        self._guard = self._tokens("\n") if model.metadata.get(
            "tokenizer.ggml.model") == "llama" else []  # fmt: skip

    # -- tokens -------------------------------------------------------------------------

    def _tokens(self, text: str, special: bool = False) -> list[int]:
        data = text.encode("utf-8", "replace")
        made: list[int] = self._model.tokenize(data, add_bos=False, special=special)
        return made

    def _joined(self, segment: Segment) -> list[int]:
        """Tokens of a segment in the middle of a prompt: without the space at its front."""
        if self._guard:
            tokens = self._tokens("\n" + segment.text, segment.special)
            if tokens[: len(self._guard)] == self._guard:
                return tokens[len(self._guard) :]
        return self._tokens(segment.text, segment.special)

    def _prompt_tokens(self, prompt: Prompt) -> list[int]:
        """One list for the whole prompt, with exactly one begin token if the model wants it."""
        bos = self._model.token_bos()
        wants_bos = bool(self._library.llama_vocab_get_add_bos(self._vocabulary))
        tokens: list[int] = []
        for at, segment in enumerate(prompt.segments):
            tokens += self._joined(segment) if at else self._tokens(segment.text, segment.special)
        if wants_bos and bos >= 0 and tokens[:1] != [bos]:
            tokens.insert(0, bos)
        return tokens

    def _piece(self, token: int) -> bytes:
        """Bytes of a token; control tokens have none."""
        size = len(self._pieces)
        made = self._library.llama_token_to_piece(
            self._vocabulary, token, self._pieces, size, 0, False
        )
        return self._pieces.raw[:made] if made > 0 else b""

    def _count(self, order: Order) -> None:
        tokens = [len(self._tokens(text)) for text in order["texts"]]
        self._pipe.send("counted", id=order["id"], tokens=tokens)

    # -- writing ------------------------------------------------------------------------

    def _generate(self, order: Order) -> None:
        messages = [Message(one["role"], one["content"]) for one in order["messages"]]
        prompt = write_prompt(messages, self._template, *self._special)
        tokens = self._prompt_tokens(prompt)
        room = self._model.n_ctx() - len(tokens)
        if room < LEAST_ANSWER:
            raise _Failed("too_long", f"{len(tokens)} of {self._model.n_ctx()} tokens")
        stops = StopFilter([*order["stop"], *prompt.stop])
        self._stop.begin(order["id"])
        try:
            made, reason = self._write(order, tokens, min(order["max_tokens"], room), stops)
        finally:
            self._stop.end()
        self._pipe.send(
            "done", id=order["id"], reason=reason, prompt_tokens=len(tokens), made_tokens=made
        )

    def _write(
        self, order: Order, tokens: list[int], most: int, stops: StopFilter
    ) -> tuple[int, str]:
        """Streams the answer; number of tokens made, and why it ended."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        made, reason = 0, "length"
        for token in self._sampled(order, tokens):
            if self._stop.asked:
                return made, "cancelled"
            if self._library.llama_vocab_is_eog(self._vocabulary, token):
                reason = "end"
                break
            made += 1
            self._show(order, stops.feed(decoder.decode(self._piece(token))))
            if stops.stopped:
                return made, "stop"
            if made >= most:
                break
        if self._stop.asked:
            return made, "cancelled"
        self._show(order, stops.feed(decoder.decode(b"", final=True)) + stops.rest())
        return made, reason

    def _show(self, order: Order, text: str) -> None:
        if text:
            self._pipe.send("text", id=order["id"], text=text)

    def _sampled(self, order: Order, tokens: list[int]) -> Iterator[int]:
        """Tokens one by one. What the prompt shares with the last one is not computed again."""
        self._model.set_seed(order["seed"])
        stream = self._model.generate(
            tokens,
            top_k=40,
            top_p=0.95,
            min_p=0.05,
            typical_p=1.0,
            temp=order["temperature"],
            repeat_penalty=1.0,
            frequency_penalty=0.0,
            presence_penalty=0.0,
            mirostat_mode=0,
            reset=True,
        )
        try:
            yield from stream
        except RuntimeError:
            # llama_decode was stopped in the middle; what is in its cache stays valid.
            if not self._stop.asked:
                raise
        finally:
            stream.close()


class _NoFormatter:
    """Stands where the library would compile the chat template."""

    def __init__(self, **_given: Any) -> None:
        pass

    def to_chat_handler(self) -> None:
        return None


def _private_pipe() -> _Pipe:
    """Moves the pipe away from 0 and 1, so that no stray print can break the lines."""
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return _Pipe(os.fdopen(source, "rb"), os.fdopen(sink, "wb"))


def _offer_as_first_victim() -> None:
    """When memory runs out, Linux should end this process and not the memory's keeper."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:
        pass  # another system, or not allowed


def main() -> None:
    pipe = _private_pipe()
    # Ctrl+C in a terminal reaches the whole group; when to end is the daemon's word.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _offer_as_first_victim()
    if os.name == "posix":
        os.nice(5)  # the window and a question come first
    _Worker(pipe).run()
    os._exit(0)


if __name__ == "__main__":
    main()
