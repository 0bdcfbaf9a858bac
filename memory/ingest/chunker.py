"""Cuts extracted text into memories along its structure. Pure; runs on the ingest thread.

A memory is a run of whole blocks (a heading stays with what follows it), or a run of whole
sentences of a long block, or, where one sentence is too long, of whole words. Its text is
exactly ``document[start:end]``, so white space and marks between its parts are its own too.

Lengths are estimated while packing and counted once at the end: counting is most of the cost
of ingesting besides the embedding itself.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from memory.clock import to_datetime
from memory.ingest.extracted import HEADING_JOIN, Block, Conversation, Extracted, clean, one_line
from memory.ingest.sentences import is_wrapped, lines, sentences, words
from memory.ingest.structure import plain_blocks, with_headings
from memory.protocol import MemoryKind
from memory.store.rows import NewMemory

CountTokens = Callable[[Sequence[str]], list[int]]

MAX_TOKENS = 240  # never above; the embedder's window is 256 with its two marks
ENOUGH = 100  # from here on a new block begins a new memory
PIECES_ENOUGH = 80  # the same within a very long block: more places to choose from
FULL = 180  # nothing is added beyond
EVEN = 150  # pieces of a long block are about this long, all alike
ROWS_ENOUGH, ROWS_MOST = 50, 100  # rows of a table stand for themselves: fewer in one memory
TINY = 30  # a section as short as this joins the next one
LONGEST_WORD = 200  # characters; longer runs are encoded data, cut where need be

_TOKEN_LIKE = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")


@dataclass(slots=True)
class _Unit:
    """A span that is not cut further, with its estimated tokens."""

    start: int
    end: int
    weight: int
    block: Block
    opens: bool  # first of its block
    share: int = 0  # of a block cut in pieces: even weight of a piece


def estimate(text: str) -> int:
    """Rough number of WordPiece tokens, a little high: long words and numbers are several."""
    total = 0
    for match in _TOKEN_LIKE.finditer(text):
        length = match.end() - match.start()
        if not match.group().isascii():
            total += length if length < 3 else 1 + length // 2
        elif match.group()[0].isdigit():
            total += 1 + (length - 1) // 3
        else:
            total += 1 + (length - 1) // 8
    return total


def chunk(extracted: Extracted, count_tokens: CountTokens) -> list[NewMemory]:
    """Passages of a document: ``extracted.text[m.start:m.end] == m.text`` for each.

    ``happened_ms`` of each is ``extracted.happened_ms``. ``count_tokens`` counts as the
    embedder does.
    """
    text = extracted.text
    units = [unit for block in extracted.blocks for unit in _units(text, block)]
    groups = _counted(text, list(_packed(text, units)), count_tokens)
    kind = MemoryKind.NOTE if extracted.format == "note" else MemoryKind.PASSAGE
    return [
        NewMemory(
            kind=kind,
            text=text[group[0].start : group[-1].end],
            position=position,
            start=group[0].start,
            end=group[-1].end,
            page=group[0].block.page,
            heading=_heading_of(text, group),
            happened_ms=extracted.happened_ms,
        )
        for position, group in enumerate(groups)
    ]


def turns(conversation: Conversation, count_tokens: CountTokens) -> list[NewMemory]:
    """One memory per turn, several with the same ``ref`` where a turn is long.

    ``document_text(conversation)[m.start:m.end] == m.text`` for each.
    """
    text, spans = _laid_out(conversation)
    memories: list[NewMemory] = []
    long: list[list[_Unit]] = []
    owners: list[int] = []
    for number, (start, end) in enumerate(spans):
        if start == end:
            continue
        blocks = [Block(start, end, "paragraph")]
        if estimate(text[start:end]) > FULL:
            blocks = list(plain_blocks(text, start, end)) or blocks
        units = [unit for block in blocks for unit in _units(text, block)]
        for group in _packed(text, units, enough=FULL - 40):
            long.append(group)
            owners.append(number)
    for group, number in _counted_with(text, long, owners, count_tokens):
        turn = conversation.turns[number]
        memories.append(
            NewMemory(
                kind=MemoryKind.TURN,
                text=text[group[0].start : group[-1].end],
                position=len(memories),
                start=group[0].start,
                end=group[-1].end,
                ref=turn.ref,
                speaker=turn.speaker,
                role=turn.role,
                happened_ms=turn.happened_ms,
            )
        )
    return memories


def document_text(conversation: Conversation) -> str:
    """The conversation as a readable text: what is stored as the document of its source."""
    return _laid_out(conversation)[0]


def plain_document(text: str, title: str, happened_ms: int | None = None) -> Extracted:
    """A typed or pasted note as ``Extracted``, made in process: it is no file."""
    tidy = clean(text).strip()
    if re.search(r"^(#{1,6} |```|\s*[-*] )", tidy, re.M):
        # Late: notes are rare, and the parser is 30 ms of import.
        from memory.ingest.readers.markdown import markdown_blocks

        blocks = markdown_blocks(tidy)
        markup = "markdown"
    else:
        blocks, markup = plain_blocks(tidy), None
    return Extracted("note", title, tidy, (), markup, with_headings(tidy, list(blocks)), (),
                     happened_ms)  # fmt: skip


def _laid_out(conversation: Conversation) -> tuple[str, list[tuple[int, int]]]:
    """Text with a line ``Speaker, date`` before each turn, and the span of each turn's words."""
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for turn in conversation.turns:
        when = ""
        if turn.happened_ms is not None:
            when = f"{to_datetime(turn.happened_ms):, %Y-%m-%d %H:%M} UTC"
        head = ("\n\n" if parts else "") + f"{one_line(turn.speaker, 80)}{when}\n"
        body = clean(turn.text).strip()
        spans.append((length + len(head), length + len(head) + len(body)))
        parts += (head, body)
        length += len(head) + len(body)
    return "".join(parts), spans


