"""The icon for each standing, told by shape and by colour, sharp at the sizes of panels.

Every picture is drawn eight times as large and averaged down; straight edges are put on whole
pixels first, so that they stay sharp at 16, 22, 24 and 32. No picture needs its colour to be told
from another one (WCAG 1.4.1), and each stands out on light and on dark panels (1.4.11).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

SIZES = (16, 22, 24, 32, 48, 64)  # pixels; what panels ask for
FINE = 8  # drawn so many times as large
STEPS = 24  # of the ring: more would only redraw without being seen
WHITE = (255, 255, 255, 255)
CLEAR = (0, 0, 0, 0)

Colour = tuple[int, int, int, int]
COLOURS: dict[str, Colour] = {
    "filed": (33, 145, 80, 255),
    "working": (36, 122, 220, 255),
    "paused": (173, 112, 8, 255),
    "needs-you": (209, 58, 48, 255),
    "offline": (99, 117, 138, 255),
    "sign-in": (133, 92, 214, 255),
    "disk-full": (186, 80, 24, 255),
    "not-running": (128, 134, 144, 255),
}
TRACK = (128, 134, 144, 120)


class Look(NamedTuple):
    """What decides the picture: equal looks need no redrawing. `share` counts STEPS of the ring,
    `number` what needs a person."""

    standing: str
    share: int = 0
    number: int = 0


def look_of(standing: str, share: float = 0.0, number: int = 0) -> Look:
    """The look of a standing (agent.control.door_shapes.SnapshotAnswer, or not-running).

    `share` is how much is done, 0 to 1; a standing of a newer agent looks like not-running.
    """
    if standing == "idle":
        standing = "filed"
    if standing not in COLOURS:
        standing = "not-running"
    step = round(min(1.0, max(0.0, share)) * STEPS) if standing == "working" else 0
    return Look(standing, step, number if standing == "needs-you" else 0)


@lru_cache(maxsize=32)
def picture(look: Look, size: int) -> Image.Image:
    """The picture, `size` pixels square, RGBA. Share it, do not draw on it."""
    pen = _Pen(size, COLOURS[look.standing])
    _DRAWN[look.standing](pen, look)
    return pen.image.reduce(FINE)


class _Pen:
    """Draws in parts of the side, 0 to 1 from the upper left corner."""

    def __init__(self, size: int, colour: Colour) -> None:
        self.size = size
        self.side = size * FINE
        self.colour = colour
        # the clear ground has the colour of the shape: averaged edges would else turn grey
        self.image = Image.new("RGBA", (self.side, self.side), (*colour[:3], 0))
        self.draw = ImageDraw.Draw(self.image)

    def at(self, part: float) -> float:
        return part * self.side

    def whole(self, part: float) -> int:
        """The nearest edge between two pixels of the finished picture."""
        return math.floor(part * self.size + 0.5) * FINE

    def disc(self, x: float, y: float, radius: float, colour: Colour | None = None) -> None:
        box = [self.at(n) for n in (x - radius, y - radius, x + radius, y + radius)]
        self.draw.ellipse(box, fill=colour or self.colour)

    def ring(self, width: float, colour: Colour, start: float = 0, end: float = 360) -> None:
        edge = self.at(0.03)
        box = (edge, edge, self.side - edge - 1, self.side - edge - 1)
        self.draw.arc(box, start - 90, end - 90, fill=colour, width=round(self.at(width)))

    def bar(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """Upright edges on whole pixels, and at least one pixel wide."""
        x, y = self.whole(left), self.whole(top)
        wide = max(FINE, self.whole(right) - x)
        high = max(FINE, self.whole(bottom) - y)
        self.draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=colour)

    def plate(self, top: float, bottom: float, radius: float, colour: Colour | None = None) -> None:
        box = (0, self.whole(top), self.side - 1, self.whole(bottom) - 1)
        self.draw.rounded_rectangle(box, self.at(radius), fill=colour or self.colour)

    def stroke(self, width: float, colour: Colour, *points: tuple[float, float]) -> None:
        """A line with round ends and corners."""
        line = [(self.at(x), self.at(y)) for x, y in points]
        self.draw.line(line, fill=colour, width=round(self.at(width)), joint="curve")
        for x, y in points:
            self.disc(x, y, width / 2, colour)

    def words(self, text: str, height: float) -> None:
        """The text in the middle, its digits `height` high."""
        font = ImageFont.load_default(self.at(height) / 0.72)  # a digit is 0.72 of the font's size
        thick = round(self.at(0.022))
        box = self.draw.textbbox((0, 0), text, font=font, stroke_width=thick)
        x = (self.side - (box[2] + box[0])) / 2
        y = (self.side - (box[3] + box[1])) / 2
        self.draw.text((x, y), text, font=font, fill=WHITE, stroke_width=thick, stroke_fill=WHITE)


def _filed(pen: _Pen, look: Look) -> None:
    pen.disc(0.5, 0.5, 0.49)
    pen.stroke(0.13, WHITE, (0.27, 0.53), (0.435, 0.69), (0.74, 0.345))


def _working(pen: _Pen, look: Look) -> None:
    pen.ring(0.15, TRACK)
    pen.ring(0.15, pen.colour, 0, 360 * max(1, look.share) / STEPS)
    pen.stroke(0.11, pen.colour, (0.5, 0.72), (0.5, 0.32))
    pen.stroke(0.11, pen.colour, (0.335, 0.475), (0.5, 0.31), (0.665, 0.475))


def _paused(pen: _Pen, look: Look) -> None:
    pen.disc(0.5, 0.5, 0.49)
    pen.bar(0.31, 0.27, 0.44, 0.73, WHITE)
    pen.bar(0.56, 0.27, 0.69, 0.73, WHITE)


def _needs_you(pen: _Pen, look: Look) -> None:
    pen.plate(0, 1, 0.24)
    few = look.number <= 9
    if look.number > 99 or look.number < 1:
        pen.bar(0.43, 0.19, 0.57, 0.60, WHITE)
        pen.bar(0.43, 0.70, 0.57, 0.83, WHITE)
    else:
        pen.words(str(look.number), 0.62 if few else 0.52)


def _offline(pen: _Pen, look: Look) -> None:
    pen.disc(0.24, 0.63, 0.24)
    pen.disc(0.46, 0.43, 0.34)
    pen.disc(0.77, 0.64, 0.23)
    pen.draw.rectangle((pen.at(0.24), pen.at(0.6), pen.at(0.77), pen.at(0.87) - 1), fill=pen.colour)
    gap = (*pen.colour[:3], 0)
    pen.stroke(0.25, gap, (0.10, 0.94), (0.90, 0.06))
    pen.stroke(0.12, COLOURS["needs-you"], (0.10, 0.94), (0.90, 0.06))


def _sign_in(pen: _Pen, look: Look) -> None:
    pen.disc(0.32, 0.45, 0.32)
    pen.bar(0.5, 0.37, 1, 0.54, pen.colour)
    pen.bar(0.66, 0.5, 0.79, 0.76, pen.colour)
    pen.bar(0.87, 0.5, 1, 0.88, pen.colour)
    pen.disc(0.32, 0.45, 0.145, (*pen.colour[:3], 0))


def _disk_full(pen: _Pen, look: Look) -> None:
    left, right = pen.at(0.08), pen.at(0.92)
    pen.draw.ellipse((left, pen.at(0.70), right, pen.at(0.99)), fill=pen.colour)
    pen.draw.rectangle((left, pen.at(0.16), right, pen.at(0.845)), fill=pen.colour)
    pen.draw.ellipse((left, pen.at(0.01), right, pen.at(0.30)), fill=pen.colour)
    rim = (left, pen.at(0.07), right, pen.at(0.36))
    pen.draw.arc(rim, 0, 180, fill=WHITE, width=round(pen.at(0.06)))
    pen.bar(0.43, 0.45, 0.57, 0.70, WHITE)
    pen.bar(0.43, 0.77, 0.57, 0.89, WHITE)


def _not_running(pen: _Pen, look: Look) -> None:
    pen.ring(0.11, pen.colour)
    pen.stroke(0.12, pen.colour, (0.31, 0.5), (0.69, 0.5))


_DRAWN: dict[str, Callable[[_Pen, Look], None]] = {
    "filed": _filed,
    "working": _working,
    "paused": _paused,
    "needs-you": _needs_you,
    "offline": _offline,
    "sign-in": _sign_in,
    "disk-full": _disk_full,
    "not-running": _not_running,
}
