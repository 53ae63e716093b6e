"""The pictures of docs/images that show the tray on a real panel, made anew.

Run it where the programs of tests/cli_demo/virtual_desktop.py are: python -m tests.tray.shots
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from agent.sandbox.switches import Switches
from agent.tray.face import IconFace, icon_face
from agent.tray.menu import menu_of
from agent.words import tray as words
from tests.cli_demo.virtual_desktop import VirtualDesktop
from tests.kit.process import wait_for
from tests.tray.desk import tray
from tests.tray.office import PDF, office
from tests.tray.screen import icon_place, mouse
from tests.tray.sheet import LOOKS

SIZE = (900, 600)
CUT = (300, 0, 900, 600)
GROUND = (62, 84, 112)


def menu_picture(folder: Path, file: Path) -> None:
    """Something needs a person: the icon, its open menu, and the notice."""
    (folder / "desk").mkdir()
    failing = Switches(task_outcome="failed")
    with VirtualDesktop(folder / "desk", SIZE) as desktop, office(folder, failing) as (box, agent):
        bus = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        with tray({**agent.env, "DISPLAY": desktop.env["DISPLAY"]}, folder, bus) as desk:
            wait_for(lambda: icon_place(desktop, "needs-you") is not None, "it needs a person", 60)
            box.switches = Switches(task_outcome="completed")
            for number in range(4):
                agent.write(
                    f"Ash Bakery/receipt {number}.pdf", PDF.replace(b"1.4", b"1.%d" % number)
                )
            time.sleep(5)
            place = icon_place(desktop, "needs-you")
            assert place is not None, desk.said()
            mouse(desktop, "mousemove", *place, "click", 3)
            time.sleep(1)
            mouse(desktop, "key", *["Down"] * 6, "Right")
            time.sleep(1)
            grounded(desktop.picture()).crop(CUT).save(file, optimize=True)


def states_picture(folder: Path, file: Path) -> None:
    """The icon in each standing, cut out of the panel."""
    cuts = []
    with VirtualDesktop(folder, (320, 120)) as desktop:
        shown = (LOOKS[0][1], words.NAME, menu_of(None))
        env = {**os.environ, **desktop.env}
        face = icon_face(env, shown, lambda act: None, print)
        assert isinstance(face, IconFace)
        thread = threading.Thread(target=face.run)
        thread.start()
        for name, look in LOOKS:
            face.show(look, name, menu_of(None))
            time.sleep(1.2)
            cuts.append((name, desktop.picture().crop((220, 84, 320, 120))))
        face.stop()
        thread.join(20)
    sheet = Image.new("RGB", (330, 44 * len(cuts)), (255, 255, 255))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for row, (name, cut) in enumerate(cuts):
        sheet.paste(cut, (220, 44 * row + 4))
        draw.text((10, 44 * row + 22), name, font=font, fill=(40, 42, 48), anchor="lm")
    sheet.save(file, optimize=True)


def grounded(image: Image.Image) -> Image.Image:
    """An empty desktop is black: give it a ground, so that shadows and edges are seen."""
    rgb = image.convert("RGB")
    black = rgb.convert("L").point(lambda value: 255 if value == 0 else 0)
    rgb.paste(GROUND, mask=black)
    return rgb


if __name__ == "__main__":
    images = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        menu_picture(Path(first), images / "tray-panel.png")
        states_picture(Path(second), images / "tray-states-panel.png")