def _units(text: str, block: Block) -> list[_Unit]:
    """The block whole, or cut where it is too long for one memory."""
    weight = estimate(text[block.start : block.end])
    if weight <= FULL:
        return [_Unit(block.start, block.end, weight, block, True)]
    pieces = math.ceil(weight / EVEN)
    # Of a very long block the pieces must not depend on its whole length: a word added at its
    # end would move every cut, and all its memories would be new ones.
    share = min(math.ceil(weight / pieces), EVEN - 1) if pieces <= 4 else EVEN
    units: list[_Unit] = []
    for start, end in _cuts(text, block):
        heavy = estimate(text[start:end])
        spans = [(start, end)] if heavy <= FULL else words(text, start, end, LONGEST_WORD)
        for s, e in spans:
            w = heavy if len(spans) == 1 else estimate(text[s:e])
            units.append(_Unit(s, e, w, block, not units, share))
    return units


def _cuts(text: str, block: Block) -> list[tuple[int, int]]:
    if block.kind in ("code", "row"):
        return lines(text, block.start, block.end)
    if is_wrapped(text, block.start, block.end):
        return sentences(text, block.start, block.end)
    spans: list[tuple[int, int]] = []
    for start, end in lines(text, block.start, block.end):
        long = estimate(text[start:end]) > FULL
        spans += sentences(text, start, end) if long else [(start, end)]
    return spans


def _packed(text: str, units: Sequence[_Unit], enough: int = ENOUGH) -> Iterator[list[_Unit]]:
    """Join units to groups of about ``enough`` to ``FULL`` tokens, in order."""
    rests = _rests(units)
    group: list[_Unit] = []
    weight, cut = 0, -1
    for i, unit in enumerate(units):
        if group:
            if cut < i:
                cut = _chosen_cut(text, units, rests, i, weight, enough)
            if cut == i or _breaks(group, weight, unit, rests[i]):
                kept = _without_last_headings(group)
                yield group[:kept]
                group = group[kept:] if group[-1].block.page == unit.block.page else []
                weight, cut = sum(u.weight for u in group), -1
        group.append(unit)
        weight += unit.weight
    if group:
        yield group


def _chosen_cut(
    text: str, units: Sequence[_Unit], rests: Sequence[int], i: int, weight: int, enough: int
) -> int:
    """Where to end a group that is long enough: of the places in reach the one whose next
    words have the least checksum; -1 where nothing is to be chosen.

    Any rule would do to end a group; this one depends on the words at the place only. After a
    change in the text the cuts therefore fall back into step with the old ones within a few
    groups, and the memories beyond keep their identity (content-defined chunking, as in rsync
    and LBFS). Cutting at the first place that is long enough was tried: it never came back.
    """
    family = _family(units[i])
    low, most = {"row": (ROWS_ENOUGH, ROWS_MOST), "piece": (PIECES_ENOUGH, FULL)}.get(
        family, (enough, FULL)
    )
    if weight < low or weight + rests[i] <= most or family != _family(units[i - 1]):
        return -1
    best, least = -1, 1 << 32
    for j in range(i, len(units)):
        unit = units[j]
        if weight > most or _family(unit) != family or unit.block.page != units[i].block.page:
            break
        mark = zlib.crc32(text[unit.start : unit.end].encode("utf-8", "replace"))
        if mark < least and rests[j] >= TINY:
            best, least = j, mark
        weight += unit.weight
    return best


