"""Made-up pictures for the demo, encoded here: real JPEG, PNG and TIFF that any viewer opens."""

from __future__ import annotations

import random
import struct
import zlib

# ITU T.81, table K.3: how many codes of each length (1..16) name a size of a DC difference.
_DC_COUNTS = bytes((0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0))
_DC_SIZES = bytes(range(12))
_AC_COUNTS = bytes((1, *[0] * 15))  # one code alone, "0": the rest of the block is empty
_BLOCK = 8
_COMMENT_MOST = 65_000


def png(rng: random.Random, width: int = 160, height: int = 120) -> bytes:
    """A grey picture of stripes and noise as PNG."""
    rows = b"".join(b"\0" + _row(rng, width, y) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def tiff(rng: random.Random, width: int = 320, height: int = 240) -> bytes:
    """A grey picture as TIFF, not compressed, its directory at the end as scanners write it."""
    pixels = b"".join(_row(rng, width, y) for y in range(height))
    short, long = 3, 4
    entries = (
        (256, long, width),
        (257, long, height),
        (258, short, 8),  # bits of a sample
        (259, short, 1),  # not compressed
        (262, short, 1),  # zero is black
        (273, long, 8),  # where the one strip begins
        (277, short, 1),  # samples of a pixel
        (278, long, height),
        (279, long, len(pixels)),
    )
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    pixels += b"\0" * (len(pixels) % 2)  # a directory begins at an even offset
    head = b"II*\0" + struct.pack("<I", 8 + len(pixels))
    return head + pixels + struct.pack("<H", len(entries)) + table + struct.pack("<I", 0)


def jpeg(rng: random.Random, columns: int = 40, rows: int = 30, comment: int = 0) -> bytes:
    """A grey mosaic of 8 by 8 blocks as JPEG, with `comment` bytes as a camera leaves them."""
    width, height = columns * _BLOCK, rows * _BLOCK
    frame = struct.pack(">BHHBBBB", 8, height, width, 1, 1, 0x11, 0)
    parts = [
        b"\xff\xd8",
        _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        *_comments(rng, comment),
        _segment(0xDB, b"\0" + b"\x08" * 64),
        _segment(0xC0, frame),
        _segment(0xC4, b"\x00" + _DC_COUNTS + _DC_SIZES),
        _segment(0xC4, b"\x10" + _AC_COUNTS + b"\0"),
        _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
        _mosaic([rng.randrange(-100, 100) for _ in range(columns * rows)]),
        b"\xff\xd9",
    ]
    return b"".join(parts)


def _row(rng: random.Random, width: int, y: int) -> bytes:
    """One line of pixels: every sixth is a dark stripe, as text looks from afar."""
    return rng.randbytes(width) if y % 6 else b"\x20" * width


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _comments(rng: random.Random, length: int) -> list[bytes]:
    sizes = [min(_COMMENT_MOST, length - at) for at in range(0, length, _COMMENT_MOST)]
    # no FF: a half-written picture must not seem to have its end mark
    return [_segment(0xFE, rng.randbytes(size).replace(b"\xff", b"\xfe")) for size in sizes]


def _mosaic(levels: list[int]) -> bytes:
    """The blocks' DC differences in Huffman codes, each block's AC part empty (T.81, F.1.2)."""
    codes = _codes()
    bits, before = [], 0
    for level in levels:
        difference, before = level - before, level
        size = abs(difference).bit_length()
        low = difference if difference >= 0 else difference + (1 << size) - 1
        bits.append(codes[size] + (f"{low:0{size}b}" if size else "") + "0")
    stream = "".join(bits)
    stream += "1" * (-len(stream) % 8)
    data = int(stream, 2).to_bytes(len(stream) // 8, "big")
    return data.replace(b"\xff", b"\xff\0")  # a lone FF would begin a marker


def _codes() -> list[str]:
    """The canonical Huffman code of each size (T.81, annex C)."""
    found, code = [], 0
    for length, count in enumerate(_DC_COUNTS, 1):
        for _ in range(count):
            found.append(f"{code:0{length}b}")
            code += 1
        code <<= 1
    return found
