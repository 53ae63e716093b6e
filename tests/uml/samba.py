"""Inside the guest: a real SMB server on the loopback, and its share as Linux mounts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

USER, PASSWORD = "root", "made-up-word"
SHARE = "firm"
PORT = 445

CONFIG = """
[global]
  workgroup = FIRM
  server role = standalone server
  interfaces = lo
  bind interfaces only = yes
  smb ports = 445
  disable netbios = yes
  load printers = no
  printcap name = /dev/null
  disable spoolss = yes
  passdb backend = tdbsam:{folder}/passdb.tdb
  private dir = {folder}
  lock directory = {folder}
  state directory = {folder}
  cache directory = {folder}
  pid directory = {folder}
  ncalrpc dir = {folder}/rpc
  log file = {folder}/log.smbd
  max log size = 0
  log level = 1
[firm]
  path = {share}
  read only = no
  store dos attributes = no
"""


@dataclass
class Samba:
    """An smbd of our own; `share` is its folder as its own disk has it."""

    folder: Path = Path("/run/samba")
    share: Path = Path("/run/firm")
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def prepare(self) -> None:
        """The configuration, and the one account; once."""
        self.folder.mkdir()
        self.share.mkdir()
        text = CONFIG.format(folder=self.folder, share=self.share)
        self.config.write_text(text, encoding="utf-8")
        command = ["smbpasswd", "-c", str(self.config), "-s", "-a", USER]
        twice = f"{PASSWORD}\n{PASSWORD}\n"
        subprocess.run(command, input=twice, text=True, check=True, capture_output=True, timeout=60)

    @property
    def config(self) -> Path:
        """Where its configuration lies."""
        return self.folder / "smb.conf"

    def start(self) -> None:
        """Start it and wait until it takes connections. Raises TimeoutError after 30 s."""
        assert self.process is None
        self.process = subprocess.Popen(
            ["smbd", "--foreground", "--no-process-group", f"--configfile={self.config}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", PORT), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError("smbd takes no connection")

    def kill(self) -> None:
        """kill -9 for it and for every connection's process."""
        process, self.process = self.process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


def mount(where: Path, options: str = "iocharset=utf8") -> None:
    """The share as a folder, without Debian's helper program."""
    where.mkdir(exist_ok=True)
    told = f"ip=127.0.0.1,username={USER},password={PASSWORD},vers=3.1.1"
    command = ["mount", "-i", "-t", "cifs", f"//127.0.0.1/{SHARE}", str(where), "-o"]
    subprocess.run([*command, f"{told},{options}"], check=True, timeout=60)


def unmount(where: Path) -> None:
    """Take it away; what still uses it sees an end of it."""
    subprocess.run(["umount", str(where)], check=True, timeout=60)