def _family(unit: _Unit) -> str:
    """Units among which the place of a cut is free."""
    kind = unit.block.kind
    if kind in ("row", "heading"):
        return kind
    if not unit.share:
        return "code" if kind == "code" else "prose"
    return "piece" if unit.share == EVEN else "balanced"


def _rests(units: Sequence[_Unit]) -> list[int]:
    """For each unit the weight from it to the end of its section, itself included."""
    rests: list[int] = []
    rest = 0
    after: _Unit | None = None
    for unit in reversed(units):
        if after is None or after.block.kind == "heading" or after.block.page != unit.block.page:
            rest = 0
        rest += unit.weight
        rests.append(rest)
        after = unit
    return rests[::-1]


def _without_last_headings(group: list[_Unit]) -> int:
    """How many units stay when headings at the end go with what follows them."""
    kept = len(group)
    while kept and group[kept - 1].block.kind == "heading":
        kept -= 1
    return kept or len(group)


def _breaks(group: list[_Unit], weight: int, unit: _Unit, rest: int) -> bool:
    """Whether ``unit`` must begin a new memory; ``rest``: what its section still has."""
    last, block = group[-1].block, unit.block
    if block.page != last.page:
        return True
    if last.kind == "heading":
        return weight + unit.weight > MAX_TOKENS - 10
    if weight + unit.weight > FULL:
        return True
    if not unit.opens:
        return unit.share != EVEN and weight + unit.weight / 2 > unit.share
    if block.kind == "heading":
        return weight >= TINY or not _is_below(group[0].block, block)
    if block.kind != last.kind and {block.kind, last.kind} & {"row", "code"}:
        return weight >= TINY and rest >= TINY
    return bool(unit.share) and weight >= TINY


def _is_below(first: Block, heading: Block) -> bool:
    """Whether a short section may take the next one in: same parent or deeper."""
    return (heading.heading or "").startswith(first.heading or "")


def _heading_of(text: str, group: list[_Unit]) -> str | None:
    """Headings above the memory, with the one it begins with."""
    first = group[0].block
    if first.kind != "heading":
        return first.heading
    body = next((u.block for u in group if u.block.kind != "heading"), None)
    if body is not None:
        return body.heading
    own = one_line(text[first.start : first.end].strip("#=-~ \n\t"), 120)
    return f"{first.heading}{HEADING_JOIN}{own}" if first.heading else own


def _counted(text: str, groups: list[list[_Unit]], count_tokens: CountTokens) -> list[list[_Unit]]:
    return [g for g, _ in _counted_with(text, groups, [0] * len(groups), count_tokens)]


def _counted_with(
    text: str, groups: list[list[_Unit]], owners: list[int], count_tokens: CountTokens
) -> list[tuple[list[_Unit], int]]:
    """Count what may be too long, and halve it until nothing is above ``MAX_TOKENS``."""
    done: list[tuple[list[_Unit], int]] = []
    suspects = [i for i, g in enumerate(groups) if not _surely_short(text, g[0].start, g[-1].end)]
    counts = count_tokens([text[groups[i][0].start : groups[i][-1].end] for i in suspects])
    too_long = {i for i, n in zip(suspects, counts, strict=True) if n > MAX_TOKENS}
    for i, (group, owner) in enumerate(zip(groups, owners, strict=True)):
        if i not in too_long:
            done.append((group, owner))
            continue
        halves = _halves(text, group)
        if len(halves) == 1:
            done.append((group, owner))
            continue
        done += _counted_with(text, halves, [owner] * len(halves), count_tokens)
    return done


def _surely_short(text: str, start: int, end: int) -> bool:
    """No token of ASCII text is shorter than a character, so this needs no counting."""
    return end - start <= MAX_TOKENS - 4 and text[start:end].isascii()


def _halves(text: str, group: list[_Unit]) -> list[list[_Unit]]:
    units = group
    if len(units) == 1:
        only = units[0]
        spans = words(text, only.start, only.end, LONGEST_WORD)
        if len(spans) == 1:
            spans = words(text, only.start, only.end, max(1, (only.end - only.start) // 2))
        units = [_Unit(s, e, estimate(text[s:e]), only.block, n == 0)
                 for n, (s, e) in enumerate(spans)]  # fmt: skip
    if len(units) == 1:
        return [units]
    half = sum(u.weight for u in units) / 2
    at, weight = 0, 0
    while at < len(units) - 1 and (at == 0 or weight + units[at].weight / 2 < half):
        weight += units[at].weight
        at += 1
    return [units[:at], units[at:]]
