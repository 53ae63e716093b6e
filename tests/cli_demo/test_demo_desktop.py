"""Tray and status page on a virtual desktop, with a small demo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from tests.cli_demo import desktop
from tests.cli_demo.virtual_desktop import PACKAGES, missing


def test_missing_programs_are_told_with_their_packages() -> None:
    said = missing({"no-such-program": "xvfb", "nor-this": "xvfb", "sh": "dash"})
    assert "apt-get install --no-install-recommends xvfb`" in said
    assert "dash" not in said
    assert missing({"sh": "dash"}) == ""


def test_an_empty_screen_is_not_taken_for_a_page() -> None:
    blank = Image.new("RGB", (400, 300), "black")
    assert not desktop.painted(blank)
    drawn = blank.copy()
    for step in range(100):
        drawn.paste((step, 2 * step, 100), (2 * step, step, 2 * step + 80, step + 100))
    assert desktop.painted(drawn)


@pytest.mark.system
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_demo_on_a_virtual_desktop_leaves_a_picture_of_page_and_icon(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = missing({**PACKAGES, desktop.browser() or "chromium": "chromium"})
    if not sys.platform.startswith("linux") or lacking:
        pytest.skip(lacking or "a virtual desktop is of Linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    picture = tmp_path / "picture" / "desktop.png"
    code = desktop.main(["--files", "60", "--big", "20", "--picture", str(picture)])
    said = capfd.readouterr().out
    assert code == 0, said
    assert f"A picture of it: {picture}" in said
    assert "enter?key=" not in said
    with Image.open(picture) as taken:
        assert desktop.painted(taken)
        width, height = taken.size
        beside_clock = (width - 120, height - 34, width - 68, height - 2)
        colours = taken.crop(beside_clock).convert("RGB").getcolors(1 << 16) or []
    assert any(max(colour) - min(colour) > 80 for _, colour in colours if isinstance(colour, tuple))
    assert list(tmp_path.iterdir()) == [picture.parent]
