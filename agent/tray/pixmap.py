"""Pictures as the bus takes them: ARGB32 in network byte order, rows from the top."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

Pixmap = tuple[int, int, bytes]


def argb(image: Image.Image) -> bytes:
    """The pixels of an RGBA picture, four bytes each: alpha, red, green, blue."""
    red, green, blue, alpha = image.split()
    return Image.merge("RGBA", (alpha, red, green, blue)).tobytes()


def pixmaps(images: Iterable[Image.Image]) -> list[Pixmap]:
    """StatusNotifierItem's IconPixmap, type a(iiay): width, height, pixels."""
    return [(image.width, image.height, argb(image)) for image in images]


def image_hint(image: Image.Image) -> tuple[str, tuple[int, int, int, bool, int, int, bytes]]:
    """The hint image-data of a desktop notification: RGBA, eight bits, with its row length."""
    row = image.width * 4
    return "(iiibiiay)", (image.width, image.height, row, True, 8, 4, image.tobytes())
