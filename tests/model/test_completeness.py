"""Trailers: a file cut short is held, everything else goes its way."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.model.completeness import CHECKS, HEAD_BYTES, TAIL_BYTES, looks_complete


def judged(data: bytes, name: bytes = b"scan") -> bool:
    return looks_complete(name, data[:HEAD_BYTES], data[-TAIL_BYTES:], len(data))


def a_zip(comment: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "w" * 3000)
        archive.comment = comment
    return buffer.getvalue()


WHOLE = {
    "pdf": b"%PDF-1.7\n" + b"x" * 5000 + b"\nstartxref\n9\n%%EOF\r\n",
    "jpeg": b"\xff\xd8\xff\xe0" + b"x" * 9000 + b"\xff\xd9",
    "png": b"\x89PNG\r\n\x1a\n" + b"x" * 3000 + b"\0\0\0\0IEND\xaeB`\x82",
    "docx": a_zip(),
    "zip with the longest comment": a_zip(b"c" * 65535),
    "tiff, little endian": b"II*\0" + (4000).to_bytes(4, "little") + b"x" * 4000,
    "tiff, big endian": b"MM\0*" + (4000).to_bytes(4, "big") + b"x" * 4000,
    "big tiff": b"II+\0\x08\0\0\0" + (4000).to_bytes(8, "little") + b"x" * 4000,
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_file_is_complete(kind: str) -> None:
    assert judged(WHOLE[kind])


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_a_file_cut_short_is_not_complete(kind: str, part: float) -> None:
    data = WHOLE[kind]
    assert not judged(data[: int(len(data) * part)])


def test_a_cut_inside_the_end_of_a_zip_is_seen() -> None:
    assert not judged(a_zip()[:-1])
    assert not judged(a_zip(b"comment")[:-1])


def test_a_pdf_may_carry_a_little_after_its_end_but_not_much() -> None:
    assert judged(WHOLE["pdf"] + b"\0" * 900)
    assert not judged(WHOLE["pdf"] + b"\0" * 1100)


@pytest.mark.parametrize("name", [b"w2.PDF", b"photo.jpeg", b"sheet.xlsx", b"fax.tif"])
def test_space_set_aside_but_not_yet_written_is_not_complete(name: bytes) -> None:
    assert not judged(b"\0" * 100_000, name)


@given(st.binary(max_size=2000), st.binary(max_size=20))
def test_unknown_types_are_complete(data: bytes, name: bytes) -> None:
    assume(not any(data.startswith(magic) for magic, _ in CHECKS))
    assume(data.strip(b"\0"))
    assert judged(data, name)


@given(
    st.sampled_from([magic for magic, _ in CHECKS]),
    st.binary(max_size=64),
    st.binary(max_size=64),
    st.integers(0, 1 << 50),
)
def test_no_bytes_make_it_raise(magic: bytes, head: bytes, tail: bytes, size: int) -> None:
    assert looks_complete(b"any.pdf", magic + head, tail, size) in (True, False)


def test_an_empty_file_is_for_another_rule() -> None:
    assert judged(b"", b"empty.pdf")
