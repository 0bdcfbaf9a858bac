"""Looks at a GGUF file before llama.cpp does.

llama.cpp is native code that trusts its input; a cut-off or made-up file can end the
process. So the header is read here first, with every length checked against what the file
really holds. Pure reading, any thread, a few milliseconds up to a second for a big
vocabulary. Format: ggml-org/ggml, docs/gguf.md (versions 2 and 3).
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

from models.errors import BadModelFile

MAGIC = b"GGUF"
# More than the largest published models need; garbage claims far more.
MOST_KEYS = 100_000
MOST_TENSORS = 200_000
LONGEST_KEPT_TEXT = 1 << 20
LONGEST_NAME = 4096
DEEPEST_ARRAY = 4
ALIGNMENT = 32

# Value type -> struct code; 8 is text, 9 an array.
_NUMBERS = {
    0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d",
}  # fmt: skip
_TEXT, _ARRAY = 8, 9

# Tensor type -> (elements, bytes) of a block; from ggml.c. Types not listed are let pass.
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176),
    14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98),
    19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1),
    25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip

# Architectures that make vectors or read pictures and sound, and cannot write.
EMBEDDING_ARCHITECTURES = {
    "bert", "nomic-bert", "nomic-bert-moe", "modern-bert", "neo-bert", "jina-bert-v2",
    "jina-bert-v3", "eurobert", "gemma-embedding",
}  # fmt: skip
_CANNOT_WRITE = EMBEDDING_ARCHITECTURES | {
    "t5encoder", "clip", "mmproj", "wavtokenizer-dec", "whisper",
}  # fmt: skip


@dataclass(frozen=True)
class GgufHeader:
    """What a GGUF file says about itself.

    Attributes:
        parameters: number of weights.
        context_tokens: context it was trained for, None where it is not said.
        layers, width, heads, heads_kv: shape of the network, None where it is not said; with
            them the memory of a context can be reckoned.
        has_template: it brings its own way of writing chats.
    """

    path: Path
    size_bytes: int
    version: int
    architecture: str
    name: str
    parameters: int
    context_tokens: int | None
    layers: int | None
    width: int | None
    heads: int | None
    heads_kv: int | None
    has_template: bool


class StoredTensor(NamedTuple):
    """One entry of the file's table of tensors.

    Attributes:
        shape: lengths of its dimensions, the one that runs fastest first.
        kind: number of its type in ggml.h.
        offset: of its first byte, from the start of the tensor data.
        size_bytes: None where the type is not known here.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    size_bytes: int | None


@dataclass(frozen=True)
class GgufContents:
    """Header, values and table of tensors of one file, all checked against its size.

    Attributes:
        values: keys and values; arrays, and texts too long to keep, are None.
        tensors: in the order of the file's table.
        data_start: offset of the tensor data in the file, in bytes.
    """

    header: GgufHeader
    values: dict[str, object]
    tensors: tuple[StoredTensor, ...]
    data_start: int


class _Malformed(Exception):
    """The bytes contradict the format."""


class _Cursor:
    """Reads values of a file and never past its end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self.at = 0

    def take(self, count: int) -> bytes:
        if count > self._size - self.at:
            raise _Malformed("ends too early")
        taken = self._file.read(count)
        if len(taken) != count:
            raise _Malformed("ends too early")
        self.at += count
        return taken

    def skip(self, count: int) -> None:
        if count > self._size - self.at:
            raise _Malformed("ends too early")
        self.at += count
        self._file.seek(self.at)

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def text(self, longest: int) -> str | None:
        """A text, or None where it is longer than ``longest`` and was passed over."""
        length = self.u64()
        if length > longest:
            self.skip(length)
            return None
        return self.take(length).decode("utf-8", "replace")

    def value(self, kind: int, depth: int = 0) -> object:
        """A value of a key; arrays are passed over and give None."""
        if kind in _NUMBERS:
            code = "<" + _NUMBERS[kind]
            number: object = struct.unpack(code, self.take(struct.calcsize(code)))[0]
            return number
        if kind == _TEXT:
            return self.text(LONGEST_KEPT_TEXT)
        if kind == _ARRAY:
            self._pass_array(depth)
            return None
        raise _Malformed(f"unknown kind of value {kind}")

    def _pass_array(self, depth: int) -> None:
        if depth >= DEEPEST_ARRAY:
            raise _Malformed("arrays too deep")
        kind, count = self.u32(), self.u64()
        if kind in _NUMBERS:
            self.skip(count * struct.calcsize("<" + _NUMBERS[kind]))
            return
        # Every text takes 8 bytes at least, every array 12: a made-up count ends here.
        if count * 8 > self._size - self.at:
            raise _Malformed("array longer than the file")
        for _ in range(count):
            if kind == _TEXT:
                self.skip(self.u64())
            else:
                self.value(kind, depth + 1)


def read_header(path: Path) -> GgufHeader:
    """Checks that ``path`` is a whole GGUF model that can write, and returns its header.

    Raises:
        BadModelFile: it is not, with the reason for a person.
    """
    return read_contents(path).header


def read_contents(path: Path, *, embeds: bool = False) -> GgufContents:
    """The same check, and everything that was read for it. ``embeds`` lets embedding models
    pass too, which cannot write.

    Raises:
        BadModelFile: see ``read_header``.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            return _read(path, file, size, embeds)
    except _Malformed as error:
        raise BadModelFile(
            "This model file is damaged",
            f"{path.name} does not hold what its own table of contents says ({error}). "
            "Often a download was cut short.",
            "Download it again, or choose another file.",
        ) from error
    except OSError as error:
        raise BadModelFile(
            "The model file cannot be read",
            f"{path.name}: {error.strerror or 'it cannot be opened'}.",
            "Check that the file is there and that you may read it, or choose another one.",
        ) from error


