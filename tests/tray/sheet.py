"""All icons on one sheet, on light and dark ground, for docs/images and for the eye.

Run it anew after a change: python -m tests.tray.sheet docs/images/tray-states.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from agent.tray.icon import Look, look_of, picture

LOOKS = (
    ("All filed", look_of("filed")),
    ("Working, just begun", look_of("working", 0.05)),
    ("Working, two thirds", look_of("working", 0.66)),
    ("Paused", look_of("paused")),
    ("3 need you", look_of("needs-you", number=3)),
    ("27 need you", look_of("needs-you", number=27)),
    ("Hundreds need you", look_of("needs-you", number=400)),
    ("Offline", look_of("offline")),
    ("Sign-in needed", look_of("sign-in")),
    ("Disk full", look_of("disk-full")),
    ("Agent not running", look_of("not-running")),
)
SIZES = (16, 22, 32, 64)
ROW, NAMES, GROUND = 84, 210, 230
LIGHT, DARK = (246, 246, 248, 255), (36, 38, 43, 255)


def sheet() -> Image.Image:
    """A row for each look."""
    image = Image.new("RGBA", (NAMES + 2 * GROUND, ROW * len(LOOKS)), (255, 255, 255, 255))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(17)
    draw.rectangle((NAMES, 0, NAMES + GROUND - 1, image.height), fill=LIGHT)
    draw.rectangle((NAMES + GROUND, 0, image.width, image.height), fill=DARK)
    for row, (name, look) in enumerate(LOOKS):
        middle = row * ROW + ROW // 2
        draw.text((14, middle), name, font=font, fill=(40, 42, 48, 255), anchor="lm")
        for start in (NAMES, NAMES + GROUND):
            _placed(image, look, start + 18, middle)
    return image


def _placed(image: Image.Image, look: Look, x: int, middle: int) -> None:
    for size in SIZES:
        one = picture(look, size)
        image.alpha_composite(one, (x, middle - size // 2))
        x += size + 20


if __name__ == "__main__":
    sheet().convert("RGB").save(Path(sys.argv[1]), optimize=True)
