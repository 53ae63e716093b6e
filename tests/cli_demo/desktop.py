"""`python -m tests.cli_demo.desktop`: tray and status page together, on the demo's made-up firm.

On a machine with a screen this is `filed-agent demo --desktop`. Where there is none, it runs on a
virtual desktop and leaves a picture of it, whose place it prints.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tests.cli_demo.virtual_desktop import PACKAGES, VirtualDesktop, missing, wait_for

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MOST_LINES = 10_000
PAGE_OPENS = "status page opens in your browser"
TELLING = re.compile(r"^ *\d+ s .*(documents filed|status page opens)")
PAINT_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of the demo; 2 where programs are missing."""
    parser = argparse.ArgumentParser(prog="demo-desktop", description=__doc__)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--big", type=int, default=100, help="megabytes")
    parser.add_argument("--picture", type=Path, default=Path("build/desktop.png"))
    chosen = parser.parse_args(arguments)
    demo = [sys.executable, "-m", "agent", "demo", "--desktop"]
    demo += ["--files", str(chosen.files), "--big", str(chosen.big)]
    if has_screen():
        return subprocess.run(demo, check=False).returncode
    lacking = missing({**PACKAGES, browser() or "chromium": "chromium"})
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="filed-agent-desktop-"))
    try:
        return pictured(demo, folder, chosen.picture)
    finally:
        wait_for(lambda: _removed(folder), "the browser's end")


def has_screen() -> bool:
    """Whether windows can be shown here."""
    screens = {"DISPLAY", "WAYLAND_DISPLAY"} & {name for name, text in os.environ.items() if text}
    return bool(screens) or not sys.platform.startswith("linux")


def browser() -> str | None:
    """The browser's program."""
    return next((name for name in BROWSERS if shutil.which(name)), None)


def pictured(demo: Sequence[str], folder: Path, picture: Path) -> int:
    """Run the demo on a virtual desktop; its exit code. A picture is left at `picture`."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    with VirtualDesktop(folder / "desktop", (1600, 900)) as desktop:
        desktop.env["BROWSER"] = f"{_browser_script(folder)} %s &"
        with subprocess.Popen(
            demo,
            env={**os.environ, **desktop.env, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as running:
            try:
                _watched(running, desktop, picture)
                return running.wait(120)
            finally:
                if running.poll() is None:
                    running.terminate()


def _browser_script(folder: Path) -> Path:
    """The browser with a profile of its own; its words go nowhere, and above all not into ours."""
    options = [
        "--no-first-run",
        "--no-default-browser-check",
        "--password-store=basic",
        "--disable-gpu",
        f"--user-data-dir={folder / 'profile'}",
        "--window-position=20,20",  # notices come on the right
        "--window-size=1060,820",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--no-sandbox")
    script = folder / "browser"
    command = shlex.join([browser() or "", *options])
    script.write_text(f'#!/bin/sh\nexec {command} --app="$1" >/dev/null 2>&1\n', encoding="utf-8")
    script.chmod(0o700)
    return script


def _removed(folder: Path) -> bool:
    """The browser ends on its own after its display, and writes until then."""
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def _watched(running: subprocess.Popen[str], desktop: VirtualDesktop, picture: Path) -> None:
    """Pass the demo's words on, and take a picture now and then once the page is open: the last
    one shows the agent near the end of its work."""
    assert running.stdout is not None
    seen = False
    for said in itertools.islice(running.stdout, MOST_LINES):
        print(said, end="", flush=True)
        if PAGE_OPENS in said:
            wait_for(lambda: painted(desktop.picture()), "the page on the screen", PAINT_SECONDS)
            seen = True
        if seen and TELLING.search(said):
            desktop.picture(picture)
    if seen:
        print(f"A picture of it: {picture}")


def painted(image: Image.Image) -> bool:
    """Whether a window with something in it covers the middle of the screen."""
    width, height = image.size
    middle = image.crop((width // 4, height // 4, width * 3 // 4, height * 3 // 4))
    colours = middle.convert("RGB").getcolors(1 << 20) or []
    most = max((number for number, _ in colours), default=0)
    return len(colours) > 30 and most < 0.98 * middle.width * middle.height


if __name__ == "__main__":
    sys.exit(main())
