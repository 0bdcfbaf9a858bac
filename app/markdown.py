"""Markdown of an answer to the HTML that Qt's rich text understands. Pure; no Qt.

Raw HTML in the text is shown as text, pictures become their words, and only web and mail links
stay links: an answer may repeat what a hostile file said. ``[3]`` becomes a link ``cite:3``
where 3 is the number of a source. The parser is loaded on first use.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from app.tokens import LIGHT, SMALL, Palette

LONGEST = 200_000
"""Characters; longer answers are shown as they are."""

_GAP = '<p style="font-size: 5px; line-height: 100%; margin: 0">&nbsp;</p>'
"""Space after a table: Qt's tables have no margin below."""

_HEADING = re.compile(r"<(/?)h[1-3]>")
_CITE = re.compile(r"\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s\"'<>]+", re.I)


def to_html(text: str, numbers: Collection[int], palette: Palette) -> str:
    """``text`` as HTML without head or style; ``numbers`` are those of the sources."""
    if len(text) > LONGEST:
        return f"<pre>{html.escape(text)}</pre>"
    parser = _parser()
    tokens = parser.parse(text)
    known = frozenset(numbers)
    return _Renderer(known, palette).render(tokens)


def style(palette: Palette, body_px: int) -> str:
    """Style sheet for the document; Qt's rich text knows a small part of CSS."""
    code = round(body_px * 0.93)
    return f"""
p, li {{ line-height: 145%; }}
td, th {{ line-height: 125%; }}
pre {{ line-height: 125%; }}
p {{ margin-top: 0; margin-bottom: {round(body_px * 0.7)}px; }}
ul, ol {{ margin-top: 0; margin-bottom: {round(body_px * 0.6)}px; margin-left: 0; }}
li {{ margin-bottom: {round(body_px * 0.2)}px; }}
h1, h2, h3 {{ font-weight: 600; margin-top: {round(body_px * 0.9)}px;
    margin-bottom: {round(body_px * 0.4)}px; }}
h1 {{ font-size: {round(body_px * 1.3)}px; }} h2 {{ font-size: {round(body_px * 1.18)}px; }}
h3 {{ font-size: {round(body_px * 1.05)}px; }}
code, pre {{ font-family: monospace; font-size: {code}px; }}
code {{ background-color: {palette.hover}; }}
pre code {{ background-color: transparent; }}
a {{ color: {palette.accent}; text-decoration: none; }}
.quote {{ color: {palette.text}; }}
.small {{ font-size: {round(body_px * SMALL)}px; color: {palette.muted}; }}
"""


@cache
def _parser() -> Any:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"html": False, "linkify": False})
    return made.enable(["table", "strikethrough"]).disable(["html_block", "html_inline"])


def passage(text: str, palette: Palette, body_px: int) -> str:
    """A passage of Markdown with its style, for a small place: headings only bolder than text."""
    body = _HEADING.sub(r"<\1p><\1b>", to_html(text, (), palette))
    return f"<style>{style(palette, body_px)}</style>{body.replace('</p></b>', '</b></p>')}"


def warm_up() -> None:
    """Load the parser ahead of the first answer; may run on any thread."""
    to_html("", (), LIGHT)


class _Renderer:
    """Walks the parser's tokens; every kind not named here is shown as its text."""

    _PLAIN = {
        "paragraph": "p",
        "bullet_list": "ul",
        "ordered_list": "ol",
        "list_item": "li",
        "em": "i",
        "strong": "b",
        "s": "s",
        "thead": "thead",
        "tbody": "tbody",
        "tr": "tr",
        "th": "th",
        "td": "td",
    }

    def __init__(self, numbers: frozenset[int], palette: Palette):
        self._numbers = numbers
        self._palette = palette

    def render(self, tokens: Sequence[Any]) -> str:
        return "".join(self._one(token) for token in tokens)

    def _one(self, token: Any) -> str:
        kind: str = token.type
        if kind == "inline":
            return self.render(token.children or ())
        if kind == "text":
            return self._text(token.content)
        if kind in ("softbreak", "hardbreak"):
            return " " if kind == "softbreak" else "<br>"
        if kind == "code_inline":
            return f"<code>{html.escape(token.content)}</code>"
        if kind in ("fence", "code_block"):
            return self._code(token.content)
        if kind == "image":
            return self._text(token.content or "picture")
        if kind == "hr":
            return "<hr>"
        name, _, end = kind.rpartition("_")
        if end in ("open", "close"):
            return self._element(name, end == "open", token)
        return html.escape(token.content or "")

    def _element(self, name: str, opening: bool, token: Any) -> str:
        if name == "link":
            return self._link(token) if opening else "</a>"
        if name == "heading":
            tag = {"h1": "h1", "h2": "h2"}.get(token.tag, "h3")
            return f"<{tag}>" if opening else f"</{tag}>"
        if name == "blockquote":
            return self._quote(opening)
        if name == "table":
            line = self._palette.line
            return (
                f'<table border="1" cellspacing="0" cellpadding="5" bordercolor="{line}" '
                f'style="border-collapse: collapse; border-color: {line}">'
                if opening
                else f"</table>{_GAP}"
            )
        if name == "paragraph" and token.hidden:
            return ""
        tag = self._PLAIN.get(name, "span")
        return f"<{tag}>" if opening else f"</{tag}>"

    def _quote(self, opening: bool) -> str:
        """A bar at the left: Qt draws no borders on block quotes, but on table cells."""
        if not opening:
            return f"</td></tr></table>{_GAP}"
        return (
            '<table width="100%" cellspacing="0" cellpadding="0"><tr>'
            f'<td width="3" bgcolor="{self._palette.accent_soft}"></td>'
            '<td class="quote" style="padding-left: 12px">'
        )

    def _code(self, content: str) -> str:
        body = html.escape(content.rstrip("\n"))
        return (
            '<table width="100%" cellspacing="0" cellpadding="8"><tr>'
            f'<td bgcolor="{self._palette.side}"><pre style="white-space: pre-wrap">'
            f"{body}</pre></td></tr></table>{_GAP}"
        )

    def _link(self, token: Any) -> str:
        target = str((token.attrs or {}).get("href", ""))
        if not _LINK.fullmatch(target):
            return "<a>"
        return f'<a href="{html.escape(target)}">'

    def _text(self, content: str) -> str:
        made = []
        end = 0
        for found in _CITE.finditer(content):
            cited = [int(n) for n in re.split(r"\s*,\s*", found.group(1))]
            if not all(n in self._numbers for n in cited):
                continue
            made.append(html.escape(content[end : found.start()]))
            made.append("".join(self._cite(n) for n in cited))
            end = found.end()
        made.append(html.escape(content[end:]))
        return "".join(made)

    def _cite(self, number: int) -> str:
        soft, accent = self._palette.accent_soft, self._palette.accent
        return (
            f'<a href="cite:{number}" style="color: {accent}; background-color: {soft}; '
            f'font-weight: 600">&#8239;{number}&#8239;</a>&#8239;'
        )
