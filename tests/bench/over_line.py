"""Uploads over the emulated line: 2,000 small files, and one of 64 MiB."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.job import Papers, Went, wanted
from tests.bench.line import Shape, lacking
from tests.bench.peers.clients import ManyFiles, node_program, tus_js, tuspy
from tests.bench.row import Row, Scale
from tests.bench.targets import LARGE_LINE, SMALL_LINE, SMALL_LINE_PLAIN
from tests.bench.trial import Trial
from tests.bench.turns import cpu, in_turns, large_text, peak, rate_text, seconds, span

KIB, MIB = 1 << 10, 1 << 20
SMALL = 50 * KIB
CURL, AGENT, PLAIN, LARGE = "curl", "agent", "agent, no creation-with-upload", "agent, large"
RIVALS = 160  # files, that is twenty rounds of eight
RIVAL = "tus-js-client, 8 at once"
ONCE = "tuspy and tus-js-client one at a time: one run each."
Runs = dict[str, list[Went]]


@dataclass(frozen=True)
class Scene:
    """The files, the peers, and what was measured of them."""

    files: Papers
    large: Papers
    peers: Sequence[ManyFiles]
    runs: Runs

    @property
    def line(self) -> float:
        """Bytes per second of payload that the line carries: what curl reaches."""
        return self.large.size / span(self.runs[CURL])


def rows(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """The three rows of the line."""
    reason = lacking() or ("" if shutil.which("curl") else "curl is not installed.")
    if reason:
        for target in (SMALL_LINE, SMALL_LINE_PLAIN, LARGE_LINE):
            yield target.left_out(reason)
        return
    program, without = node_program()
    files = Papers.make(base / "many", scale.of(2000), SMALL, seed)
    large = Papers.make(base / "large", 1, scale.of(64 * MIB), seed)
    scene = _measured(scale, base, files, large, program)
    yield _small(scene, without)
    yield _plain(scene)
    yield _large(scene)


def _peers(program: str | None) -> list[ManyFiles]:
    """Those that the agent is compared with, with as many files as show their rate."""
    if program is None:
        return []
    return [tus_js(program, RIVALS, 8), tus_js(program, RIVALS, 8, with_upload=True)]


def _slow(program: str | None) -> list[ManyFiles]:
    """Those that are far behind: they run once."""
    return [tuspy(40, 8), tuspy(8, 1)] + ([] if program is None else [tus_js(program, 20, 1)])


def _measured(scale: Scale, base: Path, files: Papers, large: Papers, program: str | None) -> Scene:
    trial = Trial(base, lined=True)
    all_files, one_file = wanted(files), wanted(large)
    contenders: dict[str, Callable[[], Went]] = {
        CURL: lambda: trial.curl(large.paths[0]),
        LARGE: lambda: trial.agent(large, one_file),
        AGENT: lambda: trial.agent(files, all_files),
        PLAIN: lambda: trial.agent(files, all_files, creation_with_upload=False),
    }
    peers, slow = _peers(program), _slow(program)
    contenders |= {peer.name: _turn(trial, peer, files) for peer in peers}
    runs = in_turns(scale.runs, contenders)
    runs |= in_turns(1, {peer.name: _turn(trial, peer, files) for peer in slow})
    return Scene(files, large, [*peers, *slow], runs)


def _turn(trial: Trial, peer: ManyFiles, files: Papers) -> Callable[[], Went]:
    return lambda: trial.many(peer, files)


def _small(scene: Scene, without: str) -> Row:
    runs, count = scene.runs[AGENT], scene.files.count
    rate, line = count / seconds(runs), scene.line / SMALL
    texts = [rate_text(AGENT, runs, count)]
    texts += [rate_text(peer.name, scene.runs[peer.name], peer.count) for peer in scene.peers]
    ratio = f"{rate / line:.2f} of the line"
    met = rate >= 0.9 * line
    if RIVAL in scene.runs:
        # from first request to last answer, in the peer's favour: its start does not count
        rival = next(peer.count for peer in scene.peers if peer.name == RIVAL)
        ahead = rate / (rival / span(scene.runs[RIVAL]))
        ratio += f", {ahead:.2f} x tus-js-client with 8 at once"
        met = met and ahead >= 2.5
    figures = f"line ({Shape()}) by curl: {line:.1f} files/s; " + "; ".join(texts)
    return SMALL_LINE.row(ratio, met, figures, _flight(runs), _lost(scene, runs), ONCE, without)


def _plain(scene: Scene) -> Row:
    runs, count = scene.runs[PLAIN], scene.files.count
    rate, line = count / seconds(runs), scene.line / SMALL
    return SMALL_LINE_PLAIN.row(
        f"{rate / line:.2f} of the line",
        rate >= 0.85 * line,
        rate_text("agent", runs, count),
        _flight(runs),
        _lost(scene, runs),
    )


def _flight(runs: Sequence[Went]) -> str:
    return f"At most {max(one.in_flight for one in runs)} requests at once."


def _lost(scene: Scene, runs: Sequence[Went]) -> str:
    """Where the time goes that the line would not need."""
    ideal = scene.files.count * SMALL / scene.line
    before = statistics.median(one.before for one in runs)
    after = statistics.median(one.after for one in runs)
    return (
        f"The line alone needs {ideal:.2f} s; {before:.2f} s lie before the first request (start, "
        f"scan, settling), {span(runs) - ideal:.2f} s until the last answer, {after:.2f} s "
        f"after it (attach, task, end)."
    )


def _large(scene: Scene) -> Row:
    size, curl, agent = scene.large.size, scene.runs[CURL], scene.runs[LARGE]
    within, whole = span(curl) / span(agent), seconds(curl) / seconds(agent)
    return LARGE_LINE.row(
        f"{within:.3f} of curl from first to last byte, {whole:.2f} whole",
        within >= 0.97,
        f"{large_text('curl', curl, size)}; {large_text('agent', agent, size)}",
        f"The agent's whole time holds start, settling, hashing, attach and task; "
        f"CPU {cpu(agent):.2f} s, peak {peak(agent) >> 20} MiB.",
    )
