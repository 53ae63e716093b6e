"""An emulated line: two hosts on this machine, and a program that carries packets between them.

Linux's own netem is not in every kernel, so the hosts are joined by two TUN devices and `link.py`.
Real TCP of the kernel runs over it. Needs root and /dev/net/tun.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.kit.namespace import CABLE, FAR, OFFICE, Cable, Host, hosts, missing

TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LINK = Path(__file__).with_name("link.py")
WAITING = 2000  # packets that a host keeps ready for its device


@dataclass(frozen=True)
class Shape:
    """How a line is: each way so many milliseconds, so many Mbit/s, and a drop-tail queue."""

    one_way_ms: float = 20.0
    mbit: float = 100.0
    queue_kib: int = 512

    def __str__(self) -> str:
        return (
            f"{2 * self.one_way_ms:g} ms RTT, {self.mbit:g} Mbit/s each way, "
            f"{self.queue_kib} KiB of drop-tail queue"
        )


@dataclass
class Line:
    """The two hosts; `carried` is filled when the line is gone: packets, dropped, cpu."""

    office: Host
    far: Host
    cable: Cable
    carried: Mapping[str, float] = field(default_factory=dict)


def lacking() -> str | None:
    """Why there can be no line on this machine, as a sentence; None where there can."""
    if sys.platform != "linux":
        return "The emulated line needs Linux."
    if not TUN.exists():
        return "The emulated line needs /dev/net/tun."
    return missing()


@contextmanager
def line(shape: Shape = Shape()) -> Iterator[Line]:
    """Make it; at the end, or after a failure, hosts and program are gone."""
    with hosts() as (office, far):
        made = Line(office, far, Cable(office, far))
        with ExitStack() as stack:
            devices = [_device(host) for host in (office, far)]
            try:
                process = _start(devices, shape)
            finally:
                for device in devices:
                    os.close(device)
            stack.callback(_end, process, made)
            for host, address in ((office, OFFICE), (far, FAR)):
                host.ip("addr", "add", f"{address}/24", "dev", CABLE)
                host.ip("link", "set", CABLE, "mtu", "1500", "txqueuelen", str(WAITING), "up")
                host.sysctl("net.ipv4.conf.all.route_localnet=1")  # for Cable.forward
                # no run may learn from the one before how fast the line is
                host.sysctl("net.ipv4.tcp_no_metrics_save=1")
            yield made


def _device(host: Host) -> int:
    """A TUN device on a host; it is there as long as someone has it open."""
    with host.entered():
        device = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
        with suppress(OSError):
            fcntl.ioctl(
                device, TUNSETIFF, struct.pack("16sH22x", CABLE.encode(), IFF_TUN | IFF_NO_PI)
            )
            return device
    os.close(device)
    raise OSError(f"no TUN device could be made on {host.name}")


def _start(devices: list[int], shape: Shape) -> subprocess.Popen[str]:
    numbers = [shape.one_way_ms, shape.mbit, shape.queue_kib]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LINK), *map(str, [*devices, *numbers])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=devices,
    )


def _end(process: subprocess.Popen[str], made: Line) -> None:
    with process:
        try:
            told, _ = process.communicate(timeout=10)
            made.carried = json.loads(told or "{}")  # nothing where it was interrupted
        finally:
            process.kill()
