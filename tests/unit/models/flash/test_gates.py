"""Gates lie where one layer's weights are used no more and the next one's not yet."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.flash.gates import Gates, GraphUnsuitable, find_gates, layers_by_address
from models.flash.pages import FileMapping
from models.flash.passes import Operation
from models.flash.spans import Span
from models.gguf_tensors import read_tensors
from tests.tiny_gguf import make_tiny_gguf


def graph(*lines: str) -> list[Operation]:
    """Operations from lines like ``name < 1``; the number is a layer whose weights it reads."""
    made = []
    for line in lines:
        name, _, layers = line.partition(" < ")
        made.append(Operation(name, (0, *(1000 + int(one) for one in layers.split()))))
    return made


def layer_of(address: int) -> int | None:
    return address - 1000 if address >= 1000 else None


def gates_of(*graphs: Sequence[Operation]) -> Gates:
    return find_gates(graphs, layer_of)


USUAL = graph(
    "embd",
    "norm-0",
    "q-0 < 0",
    "out-0 < 0",
    "l_out-0",
    "norm-1",
    "q-1 < 1",
    "node_7",
    "l_out-1",
    "result_output",
)
READS_0, READS_1 = (1000,), (1001,)


def test_the_usual_names() -> None:
    assert gates_of(USUAL, USUAL) == Gates("embd", (0, 1), ("l_out-0", "l_out-1"))


def test_other_names_do_when_they_stand_once() -> None:
    renamed = [
        Operation(one.name.replace("l_out", "done").replace("embd", "words"), one.reads)
        for one in USUAL
    ]
    # The last place before the layer, and before the next one.
    assert gates_of(renamed) == Gates("q-0", (0, 1), ("norm-1", "result_output"))


def test_a_name_that_comes_twice_is_no_gate() -> None:
    twice = [*USUAL, Operation("l_out-1", ()), Operation("embd", ())]
    assert gates_of(twice) == Gates("q-0", (0, 1), ("l_out-0", "result_output"))


def test_layers_without_use_do_not_run() -> None:
    skipping = [Operation(one.name, (1004,)) if one.reads[1:] == READS_1 else one for one in USUAL]
    assert gates_of(skipping).layers == (0, 4)


def unsuitable(operations: Sequence[Operation], why: str) -> None:
    with pytest.raises(GraphUnsuitable, match=why):
        gates_of(operations)


def test_weights_used_too_early_or_too_late() -> None:
    early = [*USUAL[:4], Operation("x", READS_1), *USUAL[4:]]
    assert gates_of(early).ends[0] == "out-0"
    crossed = [*USUAL[:3], Operation("x", READS_1), *USUAL[3:]]
    unsuitable(crossed, "without a pause")
    late = [*USUAL[:7], Operation("x", READS_0), *USUAL[7:]]
    unsuitable(late, "without a pause")


def test_no_layers_or_only_one() -> None:
    unsuitable(USUAL[:5], "no layers that follow")
    unsuitable([], "no layers that follow")
    unsuitable([one for one in USUAL if not one.name.startswith("l_")][2:4], "no layers")


def test_another_graph_for_several_tokens() -> None:
    other = [one for one in USUAL if one.name != "embd"]
    with pytest.raises(GraphUnsuitable, match="several tokens"):
        gates_of(USUAL, other)


def test_a_name_made_up_from_the_place_is_no_gate() -> None:
    only = graph("q-0 < 0", "node_1", "q-1 < 1", "node_3")
    assert gates_of(only) == Gates("q-0", (0, 1), ("q-0", "q-1"))
    nameless = graph("node_0 < 0", "node_1 < 1")
    unsuitable(nameless, "without a pause")


@pytest.mark.skipif(sys.platform != "linux", reason="mappings are looked up on Linux only")
def test_addresses_belong_to_layers(tmp_path: Path) -> None:
    path = make_tiny_gguf(tmp_path / "tiny.gguf", layers=3)
    table = read_tensors(path)
    with open(path, "rb") as file:
        view = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        mapping = FileMapping(path)
        find = layers_by_address(table, mapping)
        for one in table.tensors:
            start = mapping.address(Span(one.offset, one.size_bytes))
            for address in (start, start + one.size_bytes // 2, start + one.size_bytes - 1):
                assert find(address) == one.layer
        assert find(1) is None and find(1 << 62) is None
        view.close()
