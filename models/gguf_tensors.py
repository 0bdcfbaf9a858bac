"""What a GGUF file's tensors are for and where they lie, for whoever places weights in memory.

Pure reading on top of ``models.gguf_file``, which checks every length first; any thread, light
to import. Tensor names follow ggml-org/llama.cpp, gguf-py/gguf/constants.py: ``blk.N.*`` belong
to layer N, ``*_exps.weight`` hold all experts of a layer one after another.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from models.errors import BadModelFile
from models.gguf_file import GgufContents, read_contents

_OF_LAYER = re.compile(r"blk\.(0|[1-9][0-9]{0,5})\.")
_EXPERTS = re.compile(r"\.ffn_(gate|up|down|gate_up)_exps\.weight$")
# Tables of which a token reads a row; the other tensors are read whole by every pass.
_ROW_TABLES = ("token_embd.weight", "per_layer_token_embd.weight")
_OUTPUT = ("output.weight", "output.bias", "output_norm.weight", "output_norm.bias")


@dataclass(frozen=True)
class Tensor:
    """One tensor of the file.

    Attributes:
        offset: of its first byte in the file.
        size_bytes: its length there.
        shape: lengths of its dimensions, the one that runs fastest first.
        kind: number of its type in ggml.h.
        layer: number of the layer it belongs to, None outside the layers.
        of_experts: it holds all experts of its layer, the last dimension counts them.
    """

    name: str
    offset: int
    size_bytes: int
    shape: tuple[int, ...]
    kind: int
    layer: int | None
    of_experts: bool

    @property
    def end(self) -> int:
        return self.offset + self.size_bytes

    def expert(self, number: int) -> tuple[int, int]:
        """Offset and length, in bytes, of one expert's slice of an expert tensor."""
        if not self.of_experts:
            raise ValueError(f"{self.name} holds no experts")
        if not 0 <= number < self.shape[-1]:
            raise IndexError(f"{self.name} has {self.shape[-1]} experts, not {number}")
        length = self.size_bytes // self.shape[-1]
        return self.offset + number * length, length


@dataclass(frozen=True)
class TensorTable:
    """All tensors of a model file, by what they are for.

    Attributes:
        size_bytes: of the file.
        data_start: where tensor data begins; before it stands the header.
        header_hash: SHA-256 of the header as hexadecimal digits; with the file's size and time
            of change it tells one model file from another.
        n_layers: layers the file says it has; some architectures do not run the last of them.
        n_experts, n_experts_used: of each layer; 0 in a dense model.
        parts: files the model consists of; this table describes the first.
        tensors: in the order of their bytes.
    """

    path: Path
    size_bytes: int
    data_start: int
    header_hash: str
    architecture: str
    n_layers: int
    n_experts: int
    n_experts_used: int
    parts: int
    tensors: tuple[Tensor, ...]

    @cached_property
    def _by_layer(self) -> dict[int, tuple[Tensor, ...]]:
        layers: dict[int, list[Tensor]] = {}
        for one in self.tensors:
            if one.layer is not None:
                layers.setdefault(one.layer, []).append(one)
        return {number: tuple(tensors) for number, tensors in layers.items()}

    def layer(self, number: int) -> tuple[Tensor, ...]:
        """Everything of one layer, its experts included; empty for a layer without tensors."""
        return self._by_layer.get(number, ())

    def dense(self, number: int) -> tuple[Tensor, ...]:
        """Everything of one layer but its experts."""
        return tuple(one for one in self.layer(number) if not one.of_experts)

    def experts(self, number: int) -> tuple[Tensor, ...]:
        """The tensors that hold the experts of one layer; empty for a dense layer."""
        return tuple(one for one in self.layer(number) if one.of_experts)

    @cached_property
    def tied(self) -> bool:
        """The embedding is the output matrix as well, so every pass reads all of it."""
        return not any(one.name == "output.weight" for one in self.tensors)

    @cached_property
    def embedding(self) -> tuple[Tensor, ...]:
        """Tables of which a pass reads only the rows of its tokens."""
        whole = ("token_embd.weight",) if self.tied else ()
        return tuple(
            one for one in self.tensors if one.name in _ROW_TABLES and one.name not in whole
        )

    @cached_property
    def output(self) -> tuple[Tensor, ...]:
        """What turns the last layer's result into logits."""
        names = (*_OUTPUT, "token_embd.weight") if self.tied else _OUTPUT
        return tuple(one for one in self.tensors if one.name in names)

    @cached_property
    def rest(self) -> tuple[Tensor, ...]:
        """Small things outside the layers: norms of the embedding, rotation factors."""
        named = {one.name for one in (*self.embedding, *self.output)}
        return tuple(one for one in self.tensors if one.layer is None and one.name not in named)


def read_tensors(path: Path) -> TensorTable:
    """The tensors of a model file.

    Raises:
        BadModelFile: it is no whole GGUF model, with the reason for a person.
    """
    contents = read_contents(path)
    n_layers, n_experts, used = _counts(contents)
    try:
        with open(path, "rb") as file:
            header_hash = hashlib.sha256(file.read(contents.data_start)).hexdigest()
    except OSError as error:
        raise _damaged(path, error.strerror or "it cannot be read") from error
    return TensorTable(
        path=path,
        size_bytes=contents.header.size_bytes,
        data_start=contents.data_start,
        header_hash=header_hash,
        architecture=contents.header.architecture,
        n_layers=n_layers,
        n_experts=n_experts,
        n_experts_used=used,
        parts=_whole(contents.values.get("split.count")) or 1,
        tensors=_tensors(contents, n_layers, n_experts),
    )


def _counts(contents: GgufContents) -> tuple[int, int, int]:
    """Layers, experts, experts used by a token."""
    values, name = contents.values, contents.header.architecture
    layers = _whole(values.get(f"{name}.block_count"))
    # Every layer has a tensor, in this file or in another part.
    if layers > len(contents.tensors) and not _whole(values.get("split.count")):
        raise _damaged(contents.header.path, "it names more layers than it holds")
    experts = _whole(values.get(f"{name}.expert_count"))
    used = _whole(values.get(f"{name}.expert_used_count"))
    return layers, experts, min(used, experts)


def _tensors(contents: GgufContents, n_layers: int, n_experts: int) -> tuple[Tensor, ...]:
    stored = sorted(contents.tensors, key=lambda one: one.offset)
    ends = [one.offset for one in stored[1:]]
    ends.append(contents.header.size_bytes - contents.data_start)
    made = []
    for one, next_offset in zip(stored, ends, strict=True):
        # A type not known here reaches up to the tensor behind it.
        size = next_offset - one.offset if one.size_bytes is None else one.size_bytes
        if size < 0:
            raise _damaged(contents.header.path, f"{one.name[:80]!r} lies outside of it")
        found = _OF_LAYER.match(one.name)
        layer = int(found[1]) if found and int(found[1]) < n_layers else None
        experts = (
            layer is not None
            and n_experts > 0
            and _EXPERTS.search(one.name) is not None
            and len(one.shape) == 3
            and one.shape[-1] == n_experts
            and size % n_experts == 0
        )
        offset = contents.data_start + one.offset
        made.append(Tensor(one.name, offset, size, one.shape, one.kind, layer, experts))
    return tuple(made)


def _whole(value: object) -> int:
    """A whole number above 0, else 0; also where a model writes one number per layer."""
    return value if isinstance(value, int) and value > 0 else 0


def _damaged(path: Path, why: str) -> BadModelFile:
    return BadModelFile(
        "This model file is damaged",
        f"{path.name} does not hold what its own table of contents says ({why}).",
        "Download it again, or choose another file.",
    )
