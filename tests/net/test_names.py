"""Names that are not found, and addresses behind them that answer nothing (E7)."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.kit.namespace import count
from tests.net.cabled import Lan, lan
from tests.net.scene import SIZES

pytestmark = [pytest.mark.system, pytest.mark.slow]

BOTH = "::1 localhost\n127.0.0.1 localhost\n"
NO_NAMES = "# nobody\n"


def lay_etc(net: Lan, hosts: str) -> Path:
    """The office's own hosts file, and a name server that is not there."""
    etc = net.cable.office.etc
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (etc / "nsswitch.conf").write_text("hosts: files dns\n")
    (etc / "gai.conf").write_text("")  # IPv6 first
    (etc / "hosts").write_text(hosts)
    return etc / "hosts"


def trouble(net: Lan) -> str:
    """What a person reads in `status`."""
    answer = json.loads(net.scene.agent.call("status", "--json").stdout)
    return json.dumps(answer["agent"]["trouble"])


def test_E07_a_name_that_is_not_found_keeps_the_queue_and_heals_by_itself(tmp_path: Path) -> None:
    with lan(tmp_path, host="localhost") as net:
        scene = net.scene
        hosts = lay_etc(net, NO_NAMES)
        scene.write()
        scene.agent.start("run")
        scene.wait_until(lambda: scene.stages() == {"ready": 5}, 20.0, "the queue")
        time.sleep(2.0)
        assert "was not found" in trouble(net)
        assert scene.stages() == {"ready": 5}
        hosts.write_text(BOTH)  # in place: the agent sees this very file
        print(f"{scene.wait_filed(20.0):.1f} s")
        scene.check(interruptions=0)


HOLE = """table ip6 hole {
  chain out {
    type filter hook output priority 10;
    ip6 daddr ::1 tcp flags & (syn | ack) == syn counter drop
  }
}
"""


def test_E07_an_ipv6_black_hole_costs_seconds_once_not_at_every_connection(tmp_path: Path) -> None:
    with lan(tmp_path, host="localhost") as net:
        scene = net.scene
        lay_etc(net, BOTH)
        net.cable.office.nft(HOLE)
        scene.write()
        scene.agent.start("run")
        scene.wait_filed(20.0)
        lost = count(net.cable.office, "ip6 hole out")
        assert 1 <= lost <= 4, "two SYN are lost before the other family is tried"
        time.sleep(6.0)  # connections that are idle are closed after 4 s
        scene.write(SIZES[:1])
        took = scene.wait_filed(10.0)
        print(f"{lost} lost at first; one more file filed after {took:.1f} s")
        assert count(net.cable.office, "ip6 hole out") == lost
        scene.check(interruptions=0)
