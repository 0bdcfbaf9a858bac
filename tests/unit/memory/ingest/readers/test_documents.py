"""Readers of documents: structure, places, dates, encodings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from docx import Document

from memory.ingest.extracted import Block, Extracted, from_json, to_json
from memory.ingest.readers import dispatch
from memory.ingest.readers.common import Limits
from tests.unit.memory.ingest.files import pdf


def read(path: Path, data: bytes | str) -> Extracted:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    extracted = dispatch.read(path, Limits())
    assert from_json(to_json(extracted)) == extracted, "order and bounds of every span"
    return extracted


def shown(extracted: Extracted) -> list[tuple[str, str]]:
    return [(b.kind, extracted.text[b.start : b.end]) for b in extracted.blocks]


def block_with(extracted: Extracted, words: str) -> Block:
    return next(b for b in extracted.blocks if words in extracted.text[b.start : b.end])


# -- plain text -------------------------------------------------------------------------

WORDS = "Grüße aus Kraków – „schön“ für 5 €"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", WORDS),
        ("utf-8-sig", WORDS),
        ("utf-16", WORDS),
        ("utf-16-le", "Plain words in a wide file"),
        ("utf-16-be", "Plain words in a wide file"),
        ("utf-32", WORDS),
        ("latin-1", "Grüße an Zoë, à bientôt, señor. Die Brücke über die Ilz ist schön."),
        ("cp1252", "The café’s price is 5 € – “cheap”, she said. Grüße, Zoë."),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, text: str) -> None:
    assert read(tmp_path / "a.txt", text.encode(encoding)).text == text


def test_other_scripts_in_old_encodings(tmp_path: Path) -> None:
    russian = "Завтра утром мы поедем на дачу и будем собирать яблоки в старом саду. " * 8
    assert read(tmp_path / "a.txt", russian.encode("cp1251")).text == russian
    japanese = "明日の朝、私たちは古い庭でりんごを集めます。とても楽しみです。" * 8
    assert read(tmp_path / "b.txt", japanese.encode("shift_jis")).text == japanese


def test_a_stray_byte_does_not_change_the_encoding(tmp_path: Path) -> None:
    text = "Grüße aus Kraków. " * 30
    found = read(tmp_path / "a.txt", text.encode() + b"\xff and on. " + text.encode())
    assert found.text == text + "\ufffd and on. " + text


def test_plain_text_structure(tmp_path: Path) -> None:
    found = read(
        tmp_path / "notes.txt",
        "Plans\r\n=====\r\n\r\nWe leave on Friday\r\nand return on Monday.\r\n\r\n"
        "- tent\r\n- stove\r\n  with gas\r\n1. drive\r\n\r\n> as Tom said\r\n\r\n"
        "PACKING\r\n\r\nEnd.",
    )
    assert shown(found) == [
        ("heading", "Plans\n====="),
        ("paragraph", "We leave on Friday\nand return on Monday."),
        ("item", "- tent"),
        ("item", "- stove\n  with gas"),
        ("item", "1. drive"),
        ("quote", "> as Tom said"),
        ("heading", "PACKING"),
        ("paragraph", "End."),
    ]
    assert [b.heading for b in found.blocks][-2:] == ["Plans", "Plans › PACKING"]
    assert (found.format, found.title, found.markup) == ("text", "notes.txt", None)


# -- Markdown ---------------------------------------------------------------------------

MARKDOWN = """---
title: "Plum cake"
date: 2024-09-14
tags: [cake]
---

# Zwetschgendatschi

Grandmother's recipe, *the* recipe.

## Dough

- 500 g flour
- 1 cube of yeast
  - fresh

  Second paragraph of the item.

```python
# not a heading
bake(minutes=40)
```

| What | Grams |
| ---- | ----- |
| Plums | 1500 |

> Never open the oven.

