"""Looks on while llama.cpp computes: the evaluation callback of a context.

llama.cpp asks the callback before every operation of a graph whether it wants to see the
result; where it says yes, computing stops after that operation and the callback is called
again. Both calls come on the thread that computes, and computing waits for them: that is what
makes it a gate. Listeners are chosen by the operation's name (``l_out-3`` is the result of
layer 3).

Where a tensor keeps its name and data is not part of the library's interface. It is found out
at the start with tensors made for the purpose, and checked against the library's own functions.
An exception of a listener never reaches native code: it is kept in ``failure`` and computing is
cut short; whoever called the library looks there afterwards.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_I32 = 26  # GGML_TYPE_I32 of ggml.h
_NUMBERED = re.compile(r"(.+)-(0|[1-9][0-9]{0,5})$")
_MOST_SOURCES = 10  # GGML_MAX_SRC
_DIMENSIONS = 4  # GGML_MAX_DIMS
_WORD = ctypes.sizeof(ctypes.c_void_p)


class HookUnavailable(Exception):
    """This version of the library does not keep its tensors as we could find out."""


@dataclass(frozen=True)
class Offsets:
    """Where a tensor of this version of ggml keeps what, in bytes from its start."""

    name: int
    data: int
    shape: int
    strides: int
    sources: int


class Node:
    """One operation of a graph. Valid only during the call it is given to.

    Attributes:
        name: as the library calls it.
        number: behind the dash of the name, mostly the layer; -1 where there is none.
        address: of the tensor that holds the result.
    """

    __slots__ = ("name", "number", "address", "_offsets")

    def __init__(self, name: str, number: int, address: int, offsets: Offsets) -> None:
        self.name = name
        self.number = number
        self.address = address
        self._offsets = offsets

    @property
    def data(self) -> int:
        """Address of the values."""
        return ctypes.c_void_p.from_address(self.address + self._offsets.data).value or 0

    @property
    def shape(self) -> tuple[int, ...]:
        """Four lengths, the one that runs fastest first."""
        kind = ctypes.c_int64 * _DIMENSIONS
        return tuple(kind.from_address(self.address + self._offsets.shape))

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one value to the next, in each of the four dimensions."""
        kind = ctypes.c_size_t * _DIMENSIONS
        return tuple(kind.from_address(self.address + self._offsets.strides))

    def integers(self) -> list[list[int]]:
        """The values of a result of 32-bit integers, (rows, columns)."""
        columns, rows = self.shape[:2]
        step, data = self.strides[1], self.data
        kind = ctypes.c_int32 * columns
        return [list(kind.from_address(data + row * step)) for row in range(rows)]

    def sources(self) -> list[Node]:
        """What it is computed from: weights and other results."""
        kind = ctypes.c_void_p * _MOST_SOURCES
        found = kind.from_address(self.address + self._offsets.sources)
        return [_node(one, self._offsets) for one in found if one]


def _node(address: int, offsets: Offsets) -> Node:
    name = ctypes.string_at(address + offsets.name).decode("utf-8", "replace")
    numbered = _NUMBERED.match(name)
    return Node(name, int(numbered[2]) if numbered else -1, address, offsets)


Listener = Callable[[Node], None]


@dataclass(frozen=True)
class _Wanted:
    """Who listens to one name; ``asked`` before it is computed, ``done`` after."""

    asked: tuple[Listener, ...]
    done: tuple[Listener, ...]


_NOBODY = _Wanted((), ())


