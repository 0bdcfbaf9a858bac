"""Pages over a real mapping: the right bytes at the right place, and back again."""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.flash import pages
from models.flash.pages import (
    PAGE,
    Advice,
    DirectFile,
    FileMapping,
    PagesUnavailable,
    SharedBlock,
    drop_cached,
    segments_of,
)
from models.flash.process_figures import process_figures
from models.flash.spans import Span
from tests.unit.models.flash.tiny_experts import cached_pages

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pages are laid on Linux only")

PAGES = 40
TAIL = 1234


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "a file with spaces"
    made.write_bytes(np.random.default_rng(1).bytes(PAGES * PAGE + TAIL))
    return made


@pytest.fixture
def mapped(path: Path) -> Iterator[FileMapping]:
    with open(path, "rb") as file:
        view = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
        yield FileMapping(path)
        view.close()


def shown(mapping: FileMapping, span: Span) -> bytes:
    return ctypes.string_at(mapping.address(span), span.length)


def wanted(mapping: FileMapping, span: Span) -> bytes:
    return mapping.path.read_bytes()[span.offset : span.end]


def whole(number: int, count: int = 1) -> Span:
    return Span(number * PAGE, count * PAGE)


def test_finds_where_a_file_is(mapped: FileMapping) -> None:
    for span in (Span(0, 100), Span(PAGE + 17, 3 * PAGE), Span(PAGES * PAGE, TAIL)):
        assert shown(mapped, span) == wanted(mapped, span)
        assert mapped.holds(span)
    assert not mapped.holds(Span(PAGES * PAGE, 2 * PAGE))
    with pytest.raises(ValueError, match="not mapped"):
        mapped.address(Span((PAGES + 1) * PAGE, 1))


def test_a_mapping_from_before_is_not_the_models(mapped: FileMapping) -> None:
    with pytest.raises(PagesUnavailable, match="not mapped"):
        FileMapping(mapped.path, segments_of(mapped.path))
    before = segments_of(mapped.path)
    with open(mapped.path, "rb") as file:
        second = mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ)
    try:
        with pytest.raises(PagesUnavailable, match="more than once"):
            FileMapping(mapped.path)
        other = FileMapping(mapped.path, before)
        assert other.address(whole(0)) != mapped.address(whole(0))
    finally:
        second.close()


def test_pieces_with_other_advice_are_one_mapping(mapped: FileMapping) -> None:
    mapped.advise(whole(5, 10), Advice.RANDOM)
    assert len(segments_of(mapped.path)) > 1
    again = FileMapping(mapped.path)
    assert len(again.segments) == 1
    assert again.holds(Span(0, PAGES * PAGE + TAIL))


def test_private_pages_take_the_place_and_give_it_back(mapped: FileMapping) -> None:
    span, other = whole(3, 4), whole(2)
    address = mapped.lay_private(span)
    assert address == mapped.address(span)
    assert shown(mapped, span) == bytes(span.length)
    file = DirectFile(mapped.path)
    file.read(address, span.offset, span.length)
    file.close()
    assert shown(mapped, span) == wanted(mapped, span)
    ctypes.memset(address, 7, 1)
    assert shown(mapped, span) != wanted(mapped, span)
    assert shown(mapped, other) == wanted(mapped, other)
    mapped.lay_file(span)
    assert shown(mapped, span) == wanted(mapped, span)


def test_the_file_comes_back_even_if_another_one_has_its_name(
    mapped: FileMapping, tmp_path: Path
) -> None:
    before = mapped.path.read_bytes()
    mapped.lay_private(whole(3))
    other = tmp_path / "other"
    other.write_bytes(bytes(len(before)))
    os.replace(other, mapped.path)
    mapped.lay_file(whole(3))
    assert shown(mapped, whole(3)) == before[3 * PAGE : 4 * PAGE]


def test_two_places_show_one_block(mapped: FileMapping) -> None:
    block = SharedBlock(4 * PAGE)
    mapped.lay_window(whole(1, 2), block, PAGE)
    mapped.lay_window(whole(10, 2), block, PAGE)
    ctypes.memmove(block.address + PAGE, b"x" * 2 * PAGE, 2 * PAGE)
    assert shown(mapped, whole(1, 2)) == shown(mapped, whole(10, 2)) == b"x" * 2 * PAGE
    before = process_figures().shared
    block.give_back(2 * PAGE, PAGE)
    assert shown(mapped, whole(10, 2)) == b"x" * PAGE + bytes(PAGE)
    assert process_figures().shared <= before
    mapped.lay_file(whole(1, 2))
    block.close()
    block.close()
    assert shown(mapped, whole(10)) == b"x" * PAGE
    mapped.lay_file(whole(10, 2))
    assert shown(mapped, whole(10, 2)) == wanted(mapped, whole(10, 2))