[1]: https://example.org "reference"
"""


def test_markdown(tmp_path: Path) -> None:
    found = read(tmp_path / "cake.md", MARKDOWN)
    assert (found.format, found.title, found.markup) == ("markdown", "Plum cake", "markdown")
    assert found.text == MARKDOWN
    assert found.happened_ms == round(datetime(2024, 9, 14).timestamp() * 1000)
    assert [k for k, _ in shown(found)] == [
        "heading", "paragraph", "heading", "item", "item", "item", "item", "code", "row", "row",
        "quote", "paragraph",
    ]  # fmt: skip
    assert block_with(found, "yeast").heading == "Zwetschgendatschi › Dough"
    assert block_with(found, "fresh").level == 2
    assert block_with(found, "not a heading").kind == "code"
    assert "title:" not in "".join(t for _, t in shown(found))


def test_markdown_without_front_matter_takes_the_first_heading(tmp_path: Path) -> None:
    assert read(tmp_path / "a.md", "Intro\n\nThe title\n---------\n\nText").title == "The title"
    assert read(tmp_path / "b.md", "---\n\nOnly a rule above").title == "b.md"
    only = read(tmp_path / "c.md", "---\ntitle: Only this\n---\n")
    assert only.title == "Only this" and len(only.blocks) == 1


# -- HTML -------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Rhubarb &amp; custard</title>
<meta property="article:published_time" content="2025-04-20T09:00:00Z">
<style>p { color: red }</style><script>var secret = "do not read"</script></head>
<body><nav><a href="/">Home</a> <a href="/all">All recipes</a></nav>
<div class="cookie-banner">We value your privacy</div>
<article><header><h1>Rhubarb
  and custard</h1></header>
<p>Peel the   stalks,<br>then <b>cut</b> them<!-- no -->.</p>
<ul><li>400 g rhubarb<ul><li>young</li></ul></li><li>2 eggs</li></ul>
<pre>  oven = 180
    fan = off</pre>
<blockquote><p>Best in May.</p></blockquote>
<table><tr><th>Cup</th><th>Grams</th></tr><tr><td>Sugar</td><td>200</td></tr></table>
<p style="display: none">hidden words</p><div hidden>more hidden</div></article>
<aside>Related: apple pie</aside><footer>Copyright</footer>
<noscript>Enable scripts</noscript></body></html>"""


def test_html(tmp_path: Path) -> None:
    found = read(tmp_path / "page.html", PAGE)
    assert (found.format, found.title) == ("html", "Rhubarb & custard")
    assert shown(found) == [
        ("heading", "Rhubarb and custard"),
        ("paragraph", "Peel the stalks,\nthen cut them."),
        ("item", "400 g rhubarb"),
        ("item", "young"),
        ("item", "2 eggs"),
        ("code", "oven = 180\n    fan = off"),
        ("quote", "Best in May."),
        ("row", "Cup: Sugar; Grams: 200"),
    ]
    assert found.happened_ms == round(datetime(2025, 4, 20, 9, tzinfo=UTC).timestamp() * 1000)
    assert "• 400 g rhubarb\n  • young\n• 2 eggs" in found.text
    assert block_with(found, "Sugar").heading == "Rhubarb and custard"


def test_html_furniture_is_dropped_without_an_article(tmp_path: Path) -> None:
    body = PAGE.replace("article>", "div>")
    text = read(tmp_path / "a.html", body).text
    for word in (
        "Home",
        "privacy",
        "secret",
        "color",
        "hidden",
        "apple pie",
        "Copyright",
        "Enable",
    ):
        assert word not in text
    assert "Peel the stalks" in text


def test_html_that_names_its_encoding(tmp_path: Path) -> None:
    page = '<html><meta charset="iso-8859-1"><body><p>Grüße – 5 €</p></body></html>'
    assert read(tmp_path / "a.html", page.encode("cp1252")).text == "Grüße – 5 €"
    odd = '<html><meta charset="klingon"><p>Grüße an alle, die mitkommen.</p></html>'
    assert read(tmp_path / "b.html", odd.encode("cp1252")).text.startswith("Grüße")


