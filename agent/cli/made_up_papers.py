"""Made-up papers for the demo, written by hand: real PDF, XLSX, EML and CSV, and big ones."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from xml.sax.saxutils import escape

MIB = 1 << 20
_EARLY = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever they are made
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_WORKBOOK = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEETML}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEETML}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}


def pdf(rng: random.Random, title: str, scan: int = 0) -> bytes:
    """A page of text as PDF; `scan` bytes of noise are attached, so that it weighs something."""
    return b"".join(pdf_parts(rng, title, scan))


def pdf_parts(rng: random.Random, title: str, scan: int) -> Iterator[bytes]:
    """The same PDF piece by piece, none over 1 MiB: the way to one of any size."""
    lines = [title, *(f"Box {n}   {rng.randrange(10**7) / 100:,.2f}" for n in range(1, 13))]
    text = "BT /F1 14 Tf 72 720 Td 22 TL " + " ".join(f"({line}) '" for line in lines) + " ET"
    files = "/Names << /EmbeddedFiles << /Names [(scan.bin) 6 0 R] >> >>"
    bodies = (
        f"<< /Type /Catalog /Pages 2 0 R {files} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Filespec /F (scan.bin) /EF << /F 7 0 R >> >>",
    )
    head = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    starts: list[int] = []
    for number, body in enumerate(bodies, 1):
        starts.append(len(head))
        head += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    starts.append(len(head))
    head += f"7 0 obj\n<< /Type /EmbeddedFile /Length {scan} >>\nstream\n".encode("ascii")
    yield head
    yield from _noise(rng, scan)
    end = b"\nendstream\nendobj\n"
    yield end + _cross_references(starts, len(head) + scan + len(end))


def _cross_references(starts: list[int], at: int) -> bytes:
    rows = "".join(f"{start:010d} 00000 n \n" for start in starts)
    count = len(starts) + 1
    table = f"xref\n0 {count}\n0000000000 65535 f \n{rows}"
    return f"{table}trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{at}\n%%EOF\n".encode()


def _noise(rng: random.Random, size: int) -> Iterator[bytes]:
    """`size` bytes, no two MiB of them equal: one block of noise with a running number ahead."""
    block = rng.randbytes(min(size, MIB))
    for number, start in enumerate(range(0, size, MIB)):
        yield (struct.pack(">Q", number) + block[8:])[: size - start]


def xlsx(rng: random.Random, title: str, rows: int = 120) -> bytes:
    """A workbook of one sheet as Office Open XML, its text within the cells."""
    cells = [_cell("A1", title)]
    for row in range(2, rows + 2):
        amount = rng.randrange(10**7) / 100
        cells.append(_cell(f"A{row}", f"Account {rng.randrange(1000, 9999)}"))
        cells.append(f'<c r="B{row}"><v>{amount:.2f}</v></c>')
    data = "".join(_rows(cells))
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{data}</sheetData></worksheet>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, part in {**_WORKBOOK, "xl/worksheets/sheet1.xml": sheet}.items():
            said = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + part
            book.writestr(zipfile.ZipInfo(name, _EARLY), said)
    return out.getvalue()


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _rows(cells: list[str]) -> Iterator[str]:
    """The title's row, then two cells to a row."""
    yield f'<row r="1">{cells[0]}</row>'
    for number, at in enumerate(range(1, len(cells), 2), 2):
        yield f'<row r="{number}">{cells[at]}{cells[at + 1]}</row>'


def eml(rng: random.Random, title: str) -> bytes:
    """An e-mail with a CSV attached; its date, ID and boundary come from `rng` alone."""
    mail = EmailMessage()
    mail["From"] = "Client <client@example.com>"
    mail["To"] = "Tax desk <desk@example.com>"
    mail["Subject"] = title
    mail["Date"] = "Mon, 02 Feb 2026 09:00:00 -0500"
    mail["Message-ID"] = f"<{rng.getrandbits(64):016x}@example.com>"
    mail.set_content(f"Hello,\n\nattached is: {title}.\n\nKind regards\n")
    mail.add_attachment(csv(rng, 40), maintype="text", subtype="csv", filename="statement.csv")
    mail.set_boundary(f"part-{rng.getrandbits(64):016x}")
    return mail.as_bytes(policy=SMTP)


def csv(rng: random.Random, rows: int = 300) -> bytes:
    """A bank statement as CSV."""
    lines = ["date,description,amount,balance"]
    balance = rng.randrange(10**6)
    for _ in range(rows):
        amount = rng.randrange(-50_000, 60_000)
        balance += amount
        day = f"2025-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
        lines.append(
            f"{day},Payment {rng.randrange(10**6):06},{amount / 100:.2f},{balance / 100:.2f}"
        )
    return ("\r\n".join(lines) + "\r\n").encode("ascii")