class EvalHook:
    """The callback of one context. Keep it alive as long as the context.

    Listeners are added and taken away while nothing computes.

    Attributes:
        offsets: where tensors keep what.
        callback: the object to put into the context's parameters.
        failure: the first exception of a listener since ``forgive``; while there is one,
            nothing is computed.
    """

    def __init__(self, library: Any) -> None:
        """
        Args:
            library: the module ``llama_cpp``.

        Raises:
            HookUnavailable: see there.
        """
        raw = _raw(library)
        self.offsets = find_offsets(raw._lib)
        self.failure: BaseException | None = None
        self._listeners: dict[str, list[tuple[Listener | None, Listener | None]]] = {}
        self._by_name: dict[bytes, _Wanted] = {}
        self._recorder: Listener | None = None
        self.callback = raw.ggml_backend_sched_eval_callback(self._called)

    def listen(
        self, prefix: str, *, asked: Listener | None = None, done: Listener | None = None
    ) -> Callable[[], None]:
        """Listens to ``prefix`` and to ``prefix`` with a dash and a number behind it.

        Args:
            asked: called before the operation is computed, nothing behind it is computed yet.
                What comes before it may still have to be computed.
            done: called when it is computed and nothing behind it is. Costs more.

        Returns:
            what ends listening when it is called.
        """
        both = (asked, done)
        listeners = self._listeners.setdefault(prefix, [])
        listeners.append(both)
        self._by_name.clear()

        def end() -> None:
            listeners.remove(both)
            self._by_name.clear()

        return end

    def silence(self, prefix: str) -> None:
        """Nobody at all listens to ``prefix`` any more."""
        self._listeners.pop(prefix, None)
        self._by_name.clear()

    @contextlib.contextmanager
    def recording(self, recorder: Listener) -> Iterator[None]:
        """While inside, ``recorder`` sees every operation before it is computed."""
        self._recorder = recorder
        try:
            yield
        finally:
            self._recorder = None

    def forgive(self) -> BaseException | None:
        """Takes the failure away and returns it; computing goes on again."""
        failure, self.failure = self.failure, None
        return failure

    def _called(self, tensor: int, ask: bool, _data: object) -> bool:
        try:
            name = ctypes.string_at(tensor + self.offsets.name)
            wanted = self._by_name.get(name)
            if wanted is None:
                wanted = self._by_name[name] = self._find(name)
            if self._recorder is not None and ask:
                self._recorder(_node(tensor, self.offsets))
            if self.failure is not None:
                return bool(ask)  # stop at the first result there is
            if wanted is _NOBODY:
                return not ask
            for listener in wanted.asked if ask else wanted.done:
                listener(_node(tensor, self.offsets))
            return bool(wanted.done) or not ask
        except BaseException as error:  # native code cannot handle it
            self.failure = self.failure or error
            return bool(ask)

    def _find(self, name: bytes) -> _Wanted:
        text = name.decode("utf-8", "replace")
        numbered = _NUMBERED.match(text)
        found = list(self._listeners.get(text, ()))
        if numbered:
            found += self._listeners.get(numbered[1], ())
        if not found:
            return _NOBODY
        asked = tuple(one for one, _ in found if one is not None)
        done = tuple(one for _, one in found if one is not None)
        return _Wanted(asked, done)


@contextlib.contextmanager
def hooked(library: Any, hook: EvalHook | None) -> Iterator[None]:
    """While inside, ``llama_cpp.Llama`` makes models for placing weights, with ``hook``.

    Its constructor starts from the library's default parameters and has no argument for these
    two: the callback, and repacking, which would copy weights to memory of its own. So the
    defaults are replaced meanwhile; not to be used from two threads.
    """
    raw = _raw(library)
    of_model, of_context = raw.llama_model_default_params, raw.llama_context_default_params

    def model_parameters() -> Any:
        made = of_model()
        made.use_extra_bufts = False
        return made

    def context_parameters() -> Any:
        made = of_context()
        if hook is not None:
            made.cb_eval = hook.callback
        return made

    raw.llama_model_default_params = model_parameters
    raw.llama_context_default_params = context_parameters
    try:
        yield
    finally:
        raw.llama_model_default_params = of_model
        raw.llama_context_default_params = of_context


def _raw(library: Any) -> Any:
    """The module of bare bindings inside the package."""
    return getattr(library, "llama_cpp", library)


