"""Web pages: what a reader would read; menus, scripts, styles and page furniture dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser, LexborNode

from memory.ingest.dates import to_ms_or_none
from memory.ingest.extracted import Extracted, one_line
from memory.ingest.readers.common import Builder, Limits, decode, read_bytes, too_much_text
from memory.ingest.readers.csv import row_text

_DROPPED = frozenset(
    "script style noscript nav template iframe svg canvas button select option input textarea form"
    " head object embed audio video map dialog".split()
)
_FURNITURE = frozenset({"header", "footer", "aside"})
_ROLES = frozenset("navigation banner contentinfo complementary search dialog menu alert".split())
_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|sidebar|breadcrumbs?|cookies?|consent|banner|promo|"
    r"share|sharing|social|related|newsletter|subscribe|advert\w*|ads?|footer|masthead|skip-link|"
    r"popup|modal)(?:$|[\s_-])",
    re.I,
)
_BLOCKS = frozenset(
    "address article aside blockquote body dd details div dl dt fieldset figcaption figure footer"
    " h1 h2 h3 h4 h5 h6 header hr li main ol p pre section summary table tbody tfoot thead tr ul"
    " caption center html".split()
)
_KIND = {"li": "item", "dd": "item", "dt": "item", "pre": "code", "blockquote": "quote"}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_DATES = ("meta[property='article:published_time']", "meta[name='date']", "meta[name='dc.date']",
          "meta[itemprop='datePublished']", "time[datetime]")  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.I)


def read(path: Path, limits: Limits) -> Extracted:
    text = _decoded(read_bytes(path, limits))
    if len(text) > 4 * limits.text_chars:
        raise too_much_text(path, limits)
    page = LexborHTMLParser(text)
    walk = _Walk(Builder(path, limits))
    root = _main_part(page)
    if root is not None:
        walk.run(root)
    return walk.builder.done("html", _title(page) or path.name, _date(page))


def _decoded(data: bytes) -> str:
    """A page may name its own encoding; a byte order mark or valid UTF-8 wins."""
    named = _CHARSET.search(data[:4096])
    if named and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        name = named.group(1).decode("ascii").lower()
        codec = "cp1252" if name in ("iso-8859-1", "latin1", "us-ascii") else name
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        try:
            return data.decode(codec, "replace")
        except LookupError:
            pass
    return decode(data)


def _main_part(page: LexborHTMLParser) -> LexborNode | None:
    """``main`` or the only ``article`` where it holds most of the words, else the body."""
    body = page.body
    if body is None:
        return page.root
    whole = len(body.text(deep=True))
    for selector in ("main", "[role=main]", "article"):
        found = page.css(selector)
        if len(found) == 1 and len(found[0].text(deep=True)) > max(200, whole * 0.25):
            return found[0]
    return body


def _title(page: LexborHTMLParser) -> str:
    for selector in ("meta[property='og:title']", "title", "h1"):
        node = page.css_first(selector)
        if node is None:
            continue
        text = node.attributes.get("content") if node.tag == "meta" else node.text(deep=True)
        if text and text.strip():
            return one_line(text)
    return ""


def _date(page: LexborHTMLParser) -> int | None:
    for selector in _DATES:
        node = page.css_first(selector)
        if node is not None:
            value = node.attributes.get("content") or node.attributes.get("datetime")
            found = to_ms_or_none(value or "")
            if found is not None:
                return found
    return None


@dataclass
class _Walk:
    """Goes through the tree without recursion (pages may nest 10,000 deep on purpose)."""

    builder: Builder
    words: list[str] = field(default_factory=list)
    context: list[str] = field(default_factory=list)
    depth: int = 0
    header: list[str] | None = None

    def run(self, root: LexborNode) -> None:
        stack: list[tuple[LexborNode, bool]] = [(root, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                self._leave(str(node.tag))
                continue
            tag = str(node.tag)
            if tag == "-text":
                words = node.text_content or ""
                self.words.append(words if "pre" in self.context else _SPACE.sub(" ", words))
                continue
            if tag == "br":
                self.words.append("\n")
                continue
            if tag.startswith("-") or _is_dropped(node, tag, bool(stack)):
                continue
            if tag == "tr" and self._row(node):
                continue
            self._enter(tag)
            stack.append((node, True))
            children = list(node.iter(include_text=True))
            stack += [(child, False) for child in reversed(children)]
        self._flush()

    def _enter(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.words.append(" ")
        if tag not in _BLOCKS:
            return
        self._flush()
        if tag == "table":
            self.header = None
        if tag in ("ul", "ol"):
            self.depth += 1
        if tag in _KIND or (len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()):
            self.context.append(tag)

    def _leave(self, tag: str) -> None:
        if tag not in _BLOCKS:
            return
        self._flush()
        if tag in ("ul", "ol"):
            self.depth -= 1
        if self.context and self.context[-1] == tag:
            self.context.pop()

    def _flush(self) -> None:
        if not self.words:
            return
        raw = "".join(self.words)
        self.words.clear()
        tag = self.context[-1] if self.context else "p"
        kind = _KIND.get(tag, "paragraph")
        if kind == "code":
            self.builder.add("code", raw.strip("\n"))
            return
        text = "\n".join(_SPACE.sub(" ", line).strip() for line in raw.split("\n"))
        if tag[0] == "h" and tag[1:].isdigit():
            self.builder.add("heading", text, level=int(tag[1]))
        elif kind == "item":
            close = self.builder.last_kind == "item"
            lead = "  " * max(0, self.depth - 1) + "• "
            gap = "\n" if close else "\n\n"
            self.builder.add("item", text, level=max(1, self.depth), lead=lead, gap=gap)
        else:
            self.builder.add(kind, text)

    def _row(self, node: LexborNode) -> bool:
        """A row of a table of data as one line; False for a table used as layout."""
        if node.css_first("table, p + p, ul, ol, h1, h2, h3, h4, pre") is not None:
            return False
        cells = [c for c in node.iter() if c.tag in ("td", "th")]
        if len(cells) < 2:
            return False
        self._flush()
        texts = [one_line(_cell_text(c), 20_000) for c in cells]
        if all(c.tag == "th" for c in cells):
            self.header = texts
            return True
        close = self.builder.last_kind == "row"
        self.builder.add("row", row_text(self.header, texts), gap="\n" if close else "\n\n")
        return True


def _cell_text(node: LexborNode) -> str:
    return node.text(deep=True, separator=" ")


def _is_dropped(node: LexborNode, tag: str, inside: bool) -> bool:
    """Furniture of the page; never the root the walk began with."""
    if tag in _DROPPED:
        return True
    if not inside or tag in ("body", "main", "article", "html"):
        return False
    if tag in _FURNITURE and not (tag == "header" and _within_article(node)):
        return True
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return True
    if attributes.get("role") in _ROLES:
        return True
    if _HIDING.search(attributes.get("style") or ""):
        return True
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    # A page may call its very content "banner": only small parts go by their name.
    return bool(_CLASSES.search(names)) and len(node.text(deep=True)) < 3000


def _within_article(node: LexborNode) -> bool:
    """The header of an article holds its title."""
    parent = node.parent
    for _ in range(6):
        if parent is None:
            return False
        if parent.tag in ("article", "main", "section"):
            return True
        parent = parent.parent
    return False
