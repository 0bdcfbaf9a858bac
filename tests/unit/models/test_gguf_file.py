"""The header check: real files pass, everything else is refused in words, never in a crash."""

from __future__ import annotations

import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import BadModelFile
from models.gguf_file import read_header
from tests.tiny_gguf import make_tiny_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("models") / "tiny.gguf")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("garbage") / "model.gguf"


def test_reads_what_a_model_says(tiny: Path) -> None:
    header = read_header(tiny)
    assert tiny.stat().st_size < 200_000
    assert header.name == "Tiny"
    assert header.architecture == "llama"
    assert header.context_tokens == 4096
    assert (header.layers, header.width, header.heads, header.heads_kv) == (1, 64, 4, 4)
    assert header.has_template
    assert header.parameters > 50_000
    assert header.size_bytes == tiny.stat().st_size


def test_every_cut_is_noticed(tiny: Path, scratch: Path) -> None:
    whole = tiny.read_bytes()
    for size in [*range(0, 4000, 97), len(whole) // 2, len(whole) - 1]:
        scratch.write_bytes(whole[:size])
        with pytest.raises(BadModelFile):
            read_header(scratch)


def test_a_cut_download_is_told_apart_from_another_format(tiny: Path, scratch: Path) -> None:
    scratch.write_bytes(tiny.read_bytes()[:-5000])
    with pytest.raises(BadModelFile) as damaged:
        read_header(scratch)
    assert damaged.value.title == "This model file is damaged"
    assert "Download it again" in damaged.value.next_step
    scratch.write_bytes(b"PK\x03\x04" + bytes(500))
    with pytest.raises(BadModelFile) as foreign:
        read_header(scratch)
    assert foreign.value.title == "This file is no language model"


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.gguf", tmp_path):
        with pytest.raises(BadModelFile) as error:
            read_header(path)
        assert error.value.title == "The model file cannot be read"


def _written(path: Path, architecture: str, **values: object) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    if "kind" in values:
        writer.add_type(str(values["kind"]))
    if "split" in values:
        writer.add_uint16("split.no", int(str(values["split"])))
        writer.add_uint16("split.count", 3)
    writer.add_tensor("one.weight", np.zeros((32, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_models_that_cannot_write_are_refused(tmp_path: Path) -> None:
    for path in (
        _written(tmp_path / "bert.gguf", "bert"),
        _written(tmp_path / "adapter.gguf", "llama", kind="adapter"),
        _written(tmp_path / "eye.gguf", "clip", kind="mmproj"),
    ):
        with pytest.raises(BadModelFile, match="no language model"):
            read_header(path)


def test_later_parts_of_a_split_model_name_the_first(tmp_path: Path) -> None:
    assert read_header(_written(tmp_path / "m-00001-of-00003.gguf", "llama", split=0))
    with pytest.raises(BadModelFile) as error:
        read_header(_written(tmp_path / "m-00002-of-00003.gguf", "llama", split=1))
    assert "first" in error.value.next_step


def test_made_up_counts_are_not_believed(scratch: Path) -> None:
    endless = struct.pack("<4sIQQ", b"GGUF", 3, 2**63, 2**63)
    array = struct.pack("<4sIQQQ4sIIQ", b"GGUF", 3, 1, 1, 4, b"name", 9, 8, 2**60)
    nested = struct.pack("<4sIQQQ4sI", b"GGUF", 3, 1, 1, 4, b"name", 9)
    nested += struct.pack("<IQ", 9, 1) * 5000
    for content in (endless, array, nested):
        scratch.write_bytes(content + bytes(100_000))
        with pytest.raises(BadModelFile):  # taken at its word, it would be read for years
            read_header(scratch)


def _refused_or_read(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        read_header(path)
    except BadModelFile as error:
        assert error.title and error.message and error.next_step


same_file = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@same_file
@given(st.binary(max_size=400))
def test_garbage(scratch: Path, content: bytes) -> None:
    _refused_or_read(scratch, content)
    _refused_or_read(scratch, struct.pack("<4sI", b"GGUF", 3) + content)


@same_file
@given(
    st.lists(st.tuples(st.integers(0, 4200), st.binary(min_size=1, max_size=8)), max_size=6),
    st.integers(0, 130_000),
)
def test_a_model_with_wrong_bytes(
    tiny: Path, scratch: Path, changes: list[tuple[int, bytes]], size: int
) -> None:
    content = bytearray(tiny.read_bytes())
    for at, wrong in changes:
        content[at : at + len(wrong)] = wrong
    _refused_or_read(scratch, bytes(content))
    _refused_or_read(scratch, bytes(content[:size]))