# -- offsets ------------------------------------------------------------------------------


_ALIGNED = 64  # bytes; more than ggml asks of the memory it is given


class _InitParameters(ctypes.Structure):
    """struct ggml_init_params of ggml.h."""

    _fields_ = [
        ("mem_size", ctypes.c_size_t),
        ("mem_buffer", ctypes.c_void_p),
        ("no_alloc", ctypes.c_bool),
    ]


def find_offsets(native: Any) -> Offsets:
    """Where tensors keep what, found with made tensors and checked with others.

    Args:
        native: the loaded library, with the functions of ggml in reach.

    Raises:
        HookUnavailable: a function is missing, or a field is not where it must be unique.
    """
    pointer, size = ctypes.c_void_p, ctypes.c_size_t

    def function(name: str, result: Any, *arguments: Any) -> Any:
        try:
            return ctypes.CFUNCTYPE(result, *arguments)((name, native))
        except (AttributeError, ValueError) as error:
            raise HookUnavailable(f"the library has no {name}") from error

    start = function("ggml_init", pointer, _InitParameters)
    end = function("ggml_free", None, pointer)
    made = function(
        "ggml_new_tensor_2d", pointer, pointer, ctypes.c_int, ctypes.c_int64, ctypes.c_int64
    )
    named = function("ggml_set_name", pointer, pointer, ctypes.c_char_p)
    joined = function("ggml_add", pointer, pointer, pointer, pointer)
    name_of = function("ggml_get_name", pointer, pointer)
    data_of = function("ggml_get_data", pointer, pointer)
    overhead = function("ggml_tensor_overhead", size)()

    # Zeroed by us: in memory that was used before, what stood there could look like a field.
    room = 16 * overhead + 65536
    memory = ctypes.create_string_buffer(room + _ALIGNED)
    place = -(-ctypes.addressof(memory) // _ALIGNED) * _ALIGNED
    context = start(_InitParameters(room, place, False))
    if not context:
        raise HookUnavailable("the library made no tensors")
    try:
        first, second = made(context, _I32, 3, 5), made(context, _I32, 3, 5)
        total = joined(context, first, second)
        named(first, b"first")
        named(second, b"second one")
        return _checked(first, second, total, overhead, name_of, data_of)
    finally:
        end(context)


def _checked(
    first: int,
    second: int,
    total: int,
    overhead: int,
    name_of: Callable[[int], int],
    data_of: Callable[[int], int],
) -> Offsets:
    """Looks for the fields in ``first``, then sees whether the others agree."""
    words = overhead // _WORD
    held = list((ctypes.c_int64 * words).from_address(first))
    sums = list((ctypes.c_int64 * words).from_address(total))
    found = Offsets(
        name=name_of(first) - first,
        data=_place(held, [data_of(first)]),
        shape=_place(held, [3, 5, 1, 1]),
        strides=_place(held, [4, 12, 60, 60]),
        sources=_place(sums, [first, second, 0]),
    )
    for address, name in ((first, "first"), (second, "second one")):
        node = _node(address, found)
        if not (
            name_of(address) == address + found.name
            and node.name == name
            and node.data == data_of(address)
            and node.shape == (3, 5, 1, 1)
            and node.strides == (4, 12, 60, 60)
        ):
            raise HookUnavailable("tensors do not keep their fields where they seem to")
    if [one.address for one in _node(total, found).sources()] != [first, second]:
        raise HookUnavailable("tensors do not keep their sources where they seem to")
    return found


def _place(words: list[int], wanted: list[int]) -> int:
    """Offset of the only place where ``wanted`` stands."""
    places = [
        at for at in range(len(words) - len(wanted)) if words[at : at + len(wanted)] == wanted
    ]
    if len(places) != 1:
        raise HookUnavailable(f"a field of tensors stands at {len(places)} places")
    return places[0] * _WORD