def test_html_under_another_name(tmp_path: Path) -> None:
    assert read(tmp_path / "saved", "<!DOCTYPE html><p>Words</p>").format == "html"


def test_layout_tables_are_walked(tmp_path: Path) -> None:
    page = "<table><tr><td><table><tr><td>A</td><td>1</td></tr></table></td><td>B</td></tr></table>"
    assert [t for _, t in shown(read(tmp_path / "a.html", page))] == ["A; 1", "B"]


# -- PDF --------------------------------------------------------------------------------


def test_pdf_pages_headings_paragraphs_and_items(tmp_path: Path) -> None:
    data = pdf(
        [
            [
                (20, "Lease"),
                "",
                "This lease is made between Mrs. Adler and the tenant and begins on",
                "the first of April and ends when one of them says so.",
                "",
                (14, "Deposit"),
                "The deposit is three months of rent and is kept on its own account.",
                "1. Keys are handed over in the flat.",
                "2. The meter is read together.",
            ],
            ["The second page speaks of the cellar and of the two bicycles in it."],
        ],
        title="Lease of the flat",
    )
    found = read(tmp_path / "lease.pdf", data)
    assert (found.format, found.title) == ("pdf", "Lease of the flat")
    assert [(k, t[:12]) for k, t in shown(found)] == [
        ("heading", "Lease"),
        ("paragraph", "This lease i"),
        ("heading", "Deposit"),
        ("paragraph", "The deposit "),
        ("item", "1. Keys are "),
        ("item", "2. The meter"),
        ("paragraph", "The second p"),
    ]
    assert "begins on the first of April" in found.text
    assert block_with(found, "bicycles").page == 2
    assert block_with(found, "meter").heading == "Lease › Deposit"
    first, second = found.pages
    assert (first.number, second.number) == (1, 2)
    assert found.text[second.start : second.end].startswith("The second page")
    assert found.happened_ms == round(datetime(2025, 3, 14, 9, 15, tzinfo=UTC).timestamp() * 1000)


def test_pdf_words_hyphenated_at_line_ends(tmp_path: Path) -> None:
    lines = [
        "The tenant pays the rent in ad-",
        "vance, a well-",
        "known rule. A long-term contract and a long-",
        "term lease differ, says the care-",
        "taker. Our caretaker is North-",
        "German and pays 1-",
        "2 visits.",
    ]
    text = read(tmp_path / "a.pdf", pdf([lines])).text
    for words in ("in advance,", "well-known", "long-term lease", "the caretaker.", "North-German"):
        assert words in text
    assert "\ufffe" not in text and "\x02" not in text


def test_pdf_empty_page_keeps_the_numbers(tmp_path: Path) -> None:
    found = read(tmp_path / "a.pdf", pdf([["One is here."], [], ["Three is here."]]))
    assert [p.number for p in found.pages] == [1, 2, 3]
    assert found.pages[1].start == found.pages[1].end
    assert block_with(found, "Three").page == 3


def test_pdf_page_numbers_and_running_titles_are_no_passages(tmp_path: Path) -> None:
    pages = [["Annals of the club", "", "", f"Story {n} is told here.", "", "", f"Page {n} of 4"]
             for n in ("1", "2", "3", "4")]  # fmt: skip
    found = read(tmp_path / "a.pdf", pdf(pages))
    assert [t for _, t in shown(found)] == [f"Story {n} is told here." for n in range(1, 5)]
    assert "Page 2 of 4" in found.text
    short = read(
        tmp_path / "b.pdf", pdf([["Annals of the club", "", "", "1"], ["Other", "", "", "2"]])
    )
    assert [t for _, t in shown(short)] == ["Annals of the club", "Other"]


def test_pdf_useless_titles_are_not_taken(tmp_path: Path) -> None:
    for title in ("Untitled", "lease_final2.docx", ""):
        assert read(tmp_path / "a.pdf", pdf([["Words"]], title=title)).title == "a.pdf"


# -- DOCX -------------------------------------------------------------------------------


