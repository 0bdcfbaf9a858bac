"""Makes real files for the tests of reading: good ones and every kind of bad one."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[4]


def load_script(name: str) -> ModuleType:
    """A module of ``packaging/``, which is a folder of scripts and no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "packaging" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


writer = load_script("pdf_writer")


def pdf(
    pages: Sequence[Sequence[str | tuple[float, str]]],
    title: str = "",
    created: str = "D:20250314101500+01'00'",
    lead: float = 14.0,
) -> bytes:
    """Pages of lines, 11 points unless a line is ``(size, text)``; an empty line is a gap."""
    made = []
    for page in pages:
        y = 770.0
        lines = []
        for line in page:
            size, text = line if isinstance(line, tuple) else (11.0, line)
            y -= lead * max(1.0, size / 11)
            if text:
                lines.append(writer.Line(72, y, size, text))
        made.append(lines)
    return bytes(writer.write_pdf(made, title, created))


_PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def rc4(key: bytes, data: bytes) -> bytes:
    box = list(range(256))
    j = 0
    for i in range(256):
        j = (j + box[i] + key[i % len(key)]) % 256
        box[i], box[j] = box[j], box[i]
    i = j = 0
    output = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + box[i]) % 256
        box[i], box[j] = box[j], box[i]
        output.append(byte ^ box[(box[i] + box[j]) % 256])
    return bytes(output)


def encrypted_pdf(password: bytes = b"open sesame") -> bytes:
    """A PDF locked with 40 bit RC4 (ISO 32000-1, 7.6.3: revision 2)."""
    user = (password + _PAD)[:32]
    owner = rc4(hashlib.md5(user).digest()[:5], user)
    identity = b"0123456789abcdef"
    allowed = -4
    key = hashlib.md5(user + owner + allowed.to_bytes(4, "little", signed=True) + identity)
    check = rc4(key.digest()[:5], _PAD)
    object_key = key.digest()[:5] + (4).to_bytes(3, "little") + bytes(2)
    content = rc4(hashlib.md5(object_key).digest()[:10], b"BT /F1 12 Tf 72 700 Td (Secret) Tj ET")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>"
        % (owner.hex().encode(), check.hex().encode()),
    ]
    trailer = b"/Encrypt 6 0 R /ID [<%s> <%s>]" % ((identity.hex().encode(),) * 2)
    return bytes(writer.assemble(objects, 1, trailer))


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zip_bomb(name: str = "conversations.json", size: int = 1 << 30) -> bytes:
    """A member of ``size`` spaces after the start of an honest list: about 1000 to 1."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with archive.open(name, "w", force_zip64=True) as member:
            member.write(b'[{"uuid": "1", "chat_messages": []')
            block = b" " * (4 << 20)
            for _ in range(size // len(block)):
                member.write(block)
    return buffer.getvalue()


def locked_zip(name: str, data: bytes) -> bytes:
    """A zip that says its member is encrypted (the flag is what every program looks at)."""
    made = bytearray(zipped({name: data}, zipfile.ZIP_STORED))
    made[6] |= 1
    central = made.index(b"PK\x01\x02")
    made[central + 8] |= 1
    return bytes(made)


def chatgpt_node(
    key: str, parent: str | None, role: str, text: str, time: float | None = None, **message: object
) -> dict[str, object]:
    return {
        "id": key,
        "parent": parent,
        "children": [],
        "message": {
            "id": f"m-{key}",
            "author": {"role": role},
            "create_time": time,
            "content": {"content_type": "text", "parts": [text]},
            "recipient": "all",
            "metadata": {},
            **message,
        },
    }


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
