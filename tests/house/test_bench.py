"""The benchmark runs, and its page has a row for every target."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bench.job import Papers, most_at_once
from tests.bench.line import Line, Shape, lacking, line
from tests.bench.link import Way
from tests.bench.machine import Machine
from tests.bench.row import Row, Scale
from tests.bench.scenes import play, scenes
from tests.bench.server import Heard
from tests.bench.table import BEGIN, END, README, Report, write
from tests.bench.targets import ROWS, missing_from
from tests.bench.used import RunFailed, run


def report(*rows: Row) -> Report:
    return Report(rows, Machine(), Scale(5), 7, "python -m tests.bench", 60.0, ["no rclone"])


def test_the_page_has_a_row_for_every_target() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.index(BEGIN) < text.index(END)
    table = text[text.index(BEGIN) : text.index(END)].splitlines()
    told = [line.split("|")[1] for line in table if line.startswith("|")]
    assert [part for part in ROWS if not any(part in what for what in told)] == []


def test_the_table_is_written_between_its_marks(fresh: Path) -> None:
    page = fresh / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    row = Row("a | b", "<= 1", "0.5 x", False, "1 s; 2 s", "one call too many")
    write(report(row), page)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n`python -m tests.bench`: 20")
    assert "| a \\| b | 0.5 x | <= 1 | **no** | 1 s; 2 s | one call too many |" in text
    assert "seed 7; full size, medians of 5 interleaved runs" in text
    assert text.endswith(f"Left out: no rclone\n{END}\nafter\n")
    write(report(row), page)
    assert page.read_text() == text


def test_a_page_without_marks_is_left_alone(fresh: Path) -> None:
    page = fresh / "page.md"
    page.write_text("nothing")
    with pytest.raises(ValueError, match="lacks"):
        write(report(), page)
    assert page.read_text() == "nothing"


def test_a_target_that_no_scene_measured_is_said() -> None:
    rows = [Row(f"x {part}", "", "", True, "") for part in ROWS[1:]]
    (row,) = missing_from(rows)
    assert (row.what, row.met) == (ROWS[0], None)
    assert row.remark.startswith("No scene")


def test_a_scene_that_fails_is_a_row_and_leaves_nothing(fresh: Path) -> None:
    left: list[Path] = []

    def failing(scale: Scale, base: Path, seed: int):  # type: ignore[no-untyped-def] # a scene
        left.append(base)
        (base / "half").mkdir()
        yield Row("one", "", "", True, "")
        raise OSError("no more room")

    rows = list(play("broken", failing, Scale(), 0))
    assert [(row.what, row.met) for row in rows] == [("one", True), ("scene broken", False)]
    assert "no more room" in rows[1].remark
    assert not left[0].exists()


def test_requests_at_once_are_counted() -> None:
    spans = [(0.0, 2.0), (1.0, 3.0), (2.0, 4.0), (1.5, 1.6)]
    heard = [Heard("POST", begun, ended, 201, 0) for begun, ended in spans]
    assert most_at_once(heard) == 3  # one that ends as another begins does not count with it


def test_no_two_papers_are_alike(fresh: Path) -> None:
    papers = Papers.make(fresh / "root", 45, 100, seed=1)
    contents = {path.read_bytes() for path in papers.paths}
    assert (len(contents), {len(one) for one in contents}) == (45, {100})
    assert len(list(papers.root.iterdir())) == 3


def test_the_line_drops_what_its_queue_cannot_hold() -> None:
    packet, (source, sink) = b"p" * 1000, (0, 0)
    way = Way(source, sink, delay=0.0, mbit=8.0, queue=3000)  # a byte takes a microsecond
    for _ in range(10):
        way.queue(packet, now=0)
    assert way.dropped == 6  # three wait, one is being sent


@pytest.mark.slow
def test_a_program_is_measured_by_itself(fresh: Path) -> None:
    words = fresh / "words"
    ballast = b"x" * (120 << 20)  # of this process; its children must not inherit the figure
    used = run([sys.executable, "-I", "-S", "-c", "print('done'); sum(range(10**6))"], words)
    assert words.read_text() == "done\n"
    assert used.peak < 60 << 20 < len(ballast)
    assert 0 < used.cpu <= used.seconds + 0.1
    with pytest.raises(RunFailed, match="ended with 3"):
        run([sys.executable, "-I", "-S", "-c", "raise SystemExit(3)"], words)


@pytest.mark.slow
def test_a_program_that_does_not_end_is_ended(fresh: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RunFailed, match="ended with -9"):
        run(
            [sys.executable, "-I", "-S", "-c", "input('?') if 0 else __import__('time').sleep(60)"],
            fresh / "words",
            most=0.3,
        )
    assert time.monotonic() - began < 20


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_one_scene_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick", "--only", "large", "--seed", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "one file of 1 GiB on loopback" in done.stdout
    assert "growth" in done.stdout  # not run, and said to be left out
    assert "scene large" not in done.stdout


def test_every_scene_of_the_network_half_has_a_name() -> None:
    assert {"line", "large", "small", "bandwidth", "back-off"} <= set(scenes())


# -- the emulated line, with root only ---------------------------------------------------------


ECHO = """
import socket
with socket.create_server(("0.0.0.0", 7000)) as listener:
    print("ready", flush=True)
    while True:
        connection, _ = listener.accept()
        with connection:
            while connection.recv(1 << 16):
                pass
            connection.sendall(b"!")
"""
ASK = """
import json, socket, sys, time
began = time.monotonic()
with socket.create_connection(("10.77.0.2", 7000)) as connection:
    connected = time.monotonic() - began
    connection.sendall(bytes(int(sys.argv[1])))
    connection.shutdown(socket.SHUT_WR)
    assert connection.recv(1) == b"!"
print(json.dumps([connected, time.monotonic() - began]))
"""


def asked(made: Line, size: int) -> tuple[float, float]:
    """Seconds until connected, and until that many bytes were acknowledged."""
    command = [*made.office.prefix, sys.executable, "-I", "-S", "-c", ASK, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    connected, all_of_it = json.loads(done.stdout)
    return connected, all_of_it


@pytest.mark.system
@pytest.mark.slow
def test_the_line_has_its_delay_and_its_rate() -> None:
    reason = lacking()
    if reason:
        pytest.skip(reason)
    size = 4 << 20
    with line(Shape(one_way_ms=20, mbit=40)) as made:
        names = made.office.name, made.far.name
        command = [*made.far.prefix, sys.executable, "-I", "-S", "-c", ECHO]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as echo:
            assert echo.stdout is not None
            try:
                assert echo.stdout.readline() == b"ready\n"
                times = [asked(made, size) for _ in range(3)]
            finally:
                echo.kill()
    assert 0.038 <= min(connected for connected, _ in times) < 0.06
    assert size * 8 / 40e6 <= min(took for _, took in times) < 3
    assert made.carried["packets"] > 3 * size / 1500
    there = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert not any(name in there.stdout for name in names)


@pytest.mark.system
@pytest.mark.slow
def test_a_failure_leaves_no_hosts() -> None:
    reason = lacking()
    if reason:
        pytest.skip(reason)
    names: list[str] = []
    with pytest.raises(RuntimeError, match="on purpose"), line() as made:
        names += [made.office.name, made.far.name]
        raise RuntimeError("on purpose")
    there = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
    assert not any(name in there.stdout for name in names)
