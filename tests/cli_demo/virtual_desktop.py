"""A desktop where there is no screen: Xvfb, a session bus, openbox and a panel with a tray.

The order matters: programs that the bus starts get its environment, so the display comes first.
Everything lies in a folder of its own and ends with the display.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from PIL import Image, ImageGrab

PACKAGES = {  # program: the Debian package that brings it
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus",
    "dbus-send": "dbus",
    "openbox": "openbox",
    "xfce4-panel": "xfce4-panel",
    "xfconf-query": "xfconf",
}
PANEL = """\
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="36"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-2" type="string" value="systray"/>
    <property name="plugin-3" type="string" value="clock"/>
  </property>
</channel>
"""
START_SECONDS = 20.0


def missing(programs: Mapping[str, str] = PACKAGES) -> str:
    """What has to be installed, as a sentence; empty where nothing has."""
    lacking = [package for name, package in programs.items() if shutil.which(name) is None]
    packages = list(dict.fromkeys(lacking))
    if not packages:
        return ""
    return (
        "A desktop without a screen needs programs that are not here. Install them with "
        f"`apt-get install --no-install-recommends {' '.join(packages)}`."
    )


class VirtualDesktop:
    """Everything below `folder`; `size` in pixels. `env` is what a program in it has to be given.

    Raises AssertionError, naming the part, for one that does not start.
    """

    def __init__(self, folder: Path, size: tuple[int, int] = (1280, 800)) -> None:
        self.folder = folder
        self.env: dict[str, str] = {}
        self._size = size
        self._ends = ExitStack()

    def __enter__(self) -> VirtualDesktop:
        try:
            self._begin()
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.close()

    def picture(self, file: Path | None = None) -> Image.Image:
        """What is on the screen now, written to `file` where one is named."""
        taken = ImageGrab.grab(xdisplay=self.env["DISPLAY"])
        if file is not None:
            taken.save(file)
        return taken

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """A program in this desktop; its words go into a file, and it ends with the desktop."""
        with (self.folder / f"{Path(command[0]).name}.txt").open("ab") as words:
            process = subprocess.Popen(
                command,
                env={**self.env, **more},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
            )
        self._ends.callback(_end, process)
        return process

    def _begin(self) -> None:
        config = self.folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        runtime = self.folder / "runtime"
        for made in (config, runtime, self.folder / "home"):
            made.mkdir(parents=True, mode=0o700)
        (config / "xfce4-panel.xml").write_text(PANEL, encoding="utf-8")
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZ") if name in os.environ}
        self.env = {
            **kept,
            "HOME": str(self.folder / "home"),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CURRENT_DESKTOP": "XFCE",
            "NO_AT_BRIDGE": "1",
        }
        width, height = self._size
        screen = ("-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp")
        number = self._told(["Xvfb", *screen, "-displayfd"])
        self.env["DISPLAY"] = f":{number}"
        address = self._told(["dbus-daemon", "--session", "--nofork", "--nopidfile"], "address")
        self.env["DBUS_SESSION_BUS_ADDRESS"] = address
        self.start("openbox", "--sm-disable")
        self.start("xfce4-panel", "--disable-wm-check")
        wait_for(self._has_tray, "the panel with its tray")

    def _told(self, command: Sequence[str], what: str = "") -> str:
        """Start a program that writes one line (its display, its address) into a pipe."""
        out, into = os.pipe()
        told = f"--print-{what}={into}" if what else str(into)
        with os.fdopen(out, encoding="ascii") as line:
            try:
                with (self.folder / f"{command[0]}.txt").open("ab") as words:
                    process = subprocess.Popen(
                        [*command, told],
                        env=self.env,
                        stdin=subprocess.DEVNULL,
                        stdout=words,
                        stderr=subprocess.STDOUT,
                        pass_fds=(into,),
                    )
            finally:
                os.close(into)
            self._ends.callback(_end, process)
            said = line.readline().strip()
        assert said, f"{command[0]} did not start; its words are in {self.folder}"
        return said

    def _has_tray(self) -> bool:
        """Whether a StatusNotifierWatcher answers on the bus."""
        named = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus",
             "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner",
             "string:org.kde.StatusNotifierWatcher"],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        return "boolean true" in named.stdout


def wait_for(what: Callable[[], bool], why: str, seconds: float = START_SECONDS) -> None:
    """Wait until it holds. Raises AssertionError, saying `why`, after so many seconds."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not within {seconds:g} s: {why}"
        time.sleep(0.1)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
