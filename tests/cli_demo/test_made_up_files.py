"""The made-up files are real ones: every format opens with somebody else's reader."""

from __future__ import annotations

import email
import email.policy
import importlib.util
import io
import random
import re
import zipfile
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from agent.cli import made_up_images as images
from agent.cli import made_up_papers as papers
from agent.model.completeness import HEAD_BYTES, TAIL_BYTES, looks_complete

Make = Callable[[random.Random], bytes]
MAKERS: dict[str, Make] = {
    "a.pdf": lambda rng: papers.pdf(rng, "Form W-2 (made up)", 5_000),
    "a.xlsx": lambda rng: papers.xlsx(rng, "Organizer"),
    "a.eml": lambda rng: papers.eml(rng, "Statement"),
    "a.csv": papers.csv,
    "a.jpg": lambda rng: images.jpeg(rng, comment=70_000),
    "a.png": images.png,
    "a.tif": images.tiff,
}


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name: str) -> None:
    make = MAKERS[name]
    assert make(random.Random(1)) == make(random.Random(1)) != make(random.Random(2))


@pytest.mark.parametrize("name", MAKERS)
def test_whole_files_look_complete(name: str) -> None:
    data = MAKERS[name](random.Random(1))
    assert looks_complete(name.encode(), data[:HEAD_BYTES], data[-TAIL_BYTES:], len(data))


@pytest.mark.parametrize("name", ["a.pdf", "a.xlsx", "a.jpg", "a.png", "a.tif"])
def test_half_files_do_not_look_complete(name: str) -> None:
    data = MAKERS[name](random.Random(1))
    half = data[: len(data) // 2]
    assert not looks_complete(name.encode(), half[:HEAD_BYTES], half[-TAIL_BYTES:], len(half))


@pytest.mark.parametrize("scan", [0, 1, 5_000, papers.MIB, 2 * papers.MIB + 7])
def test_pdf_has_a_trailer_and_its_table_points_at_every_object(scan: int) -> None:
    data = papers.pdf(random.Random(1), "Form W-2 (made up)", scan)
    assert data.startswith(b"%PDF-1.4\n")
    assert data.endswith(b"%%EOF\n")
    assert b"(Form W-2 (made up))" in data
    tail = data[-400:].decode("ascii", "replace")
    at = int(re.findall(r"startxref\n(\d+)\n", tail)[0])
    assert data[at:].startswith(b"xref\n0 8\n")
    starts = re.findall(rb"(\d{10}) 00000 n \n", data[at:])
    for number, start in enumerate(starts, 1):
        assert data[int(start) :].startswith(b"%d 0 obj\n" % number)
    assert len(starts) == 7


@pytest.mark.parametrize("scan", [0, 20, 5_000, 2 * papers.MIB + 7])
def test_pdf_streams_are_as_long_as_they_say(scan: int) -> None:
    data = papers.pdf(random.Random(1), "Form W-2 (made up)", scan)
    told = re.findall(rb"/Length (\d+) >>\nstream\n", data)
    assert int(told[1]) == scan
    begin = data.index(b"/EmbeddedFile /Length")
    start = data.index(b"stream\n", begin) + len(b"stream\n")
    assert data[start + scan :].startswith(b"\nendstream\nendobj\nxref\n")


def test_parts_of_a_big_pdf_are_small_and_no_two_megabytes_are_alike() -> None:
    parts = list(papers.pdf_parts(random.Random(1), "Ledger", 3 * papers.MIB))
    assert max(map(len, parts)) <= papers.MIB
    assert len(set(parts)) == len(parts) == 5


def test_xlsx_is_a_sound_zip_of_well_formed_parts() -> None:
    data = papers.xlsx(random.Random(1), "A & B <c>", rows=5)
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        parts = {name: ElementTree.fromstring(book.read(name)) for name in book.namelist()}
    assert "[Content_Types].xml" in parts
    sheet = parts["xl/worksheets/sheet1.xml"]
    space = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    assert [row.get("r") for row in sheet.iterfind(".//s:row", space)] == list("123456")
    assert sheet.findtext(".//s:t", namespaces=space) == "A & B <c>"


def test_eml_parses_with_its_attachment() -> None:
    data = papers.eml(random.Random(1), "Statement")
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert mail["Subject"] == "Statement"
    assert not mail.defects
    assert [part.get_filename() for part in mail.iter_attachments()] == ["statement.csv"]


@pytest.mark.parametrize(
    ("name", "kind", "size"),
    [("a.jpg", "JPEG", (320, 240)), ("a.png", "PNG", (160, 120)), ("a.tif", "TIFF", (320, 240))],
)
def test_pictures_open_with_pillow(name: str, kind: str, size: tuple[int, int]) -> None:
    if importlib.util.find_spec("PIL") is None:
        pytest.skip("Pillow comes with the extra [tray]")
    from PIL import Image

    data = MAKERS[name](random.Random(1))
    with Image.open(io.BytesIO(data)) as picture:
        picture.verify()
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert (picture.format, picture.size, picture.mode) == (kind, size, "L")
        darkest, lightest = (int(level) for level in picture.getextrema()[:2])  # type: ignore[arg-type]  # grey: two numbers
        assert darkest < 60
        assert lightest > 190


class Ladder(random.Random):
    """Gives the levels of a picture in order."""

    def __init__(self, levels: list[int]) -> None:
        super().__init__(0)
        self._levels = iter(levels)

    def randrange(self, *_bounds: int) -> int:  # type: ignore[override]  # the test's own
        return next(self._levels)


@pytest.mark.parametrize(
    "levels",
    [
        [-100, 99, -100, 0, 1, -1, 50, -50],
        [-128, -128, 127, -128, 127, -128, 127, 127],  # its third difference makes a byte FF
    ],
)
def test_jpeg_blocks_have_the_grey_that_was_meant(levels: list[int]) -> None:
    if importlib.util.find_spec("PIL") is None:
        pytest.skip("Pillow comes with the extra [tray]")
    from PIL import Image

    data = images.jpeg(Ladder(levels), columns=8, rows=1)
    with Image.open(io.BytesIO(data)) as picture:
        greys = [picture.getpixel((8 * block + 4, 4)) for block in range(8)]
    assert greys == [128 + level for level in levels]


def test_jpeg_scan_has_no_bare_marker_before_its_end() -> None:
    data = images.jpeg(Ladder([-128, -128, 127]), columns=3, rows=1)
    scan = data[data.index(b"\xff\xda") :]
    assert b"\xff\0" in scan
    assert [found.start() for found in re.finditer(rb"\xff[^\0]", scan)] == [0, len(scan) - 2]
