"""Networks that let nothing through but say so: login pages, proxies; and days without any (E7)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from agent.engine.gate import OFFLINE_MOST
from agent.errors import FiledUnreachable
from agent.model.document import Stage
from agent.sandbox.server import Sandbox
from tests.engine.kit import Office
from tests.filed.scripted import Scripted, Turn, hang_up, page, raw, stall
from tests.net.scene import SIZES, SWITCHES, Scene, against, side_by_side

DAY = 86_400.0
EFFECTS = ("workspace", "list_clients", "create", "offset", "send", "tasks", "add_documents")


def trouble(scene: Scene) -> str:
    """What a person reads in `status` of why Filed is not asked just now."""
    answer = json.loads(scene.agent.call("status", "--json").stdout)
    return json.dumps(answer["agent"]["trouble"])


@contextmanager
def papers(base: Path) -> Iterator[Scene]:
    with Sandbox(base / "filed", SWITCHES) as sandbox, against(sandbox, base) as scene:
        yield scene


def portal(base: Path, *, signed_in: bool) -> None:
    with papers(base) as scene:
        if signed_in:
            scene.write(SIZES[:2])
            scene.agent.start("run")
            scene.wait_filed(30.0)
        before = scene.stages()
        scene.sandbox.aim("*: answer html")
        scene.write()
        if not signed_in:
            scene.agent.start("run")
        new = sum(before.values()) + len(SIZES)
        scene.wait_until(lambda: sum(scene.stages().values()) == new, 20.0, "the queue")
        time.sleep(3.0)
        assert scene.stages().get("filed", 0) == before.get("filed", 0)
        assert "asks for a login" in trouble(scene)
        scene.sandbox.clear_faults()
        scene.wait_filed(20.0)
        scene.check(interruptions=2)


@pytest.mark.slow
def test_R17_E07_a_captive_portal_marks_nothing_done_and_is_told(tmp_path: Path) -> None:
    side_by_side(
        {
            "at sign-in": lambda: portal(tmp_path / "new", signed_in=False),
            "at work": lambda: portal(tmp_path / "old", signed_in=True),
        }
    )


CLOSED = {
    "407": raw(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
    "page": page(407),
    "hang up": hang_up,
    "silence": stall,
}


def closed_proxy(base: Path, refusal: Turn) -> None:
    with papers(base) as scene, Scripted(refusal) as proxy:
        agent, urls = scene.agent, (scene.agent.graphql_url, scene.agent.upload_url)
        agent.graphql_url = "https://router.example/graphql"
        agent.upload_url = "https://web.example/api/uploads"
        agent.extra_env |= {"https_proxy": f"http://127.0.0.1:{proxy.port}", "no_proxy": ""}
        scene.write()
        agent.start("run")
        queue = {"ready": len(SIZES)}
        scene.wait_until(lambda: scene.stages() == queue, 20.0, "the queue")
        scene.wait_until(lambda: proxy.connections > 0, 20.0, "an attempt")
        time.sleep(3.0)
        assert "router.example" in trouble(scene)
        assert scene.stages() == queue
        assert proxy.connections <= 10
        assert {asked.method for asked in proxy.asked} == {"CONNECT"}
        assert not any("authorization" in asked.headers for asked in proxy.asked)
        agent.kill()
        agent.graphql_url, agent.upload_url = urls
        agent.start("run")
        scene.wait_filed(20.0)
        scene.check(interruptions=0)


@pytest.mark.slow
def test_E07_a_proxy_that_refuses_keeps_the_queue_and_is_not_stormed(tmp_path: Path) -> None:
    jobs = {
        name: partial(closed_proxy, tmp_path / name.replace(" ", "-"), refusal)
        for name, refusal in CLOSED.items()
    }
    side_by_side(jobs)


def offline_for(office: Office, seconds: float) -> None:
    """Everyone who asks Filed tries whenever he wants to, for so long."""
    workers = [worker for worker in office.engine.workers if worker is not office.look]
    end = office.clock.steady() + seconds
    while office.clock.steady() < end:
        waits = [office.step(worker) for worker in workers]
        office.clock.advance(max(0.05, min(waits)))


def test_E07_three_days_offline_keep_the_queue_and_end_within_a_minute() -> None:
    with Office(parallel=4) as office:
        paths = [b"Ash/%d.bin" % number for number in range(6)]
        for path in paths:
            office.arrive(path, path * 40)
        office.filed.always = dict.fromkeys(EFFECTS, FiledUnreachable("no network"))
        office.clock.wall_shift = 40 * DAY  # its battery was empty: the clock is wrong as well
        office.filed.calls.clear()
        offline_for(office, 3 * DAY)
        asked = len(office.filed.calls)
        print(f"asked {asked} times in three days")
        assert 3 * DAY / OFFLINE_MOST - 1 <= asked <= 2 * 3 * DAY / OFFLINE_MOST + 20
        assert office.stages() == {Stage.ready: len(paths)}
        office.clock.wall_shift = 0.0
        office.filed.always = {}
        office.live(OFFLINE_MOST + 60.0)
        assert office.stages() == {Stage.filed: len(paths)}
        assert len(office.binder()) == len(set(office.binder())) == len(paths)
