"""Two hosts on this machine, joined by a cable: network namespaces, veth and nft; needs root.

The agent's plain HTTP may go to loopback only. So at the office the loopback ports of Filed are
rewritten to the other end of the cable, and there back to loopback: one true TCP connection whose
segments cross the cable, where they can be lost.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NETNS = Path("/var/run/netns")
ETC = Path("/etc/netns")  # `ip netns exec` lays what it finds there over /etc
CLONE_NEWNET = 0x40000000
CABLE = "cable"  # the name of its plug in both hosts
OFFICE, FAR = "10.77.0.1", "10.77.0.2"
_numbers = itertools.count()


def missing() -> str | None:
    """Why this machine cannot do it, as a sentence; None where it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "Network namespaces need root."
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            return f"Network namespaces need `{tool}` (Debian: iproute2, nftables)."
    return None


def _run(*command: str, text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}\n{text}")
    return done.stdout


@dataclass(frozen=True)
class Host:
    """One namespace."""

    name: str

    @property
    def prefix(self) -> list[str]:
        """Before a command line: it then runs on this host, as the same process."""
        return ["ip", "netns", "exec", self.name]

    def ip(self, *arguments: str) -> None:
        """Run ip on this host."""
        _run("ip", "-n", self.name, *arguments)

    def nft(self, text: str) -> str:
        """Run nft commands on this host, all or none; what they print."""
        return _run(*self.prefix, "nft", "-f", "-", text=text)

    def sysctl(self, setting: str) -> None:
        """Set a kernel variable of this host, written name=value."""
        _run(*self.prefix, "sysctl", "-qw", setting)

    @property
    def etc(self) -> Path:
        """Files that lie over /etc for what runs on this host; to be made before it starts."""
        folder = ETC / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread, and the threads that it starts meanwhile, make their sockets here."""
        libc = ctypes.CDLL(None, use_errno=True)
        with (NETNS / self.name).open() as there, Path("/proc/thread-self/ns/net").open() as here:
            _enter(libc, there.fileno())
            try:
                yield
            finally:
                _enter(libc, here.fileno())


def _enter(libc: ctypes.CDLL, namespace: int) -> None:
    if libc.setns(namespace, CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


@dataclass(frozen=True)
class Cable:
    """The office and Filed's host, and what happens to packets between them.

    Faults are nft statements. They see every packet where it arrives, those to Filed (`up`) and
    those from it (`down`), and replace the faults before them.
    """

    office: Host
    far: Host

    def forward(self, ports: Sequence[int]) -> None:
        """Make these loopback ports of the office those of Filed's host."""
        some = ", ".join(str(port) for port in ports)
        self.office.nft(
            f"""table ip line {{
              chain out {{
                type nat hook output priority -100;
                ip daddr 127.0.0.1 tcp dport {{ {some} }} dnat to {FAR}
              }}
              chain leave {{
                type nat hook postrouting priority 100;
                oifname "{CABLE}" masquerade
              }}
            }}
            """
        )
        self.far.nft(
            f"""table ip line {{
              chain arrive {{
                type nat hook prerouting priority -100;
                iifname "{CABLE}" tcp dport {{ {some} }} dnat to 127.0.0.1
              }}
            }}
            """
        )

    def faults(self, *, up: str = "", down: str = "") -> None:
        """From now on these statements judge the packets; none: all pass."""
        _judge(self.far, up)
        _judge(self.office, down)

    def counted(self) -> int:
        """How many packets met a statement with `counter` since the faults were set."""
        return count(self.far, "inet faults judge") + count(self.office, "inet faults judge")

    def tried(self) -> int:
        """How many times a connection was asked for (SYN) since the faults were set."""
        return count(self.office, "inet faults tried")

    def heal(self) -> None:
        """All packets pass."""
        self.faults()

    def pull(self) -> None:
        """The cable is pulled at Filed's side: the office sees its plug without a carrier."""
        self.far.ip("link", "set", CABLE, "down")

    def plug(self) -> None:
        """The cable is put back."""
        self.far.ip("link", "set", CABLE, "up")


def _judge(host: Host, statements: str) -> None:
    host.nft(
        f"""table inet faults {{ }}
        delete table inet faults
        table inet faults {{
          chain judge {{
            type filter hook input priority 10;
            iifname "{CABLE}" {statements or "accept"}
          }}
          chain tried {{
            type filter hook postrouting priority 0;
            oifname "{CABLE}" tcp flags & (syn | ack) == syn counter
          }}
        }}
        """
    )


def count(host: Host, chain: str) -> int:
    """How many packets a chain (family, table and name) has counted."""
    text = host.nft(f"list chain {chain}")
    return sum(int(number) for number in re.findall(r"counter packets (\d+)", text))


@contextmanager
def hosts() -> Iterator[tuple[Host, Host]]:
    """The office and Filed's host, not joined yet; gone at the end with whatever they hold."""
    number = f"filed-{os.getpid()}-{next(_numbers)}"
    both = Host(f"{number}-office"), Host(f"{number}-far")
    try:
        for host in both:
            _run("ip", "netns", "add", host.name)
            host.ip("link", "set", "lo", "up")
        yield both
    finally:
        for host in both:
            subprocess.run(["ip", "netns", "del", host.name], capture_output=True, check=False)
            shutil.rmtree(ETC / host.name, ignore_errors=True)


@contextmanager
def cable() -> Iterator[Cable]:
    """Two hosts and a cable, gone at the end with whatever they hold."""
    with hosts() as (office, far):
        plugs = ("name", CABLE, "netns", office.name, "type", "veth", "peer")
        _run("ip", "link", "add", *plugs, "name", CABLE, "netns", far.name)
        for host, address in ((office, OFFICE), (far, FAR)):
            host.ip("addr", "add", f"{address}/24", "dev", CABLE)
            # every segment a packet of its own, as on a wire
            host.ip("link", "set", CABLE, "gso_max_segs", "1", "up")
            host.sysctl("net.ipv4.conf.all.route_localnet=1")
        yield Cable(office, far)
