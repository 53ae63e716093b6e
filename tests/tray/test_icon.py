"""The icons: each standing has a picture of its own, by shape, on any ground."""

from __future__ import annotations

from itertools import combinations, groupby

import pytest
from PIL import Image, ImageChops

from agent.tray.icon import COLOURS, SIZES, STEPS, Colour, Look, look_of, picture
from agent.tray.pixmap import argb, image_hint, pixmaps

LOOKS = [look_of(name, 0.5, 3) for name in COLOURS]
GROUNDS = ((250, 250, 250), (30, 30, 34))
NUMBERS = [look_of("needs-you", number=n) for n in (*range(1, 10), 10, 27, 88, 99, 100)]


def painted(look: Look, size: int, ground: tuple[int, int, int]) -> Image.Image:
    """As a panel shows it, without colours: what a colour-blind eye has."""
    image = Image.new("RGBA", (size, size), (*ground, 255))
    image.alpha_composite(picture(look, size))
    return image.convert("L")


def apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of the pixels, 0 to 255."""
    told = ImageChops.difference(one, other).histogram()
    return sum(value * count for value, count in enumerate(told)) / (one.width * one.height)


def luminance(colour: Colour | tuple[int, int, int]) -> float:
    """Relative luminance, WCAG 2.1."""
    parts = (part / 255 for part in colour[:3])
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ground", GROUNDS)
def test_no_two_standings_look_alike_even_without_colour(
    size: int, ground: tuple[int, int, int]
) -> None:
    for one, other in combinations(LOOKS, 2):
        there = apart(painted(one, size, ground), painted(other, size, ground))
        assert there > 12, (one.standing, other.standing)


@pytest.mark.parametrize("size", SIZES)
def test_pictures_are_square_with_clear_corners_and_something_in_them(size: int) -> None:
    for look in LOOKS:
        image = picture(look, size)
        assert (image.size, image.mode) == ((size, size), "RGBA")
        alpha = image.getchannel("A")
        assert alpha.crop((0, 0, 1, 1)).tobytes()[0] < 160
        assert sum(alpha.histogram()[200:]) > size * size / 8


@pytest.mark.parametrize("standing", COLOURS)
@pytest.mark.parametrize("ground", [(255, 255, 255), (36, 36, 36)])
def test_every_colour_stands_out_on_light_and_dark(
    standing: str, ground: tuple[int, int, int]
) -> None:
    low, high = sorted((luminance(COLOURS[standing]), luminance(ground)))
    assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2.1, 1.4.11


@pytest.mark.parametrize("size", [16, 22, 24, 32])
def test_every_number_can_be_told_from_every_other(size: int) -> None:
    ground = GROUNDS[0]
    for one, other in combinations(NUMBERS, 2):
        assert apart(painted(one, size, ground), painted(other, size, ground)) > 5, (one, other)


@pytest.mark.parametrize("size", [16, 22, 32])
def test_the_number_is_bright_on_its_ground_and_inside_it(size: int) -> None:
    for look in NUMBERS:
        image = picture(look, size).convert("RGB")
        white = image.point(lambda value: 255 if value > 200 else 0).convert("L")
        box = white.point(lambda value: 255 if value > 250 else 0).getbbox()
        assert box is not None
        assert box[0] >= 1
        assert box[2] <= size - 1
        assert box[3] - box[1] >= size * 0.35


def test_the_ring_grows_with_the_share() -> None:
    blue = [ring_pixels(look_of("working", share)) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert blue == sorted(blue)
    assert len(set(blue)) == 5


def ring_pixels(look: Look) -> int:
    """How many pixels of the ring have its colour."""
    opaque = picture(look, 64).getchannel("A").point(lambda value: 255 if value > 200 else 0)
    return opaque.histogram()[255]


def test_shares_are_steps_so_that_little_is_redrawn() -> None:
    looks = {look_of("working", share / 1000) for share in range(-10, 1100)}
    assert len(looks) == STEPS + 1


def test_only_what_is_seen_makes_a_look_different() -> None:
    assert look_of("filed", 0.3, 4) == look_of("idle", 0.9, 0) == Look("filed")
    assert look_of("paused", 0.3, 4) == Look("paused")
    assert look_of("a standing to come") == Look("not-running")


@pytest.mark.parametrize("size", [16, 22, 24, 32])
def test_the_bars_of_the_pause_are_sharp(size: int) -> None:
    row = [picture(Look("paused"), size).getpixel((x, size // 2)) for x in range(size)]
    inner = row[size // 4 : -size // 4]
    assert set(inner) <= {(255, 255, 255, 255), COLOURS["paused"]}
    assert [white for white, _ in groupby(pixel == (255, 255, 255, 255) for pixel in inner)].count(
        True
    ) == 2


def test_pixels_go_out_as_alpha_red_green_blue() -> None:
    image = Image.new("RGBA", (2, 1), (1, 2, 3, 4))
    assert argb(image) == bytes((4, 1, 2, 3, 4, 1, 2, 3))
    assert pixmaps([image]) == [(2, 1, argb(image))]
    assert image_hint(image)[1] == (2, 1, 8, True, 8, 4, bytes((1, 2, 3, 4) * 2))