def test_only_whole_pages_inside_the_mapping_are_laid(mapped: FileMapping) -> None:
    block = SharedBlock(PAGE)
    for wrong in (Span(1, PAGE), Span(0, PAGE - 1), Span(0, 0), whole(PAGES + 1), whole(39, 9)):
        with pytest.raises(ValueError):
            mapped.lay_private(wrong)
        with pytest.raises(ValueError):
            mapped.lay_file(wrong)
    for span, at in ((whole(0), PAGE), (whole(0), -PAGE), (whole(0), 5), (whole(0, 2), 0)):
        with pytest.raises(ValueError):
            mapped.lay_window(span, block, at)
    with pytest.raises(ValueError):
        SharedBlock(PAGE + 1)
    block.close()


def test_reads_up_to_the_end_of_the_file(path: Path) -> None:
    file = DirectFile(path)
    memory = mmap.mmap(-1, 3 * PAGE)
    memory[:] = b"?" * len(memory)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    file.read(address, (PAGES - 1) * PAGE, 3 * PAGE)
    assert memory[: PAGE + TAIL] == path.read_bytes()[-PAGE - TAIL :]
    assert file.read_bytes == PAGE + TAIL
    file.read(address, 100 * PAGE, PAGE)  # nothing is there
    file.close()
    file.close()


def test_a_file_that_became_shorter_is_an_error(path: Path) -> None:
    file = DirectFile(path)
    os.truncate(path, PAGE)
    memory = mmap.mmap(-1, 4 * PAGE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    file.read(address, 0, PAGE)
    with pytest.raises(OSError, match="too early"):
        file.read(address, 0, 4 * PAGE)
    with pytest.raises(OSError):
        file.read(address, 8 * PAGE, PAGE)
    file.close()


def test_without_direct_reads_the_bytes_are_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def refuse(name: object, flags: int, *more: int) -> int:
        if flags & os.O_DIRECT:
            raise OSError(22, "Invalid argument")
        return real(name, flags, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(pages.os, "open", refuse)
    file = DirectFile(path)
    assert not file.direct
    memory = mmap.mmap(-1, 2 * PAGE)
    file.read(ctypes.addressof(ctypes.c_char.from_buffer(memory)), PAGE, 2 * PAGE)
    assert memory[:] == path.read_bytes()[PAGE : 3 * PAGE]
    file.close()


def test_dropping_what_is_cached(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())  # what is not on disk yet cannot be dropped
    before = path.read_bytes()
    held = [cached_pages(path, whole(0, PAGES))]
    for span in (whole(0, 3), None):
        drop_cached(path, span)
        held.append(cached_pages(path, whole(0, PAGES)))
    # A file system in memory drops nothing; no other keeps more than it had.
    assert held == sorted(held, reverse=True)
    assert held[-1] in (0, PAGES)
    assert path.read_bytes() == before


def test_elsewhere_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.sys, "platform", "darwin")
    with pytest.raises(PagesUnavailable, match="Linux only"):
        pages.require()


def test_pages_move_with_what_they_hold_and_leave_zeros() -> None:
    area = mmap.mmap(-1, 8 * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    area[: 2 * PAGE] = b"a" * PAGE + b"b" * PAGE
    area[4 * PAGE : 7 * PAGE] = b"old" * PAGE
    pages.move(start, start + 4 * PAGE, 2 * PAGE)
    assert area[: 2 * PAGE] == bytes(2 * PAGE)
    moved = area[4 * PAGE : 6 * PAGE]
    assert moved == b"a" * PAGE + b"b" * PAGE
    assert area[6 * PAGE : 6 * PAGE + 2] in (b"ol", b"ld", b"do")
    with pytest.raises(OSError, match="mremap"):
        pages.move(start + 1, start + 4 * PAGE, PAGE)


def test_pages_that_cannot_move_leave_memory_where_they_should_have_gone() -> None:
    area = mmap.mmap(-1, 8 * PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.munmap(ctypes.c_void_p(start), ctypes.c_size_t(PAGE)) == 0
    assert libc.munmap(ctypes.c_void_p(start + 4 * PAGE), ctypes.c_size_t(PAGE)) == 0
    with pytest.raises(OSError, match="mremap"):
        pages.move(start, start + 4 * PAGE, PAGE)
    area[4 * PAGE : 5 * PAGE] = b"n" * PAGE
    assert area[4 * PAGE : 5 * PAGE] == b"n" * PAGE
    pages.move(start + 4 * PAGE, start, PAGE)  # and the hole of this test is filled again
    assert area[:PAGE] == b"n" * PAGE


def test_the_system_says_how_many_pieces_it_allows() -> None:
    assert pages.most_pieces() >= 1024