def _read(path: Path, file: BinaryIO, size: int, embeds: bool) -> GgufContents:
    cursor = _Cursor(file, size)
    if size < 24 or cursor.take(4) != MAGIC:
        raise _not_a_model(path, "It is not in the GGUF format.")
    version = cursor.u32()
    if version not in (2, 3):
        raise _not_a_model(path, "It is in a version of the GGUF format that cannot be read.")
    tensors, keys = cursor.u64(), cursor.u64()
    if keys > MOST_KEYS or tensors > MOST_TENSORS:
        raise _Malformed("impossible counts")
    values: dict[str, object] = {}
    for _ in range(keys):
        key = cursor.text(LONGEST_NAME)
        value = cursor.value(cursor.u32())
        if key is not None:
            values[key] = value
    if not (embeds and tensors and values.get("general.architecture") in EMBEDDING_ARCHITECTURES):
        _refuse_what_cannot_write(path, values, tensors)
    stored, parameters = _read_tensors(cursor, tensors)
    alignment = _number(values, "general.alignment") or ALIGNMENT
    start = -(-cursor.at // alignment) * alignment
    _check_ends(stored, start, size)
    header = _header(path, size, version, values, parameters)
    return GgufContents(header, values, tuple(stored), start)


def _read_tensors(cursor: _Cursor, count: int) -> tuple[list[StoredTensor], int]:
    """The table of tensors, and the number of weights in all of them."""
    stored: list[StoredTensor] = []
    parameters = 0
    for _ in range(count):
        name = cursor.text(LONGEST_NAME)
        if name is None:
            raise _Malformed("a name too long")
        dimensions = cursor.u32()
        if dimensions > 8:
            raise _Malformed("a tensor with too many dimensions")
        shape = tuple(cursor.u64() for _ in range(dimensions))
        kind, offset = cursor.u32(), cursor.u64()
        elements = math.prod(shape)
        parameters += elements
        block, width = _BLOCKS.get(kind, (1, 0))
        size_bytes = -(-elements // block) * width if width else None
        stored.append(StoredTensor(name, shape, kind, offset, size_bytes))
    return stored, parameters


def _check_ends(stored: list[StoredTensor], start: int, size: int) -> None:
    """Raises where a tensor lies outside the file."""
    end = max((one.offset + (one.size_bytes or 0) for one in stored), default=0)
    # The rest of a split model lies in other files; each holds its own tensors whole.
    if start + end > size:
        raise _Malformed(f"{(start + end - size) / 1e6:,.1f} MB are missing at its end")


def _refuse_what_cannot_write(path: Path, values: dict[str, object], tensors: int) -> None:
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str) or not architecture:
        raise _Malformed("no architecture")
    kind = values.get("general.type", "model")
    if architecture in _CANNOT_WRITE or kind != "model" or tensors == 0:
        raise _not_a_model(path, f"It is a part or helper of one ({architecture}, {kind}).")
    if _number(values, "split.no"):
        raise BadModelFile(
            "This is only a part of a model",
            f"{path.name} is one of {_number(values, 'split.count')} files.",
            "Choose the first of them; the others must lie in the same folder.",
        )


def _header(
    path: Path, size: int, version: int, values: dict[str, object], parameters: int
) -> GgufHeader:
    architecture = str(values["general.architecture"])[:100]
    name = values.get("general.name")
    return GgufHeader(
        path=path,
        size_bytes=size,
        version=version,
        architecture=architecture,
        name=(name.strip()[:200] if isinstance(name, str) else "") or path.stem,
        parameters=parameters,
        context_tokens=_number(values, f"{architecture}.context_length"),
        layers=_number(values, f"{architecture}.block_count"),
        width=_number(values, f"{architecture}.embedding_length"),
        heads=_number(values, f"{architecture}.attention.head_count"),
        heads_kv=_number(values, f"{architecture}.attention.head_count_kv"),
        has_template=isinstance(values.get("tokenizer.chat_template"), str),
    )


def _number(values: dict[str, object], key: str) -> int | None:
    """A whole number above 0, or None: some models write an array here, one per layer."""
    value = values.get(key)
    return value if isinstance(value, int) and value > 0 else None


def _not_a_model(path: Path, why: str) -> BadModelFile:
    return BadModelFile(
        "This file is no language model",
        f"{path.name} cannot write answers. {why}",
        "Choose a GGUF file of a chat model; its name ends in .gguf.",
    )
