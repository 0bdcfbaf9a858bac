"""Tensors by what they are for: real files are divided rightly, wrong ones refused in words."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import BadModelFile
from models.gguf_tensors import TensorTable, read_tensors
from tests.synthetic_models import TINY_EXPERTS, write_model
from tests.tiny_gguf import make_tiny_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf", layers=2)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("garbage") / "model.gguf"


def test_a_dense_model(tiny: Path) -> None:
    table = read_tensors(tiny)
    assert (table.n_layers, table.n_experts, table.parts) == (2, 0, 1)
    assert table.size_bytes == tiny.stat().st_size
    assert [one.name for one in table.embedding] == ["token_embd.weight"]
    assert {one.name for one in table.output} == {"output.weight", "output_norm.weight"}
    assert table.rest == () and not table.tied
    assert len(table.layer(0)) == len(table.layer(1)) == 9
    assert table.experts(0) == () and table.dense(1) == table.layer(1)
    assert table.layer(2) == ()


def test_bytes_are_where_it_says(tiny: Path) -> None:
    reader = gguf.GGUFReader(tiny)
    table = read_tensors(tiny)
    content = tiny.read_bytes()
    assert len(reader.tensors) == len(table.tensors)
    for tensor in reader.tensors:
        found = next(one for one in table.tensors if one.name == tensor.name)
        assert found.shape == tuple(int(one) for one in tensor.shape)
        assert content[found.offset : found.end] == tensor.data.tobytes()


def test_a_mixture_of_experts(tmp_path: Path) -> None:
    shape = replace(TINY_EXPERTS, experts=8, experts_used=2)
    table = read_tensors(write_model(tmp_path / "experts.gguf", shape).path)
    assert (table.n_experts, table.n_experts_used) == (8, 2)
    for layer in range(table.n_layers):
        experts = table.experts(layer)
        assert [one.name.split(".")[2] for one in experts] == [
            "ffn_gate_exps", "ffn_up_exps", "ffn_down_exps",
        ]  # fmt: skip
        assert len(table.dense(layer)) + 3 == len(table.layer(layer))
    up = table.experts(0)[1]
    slices = [up.expert(number) for number in range(8)]
    assert slices[0][0] == up.offset and sum(slices[7]) == up.end
    assert all(sum(first) == second[0] for first, second in zip(slices, slices[1:], strict=False))
    with pytest.raises(IndexError):
        up.expert(8)
    with pytest.raises(ValueError):
        table.dense(0)[0].expert(0)


def written(path: Path, tensors: dict[str, np.ndarray], **values: int) -> TensorTable:
    writer = gguf.GGUFWriter(path, "llama")
    for name, value in values.items():
        writer.add_uint32(name.replace("__", "."), value)
    for name, data in tensors.items():
        writer.add_tensor(name, data)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return read_tensors(path)


def test_a_tied_embedding_is_read_whole(tmp_path: Path) -> None:
    matrix = np.zeros((32, 32), np.float32)
    names = ("token_embd.weight", "blk.0.attn_q.weight", "rope_freqs.weight")
    table = written(tmp_path / "tied.gguf", dict.fromkeys(names, matrix), llama__block_count=1)
    assert table.tied and table.embedding == ()
    assert [one.name for one in table.output] == ["token_embd.weight"]
    assert [one.name for one in table.rest] == ["rope_freqs.weight"]


def test_fused_experts_and_what_only_looks_like_experts(tmp_path: Path) -> None:
    experts = np.zeros((4, 32, 32), np.float32)
    tensors = {
        "output.weight": experts[0],
        "blk.0.ffn_gate_up_exps.weight": experts,
        "blk.0.ffn_down_exps.weight": experts[0],
        "blk.0.ffn_norm_exps.weight": experts[0, 0],
        "blk.7.ffn_up_exps.weight": experts,
    }
    table = written(tmp_path / "fused.gguf", tensors, llama__block_count=1, llama__expert_count=4)
    assert [one.name for one in table.experts(0)] == ["blk.0.ffn_gate_up_exps.weight"]
    assert [one.name for one in table.rest] == ["blk.7.ffn_up_exps.weight"]


def test_more_layers_than_tensors_is_damage(tmp_path: Path) -> None:
    one = {"output.weight": np.zeros((32, 32), np.float32)}
    with pytest.raises(BadModelFile, match="more layers"):
        written(tmp_path / "many.gguf", one, llama__block_count=4_000_000_000)


def test_a_type_not_known_reaches_to_the_next_tensor(tmp_path: Path) -> None:
    matrix = np.zeros((32, 32), np.float32)
    path = tmp_path / "new.gguf"
    written(path, {"a.weight": matrix, "output.weight": matrix})
    content = bytearray(path.read_bytes())
    at = content.index(b"a.weight") + len("a.weight") + 4 + 16
    assert content[at : at + 4] == struct.pack("<I", 0)
    content[at : at + 4] = struct.pack("<I", 250)
    path.write_bytes(content)
    first, second = read_tensors(path).tensors
    assert first.name == "a.weight" and first.end == second.offset


def test_the_header_tells_models_apart(tmp_path: Path) -> None:
    first = read_tensors(make_tiny_gguf(tmp_path / "a.gguf"))
    again = read_tensors(make_tiny_gguf(tmp_path / "b.gguf"))
    other = read_tensors(make_tiny_gguf(tmp_path / "c.gguf", name="Other"))
    assert first.header_hash == again.header_hash != other.header_hash


same_file = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_file
@given(
    st.lists(st.tuples(st.integers(0, 5500), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 200_000),
)
def test_wrong_bytes_end_in_a_table_inside_the_file_or_in_words(
    tiny: Path, scratch: Path, changes: list[tuple[int, bytes]], size: int
) -> None:
    content = bytearray(tiny.read_bytes())
    for at, wrong in changes:
        content[at : at + len(wrong)] = wrong
    for kept in (len(content), size):
        scratch.write_bytes(content[:kept])
        try:
            table = read_tensors(scratch)
        except BadModelFile as error:
            assert error.title and error.message and error.next_step
            continue
        for one in table.tensors:
            assert table.data_start <= one.offset <= one.end <= table.size_bytes
        named = [one for number in range(table.n_layers) for one in table.layer(number)]
        parts = (*named, *table.embedding, *table.output, *table.rest)
        assert sorted(one.offset for one in parts) == [one.offset for one in table.tensors]