def test_docx(tmp_path: Path) -> None:
    made = Document()
    made.core_properties.created = datetime(2025, 11, 2, 18, 30)
    made.core_properties.title = "Letter to Mrs. Adler"
    made.add_heading("The heating", level=1)
    made.add_paragraph("Since Monday the radiators stay cold.")
    made.add_heading("What we tried", level=2)
    made.add_paragraph("bled the radiators", style="List Bullet")
    made.add_paragraph("in the bathroom too", style="List Bullet 2")
    made.add_paragraph("called the service", style="List Number")
    made.add_paragraph("Warmth is a right.", style="Quote")
    table = made.add_table(rows=0, cols=2)
    for cells in (("Room", "Degrees"), ("Kitchen", "14"), ("Bath", "12")):
        row = table.add_row().cells
        row[0].text, row[1].text = cells
    path = tmp_path / "letter.docx"
    made.save(str(path))
    found = read(path, path.read_bytes())
    assert (found.format, found.title) == ("docx", "Letter to Mrs. Adler")
    assert shown(found) == [
        ("heading", "The heating"),
        ("paragraph", "Since Monday the radiators stay cold."),
        ("heading", "What we tried"),
        ("item", "bled the radiators"),
        ("item", "in the bathroom too"),
        ("item", "called the service"),
        ("quote", "Warmth is a right."),
        ("row", "Room: Kitchen; Degrees: 14"),
        ("row", "Room: Bath; Degrees: 12"),
    ]
    assert block_with(found, "service").heading == "The heating › What we tried"
    assert "• bled the radiators\n  • in the bathroom too" in found.text
    assert found.happened_ms == round(datetime(2025, 11, 2, 18, 30, tzinfo=UTC).timestamp() * 1000)


def test_docx_template_date_is_no_date(tmp_path: Path) -> None:
    made = Document()
    made.add_paragraph("Words")
    path = tmp_path / "a.docx"
    made.save(str(path))
    assert read(path, path.read_bytes()).happened_ms is None


# -- CSV and code -----------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_rows_name_their_columns(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["Date", "Shop", "Note"],
        ["2025-03-02", "Baker", '"two\nloaves"'],
        ["2025-03-03", "", ""],
        [],
        ["2025-03-04", "Market", "eggs", "extra"],
    ]
    found = read(tmp_path / "a.csv", "\n".join(delimiter.join(r) for r in rows))
    assert [t for _, t in shown(found)] == [
        "Date: 2025-03-02; Shop: Baker; Note: two loaves",
        "Date: 2025-03-03",
        "Date: 2025-03-04; Shop: Market; Note: eggs; extra",
    ]
    assert {k for k, _ in shown(found)} == {"row"}


def test_csv_without_header(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "2025-01-01,4.20\n2025-01-02,3.10\n")
    assert [t for _, t in shown(found)] == ["2025-01-01; 4.20", "2025-01-02; 3.10"]


def test_csv_with_only_a_header(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", "Date,Shop\n").text == "Date; Shop"


def test_code(tmp_path: Path) -> None:
    source = (
        '"""Head."""\nimport os\n\n\n# why\n@cache\ndef first(a):\n    x = 1\n\n    return a\n\n\n'
        "class Second:\n    def inner(self):\n        pass\n"
    )
    found = read(tmp_path / "a.py", source)
    assert (found.format, found.markup, found.text) == ("code", "code", source)
    assert [t.split("\n")[0] for _, t in shown(found)] == ['"""Head."""', "# why", "class Second:"]
    assert [b.heading for b in found.blocks] == [None, "def first(a)", "class Second"]


def test_code_with_braces(tmp_path: Path) -> None:
    source = "int a;\n\nint main(void) {\n  if (a) {\n\n  }\n}\n\nvoid other(int b)\n{\n  b++;\n}\n"
    found = read(tmp_path / "a.c", source)
    assert [t.split("\n")[0] for _, t in shown(found)] == [
        "int a;",
        "int main(void) {",
        "void other(int b)",
    ]
