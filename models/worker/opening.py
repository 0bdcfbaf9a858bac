"""Opens a model with every value set by us: the library's defaults are for trying out.

The only place that imports llama_cpp for answers. Main thread of the worker.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.decoding.kv_files import KvFiles
from models.decoding.pace import Pace
from models.decoding.widths import NO_GUESSES, Widths
from models.flash.eval_hook import EvalHook
from models.identity import file_identity
from models.meter import FirstCheck
from models.worker.engine import BATCH, MOST_LOGITS, Engine, Native
from models.worker.pipe import Failed, Order
from models.worker.reading import Reading
from models.worker.residence import Residence, open_residence
from models.worker.stop import Stop
from models.worker.vocabulary import Vocabulary
from models.worker.width_check import widths_of

Told = Callable[[FirstCheck], None]

ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR of ggml.h
_KV_TYPES = {"f16": 1, "q8_0": 8}  # GGML_TYPE_* of ggml.h


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer, and everything that goes with it."""

    engine: Engine
    stop: Stop  # llama.cpp holds its address
    vocabulary: Vocabulary
    reading: Reading
    residence: Residence
    widths: Widths
    pace: Pace

    def described(self) -> dict[str, object]:
        """What ``loaded`` says."""
        return {
            "context_tokens": self.engine.context_tokens,
            "template": self.vocabulary.template is not None,
            "guesses": self.widths.most - 1,
            "alone_s": self.widths.alone_s,
            "row_s": self.widths.row_s,
        }


def open_model(order: Order, stop: Stop, told: Told = lambda _check: None) -> Loaded:
    """Carries out ``load``.

    Args:
        told: how far it is with what is found out about a model once.

    Raises:
        Failed: llama.cpp could not open it; the detail is what it said.
    """
    import llama_cpp

    errors = _silence(llama_cpp)
    llama_cpp.llama_backend_init()
    try:
        residence = open_residence(
            order,
            llama_cpp,
            lambda hook: _opened(llama_cpp, order, hook),
            lambda share: told(FirstCheck("comparing", share)),
        )
    except (ValueError, RuntimeError, MemoryError) as error:
        raise Failed("load", (" ".join(errors) or str(error))[:1000]) from error
    native = residence.native
    stop.attach(llama_cpp, native.context)
    engine = Engine(Native(llama_cpp, native.model, native.context))
    engine.after_pass = residence.check
    key = _key(llama_cpp, order)
    widths = _widths(engine, order, key, residence, told)
    return Loaded(
        engine=engine,
        stop=stop,
        vocabulary=Vocabulary(engine.native),
        reading=Reading(engine, _files(order, key)),
        residence=residence,
        widths=widths,
        pace=Pace(widths.most - 1, widths.alone_s, widths.row_s),
    )


def _opened(library: Any, order: Order, hook: EvalHook | None) -> Native:
    on_card = bool(library.llama_supports_gpu_offload()) and hook is None
    model_options = library.llama_model_default_params()
    model_options.n_gpu_layers = 0x7FFFFFFF if on_card else 0
    model_options.load_mode = library.LLAMA_LOAD_MODE_MMAP
    # Repacked weights are a copy in memory, which is no mapping any more; and where AMX is
    # promised and not given, they end the process (seen with 0.3.36 in a virtual machine).
    model_options.use_extra_bufts = False
    model = library.llama_model_load_from_file(os.fsencode(order["path"]), model_options)
    if not model:
        raise RuntimeError("no reason given")
    options = _context_options(library, order, on_card)
    if hook is not None:
        options.cb_eval = hook.callback
    context = library.llama_init_from_model(model, options)
    if not context:
        library.llama_model_free(model)
        raise RuntimeError("no memory for the context")
    return Native(library, model, context)


def _context_options(library: Any, order: Order, on_card: bool) -> Any:
    """q8_0 needs flash attention; with f16 the other way is faster on a processor."""
    made = library.llama_context_default_params()
    kind = order.get("kv_type", "f16")
    made.n_ctx = order["context_tokens"]
    made.n_batch = made.n_ubatch = min(BATCH, order["context_tokens"])
    made.n_outputs_max = MOST_LOGITS
    made.n_seq_max = 2
    made.kv_unified = True
    made.swa_full = True
    made.n_threads = made.n_threads_batch = order["threads"]
    made.type_k = made.type_v = _KV_TYPES[kind]
    made.flash_attn_type = (
        library.LLAMA_FLASH_ATTN_TYPE_ENABLED
        if kind == "q8_0"
        else library.LLAMA_FLASH_ATTN_TYPE_DISABLED
    )
    made.offload_kqv = made.op_offload = on_card
    made.no_perf = True
    return made


def _silence(library: Any) -> deque[str]:
    """Keeps the last errors of llama.cpp as the reason of a failure, drops the rest."""
    errors: deque[str] = deque(maxlen=20)

    def keep(level: int, text: bytes, _data: Any) -> None:
        if level == ERROR_LEVEL:
            errors.append(text.decode("utf-8", "replace").strip())

    callback = library.llama_log_callback(keep)
    library.llama_log_set(callback, ctypes.c_void_p(0))
    _kept_alive.append(callback)
    return errors


# llama.cpp holds their addresses only.
_kept_alive: list[Any] = []


def _key(library: Any, order: Order) -> bytes:
    """Everything that bits of logits and of kept states depend on, as 32 bytes."""
    parts = [
        file_identity(Path(order["path"])).hex(),
        library.__version__,
        platform.machine(),
        str(library.llama_print_system_info()),
        *(f"{name}={order.get(name)}" for name in ("context_tokens", "threads", "kv_type")),
    ]
    return hashlib.sha256("\n".join(parts).encode()).digest()


def _widths(engine: Engine, order: Order, key: bytes, residence: Residence, told: Told) -> Widths:
    """``lookup`` of the order: auto where guessing pays, always where it changes no bit, never."""
    wanted = order.get("lookup", "auto")
    if wanted == "never":
        return NO_GUESSES
    store = Path(order["checks"]) / "widths.json" if order.get("checks") else None
    # What a pass costs depends on where the weights come from.
    found = widths_of(
        engine,
        f"{key.hex()}-{residence.mode}",
        store,
        lambda share: told(FirstCheck("measuring", share)),
    )
    return found if wanted == "always" or found.useful else NO_GUESSES


def _files(order: Order, key: bytes) -> KvFiles | None:
    """The folder of kept beginnings; none where it cannot be used or is not wanted."""
    if not order.get("kv_folder") or not order.get("kv_bytes"):
        return None
    try:
        return KvFiles(Path(order["kv_folder"]), key, order["kv_bytes"])
    except OSError:
        return None
