"""Looking at the desktop's screen and using its mouse, as a person would."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from PIL import Image

from agent.tray.icon import COLOURS
from tests.cli_demo.virtual_desktop import PACKAGES, VirtualDesktop, missing

NEEDED = {**PACKAGES, "xdotool": "xdotool"}
PANEL = 36  # pixels high
Point = tuple[int, int]


def needed() -> None:
    """Skip the test where the programs of the desktop are not installed."""
    lacking = missing(NEEDED)
    if lacking:
        pytest.skip(lacking)


def icon_place(desktop: VirtualDesktop, standing: str, least: int = 40) -> Point | None:
    """The middle of the icon with this standing's colour in the panel at the lower edge.

    None where fewer pixels than `least` have the colour.
    """
    image = desktop.picture().convert("RGB")
    top, colour = image.height - PANEL, COLOURS[standing][:3]
    strip = image.crop((0, top, image.width, image.height))
    places = [
        (number % image.width, number // image.width)
        for number, pixel in enumerate(_pixels(strip))
        if pixel == colour
    ]
    if len(places) < least:
        return None
    x, y = (sum(numbers) // len(places) for numbers in zip(*places, strict=True))
    return x, y + top


def _pixels(image: Image.Image) -> list[tuple[int, int, int]]:
    data = image.tobytes()
    return [(data[at], data[at + 1], data[at + 2]) for at in range(0, len(data), 3)]


def mouse(desktop: VirtualDesktop, *words: object) -> None:
    """xdotool, such as ("mousemove", 10, 20, "click", 3) or ("key", "Down")."""
    program = shutil.which("xdotool")
    assert program is not None
    told = [program, *(str(word) for word in words)]
    subprocess.run(told, env=desktop.env, check=True, timeout=20, capture_output=True)
