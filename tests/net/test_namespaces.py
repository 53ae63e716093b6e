"""The same agent where packets are lost, not bytes: a real TCP connection over a real link."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agent.sandbox.fault_text import parse_fault
from tests.kit.depth import depth
from tests.net.cabled import Lan, TrueOfficeAgent, lan
from tests.net.scene import CLIENTS, SIZES, side_by_side

pytestmark = [pytest.mark.system, pytest.mark.slow]

BACK_SECONDS = 25.0
HOLE_SECONDS = depth("HOLE_SECONDS", 600, 600)
LOSS = "numgen random mod 100 < 20 counter drop"


def under_way(net: Lan) -> None:
    """Files are on their way, and more come."""
    net.scene.write()
    net.scene.agent.start("run")
    net.scene.wait_requests(2, "POST", "PATCH")
    net.scene.write()


def at_the_end(net: Lan, name: str, packets: int) -> None:
    """The fault did strike, and then it ends: all is filed, once."""
    assert packets, f"{name}: the fault met no packet"
    net.cable.heal()
    took = net.scene.wait_filed(BACK_SECONDS)
    print(f"{name}: {packets} packets; all filed {took:.1f} s after it")
    net.scene.check(interruptions=8)


def rules(name: str, seconds: float, *, up: str = "", down: str = "") -> Callable[[Path], None]:
    def scene(base: Path) -> None:
        with lan(base) as net:
            under_way(net)
            net.cable.faults(up=up, down=down)
            time.sleep(seconds)
            at_the_end(net, name, net.cable.counted())

    return scene


def pulled(base: Path) -> None:
    with lan(base) as net:
        under_way(net)
        net.cable.pull()
        time.sleep(2.0)
        net.cable.plug()
        at_the_end(net, "cable pulled for 2 s", 1)


PACKETS = {
    "loss": rules("a fifth lost", 5.0, up=LOSS, down=LOSS),
    "reset": rules("resets", 4.0, up="tcp flags & syn == 0 counter reject with tcp reset"),
    "refused": rules("refused", 4.0, up="counter reject with tcp reset"),
    "unreachable": rules("unreachable", 4.0, up="counter reject with icmp type host-unreachable"),
    "replies lost": rules("replies lost", 5.0, down="counter drop"),
    "requests lost": rules("requests lost", 5.0, up="counter drop"),
    "black hole": rules("black hole", 8.0, up="counter drop", down="counter drop"),
    "stall": rules("a stall after 300 kB", 5.0, up="quota over 300 kbytes counter drop"),
    "pulled": pulled,
}


@pytest.mark.parametrize(
    "names", [list(PACKETS)[:5], list(PACKETS)[5:]], ids=["first_half", "second_half"]
)
def test_R16_R24_packets_are_lost_and_nothing_else(tmp_path: Path, names: list[str]) -> None:
    side_by_side(
        {name: partial(PACKETS[name], tmp_path / name.replace(" ", "-")) for name in names}
    )


@pytest.mark.torture
@pytest.mark.timeout(1_500)
def test_E07_a_cable_pulled_for_minutes_ends_in_a_resume_without_a_restart(tmp_path: Path) -> None:
    """True time limits: a SYN is waited for 10 s, a reply 60 s, the gate looks once a minute."""
    with lan(tmp_path, kind=TrueOfficeAgent) as net:
        under_way(net)
        net.cable.pull()
        time.sleep(HOLE_SECONDS)
        tried = net.cable.tried()
        net.cable.plug()
        took = net.scene.wait_filed(60.0 + 60.0 + 60.0)
        print(f"{HOLE_SECONDS} s: {tried} SYN, all filed {took:.1f} s after it")
        net.scene.check(interruptions=8)


def mutation_lost(base: Path, mutation: str) -> None:
    """Filed has the mutation and thinks about it for a second; then its replies are lost."""
    with lan(base) as net:
        scene = net.scene
        scene.sandbox.aim(parse_fault(f"{mutation} 1: wait 1 s"))
        scene.write(SIZES[:3], CLIENTS[0])  # each client would have a call of its own
        scene.agent.start("run")
        scene.wait_requests(1, mutation)
        net.cable.faults(down="counter drop")
        time.sleep(5.0)
        assert scene.requests(mutation) == 1
        at_the_end(net, f"{mutation}, answer lost", net.cable.counted())


def late_delivery(base: Path) -> None:
    """Met by the stall above: the segments of a request that the agent had given up were sent
    again once the line was back, after its read-back; Filed then had the client twice."""
    with lan(base) as net:
        scene = net.scene
        scene.sandbox.aim(parse_fault("POST 1: wait 1 s"))
        scene.write(SIZES[:1])
        scene.agent.start("run")
        scene.wait_requests(1, "POST")
        graph = urlsplit(scene.sandbox.graphql_url).port
        net.cable.faults(up=f"tcp dport {graph} counter drop")
        scene.wait_until(lambda: net.cable.counted() > 0, 20.0, "createClient on the wire")
        # again after 0.2, 0.6, 1.4, 3 and 6.2 s; given up after 2.5 s, read back after 3.5 s
        time.sleep(3.2)
        assert scene.requests("CreateClient") == 0
        at_the_end(net, "CreateClient, not sent", net.cable.counted())
        time.sleep(4.0)
        scene.check(interruptions=8)


def test_R16_a_mutation_lost_on_the_wire_is_read_back_not_repeated(tmp_path: Path) -> None:
    side_by_side(
        {
            "its answer, of createClient": lambda: mutation_lost(tmp_path / "one", "CreateClient"),
            "its answer, of the papers": lambda: mutation_lost(
                tmp_path / "two", "AddClientDocuments"
            ),
            "itself, and then delivered late": lambda: late_delivery(tmp_path / "three"),
        }
    )
