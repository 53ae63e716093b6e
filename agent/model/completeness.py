"""Whether a file's end is there: the trailers of the usual document types (watch.md 3). Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

HEAD_BYTES = 1024
TAIL_BYTES = 66 * 1024  # the end of a ZIP directory may be followed by 64 KiB of comment

PDF_END_WITHIN = 1024
JPEG_END_WITHIN = 4096  # cameras append a few hundred bytes of their own
PNG_END = b"IEND\xaeB`\x82"
ZIP_END = b"PK\x05\x06"
ZIP_END_BYTES = 22

# A copy through SMB or by Explorer sets the final size first: its head is zeros until written.
NEVER_ZEROS = (
    *(b".pdf", b".jpg", b".jpeg", b".png", b".tif", b".tiff"),
    *(b".zip", b".docx", b".xlsx", b".pptx"),
)


def looks_complete(name: bytes, head: bytes, tail: bytes, size: int) -> bool:
    """False when the file surely lacks its end; True when it has it or the type has none.

    `head` and `tail` are the first HEAD_BYTES and the last TAIL_BYTES of a file of `size` bytes
    (all of it where it is shorter). The type is judged by the head alone. The name counts in
    one case: a head of nothing but zeros under the name of a type that never begins so.
    """
    if head and not head.strip(b"\0"):
        return not name.lower().endswith(NEVER_ZEROS)
    for magic, has_end in CHECKS:
        if head.startswith(magic):
            return has_end(head, tail, size)
    return True


def _pdf_ends(_head: bytes, tail: bytes, _size: int) -> bool:
    return b"%%EOF" in tail[-PDF_END_WITHIN:]


def _jpeg_ends(_head: bytes, tail: bytes, _size: int) -> bool:
    return b"\xff\xd9" in tail[-JPEG_END_WITHIN:]


def _png_ends(_head: bytes, tail: bytes, _size: int) -> bool:
    return PNG_END in tail[-PDF_END_WITHIN:]


def _zip_ends(_head: bytes, tail: bytes, _size: int) -> bool:
    at = tail.rfind(ZIP_END)
    if at < 0:
        return False
    comment = int.from_bytes(tail[at + 20 : at + 22], "little")
    return len(tail) - at - ZIP_END_BYTES >= comment


def _tiff_ends(head: bytes, _tail: bytes, size: int) -> bool:
    order: Literal["little", "big"] = "little" if head.startswith(b"II") else "big"
    big_tiff = int.from_bytes(head[2:4], order) == 43
    directory = int.from_bytes(head[8:16] if big_tiff else head[4:8], order)
    return 8 <= directory <= size - 2


CHECKS: tuple[tuple[bytes, Callable[[bytes, bytes, int], bool]], ...] = (
    (b"%PDF-", _pdf_ends),
    (b"\xff\xd8\xff", _jpeg_ends),
    (b"\x89PNG\r\n\x1a\n", _png_ends),
    (b"PK\x03\x04", _zip_ends),
    (b"PK\x05\x06", _zip_ends),
    (b"II*\0", _tiff_ends),
    (b"MM\0*", _tiff_ends),
    (b"II+\0", _tiff_ends),
    (b"MM\0+", _tiff_ends),
)
