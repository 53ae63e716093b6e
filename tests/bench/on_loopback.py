"""Uploads on loopback: one file of 1 GiB beside curl, and many small ones beside tuspy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.bench.job import Papers, Went, wanted
from tests.bench.official import official_rows
from tests.bench.peers.clients import ManyFiles, node_program, tus_js, tuspy
from tests.bench.row import Row, Scale
from tests.bench.targets import GROWTH, LARGE, LARGE_CPU, SMALL
from tests.bench.trial import Trial
from tests.bench.turns import cpu, few, in_turns, large_text, peak, rate_text, seconds, span

MIB, GIB = 1 << 20, 1 << 30
MEMORY_MOST = 120e6
CURL, AGENT, TINY, FEW = "curl", "agent", "agent, one tiny file", "agent, a tenth"
Runs = dict[str, list[Went]]


def large(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """One large file: time, memory and CPU."""
    if shutil.which("curl") is None:
        for target in (LARGE, LARGE_CPU):
            yield target.left_out("curl is not installed.")
        return
    trial = Trial(base)
    papers = Papers.make(base / "large", 1, scale.of(GIB), seed)
    tiny = Papers.make(base / "tiny", 1, 1024, seed)
    all_large, all_tiny = wanted(papers), wanted(tiny)
    runs = in_turns(
        scale.runs,
        {
            CURL: lambda: trial.curl(papers.paths[0]),
            AGENT: lambda: trial.agent(papers, all_large),
            TINY: lambda: trial.agent(tiny, all_tiny),
        },
    )
    yield _speed(runs, papers.size)
    yield _cpu(runs, papers.size)
    yield from official_rows(scale, base / "official", seed)


def _speed(runs: Runs, size: int) -> Row:
    """What is compared with curl: hashing and uploading, without what every pass takes."""
    curl, agent, tiny = runs[CURL], runs[AGENT], runs[TINY]
    added = max(seconds(agent) - seconds(tiny), span(agent))
    ratio, sent = seconds(curl) / added, span(curl) / span(agent)
    figures = f"{large_text('curl', curl, size)}; {large_text('agent', agent, size)}"
    return LARGE.row(
        f"{ratio:.2f} of curl, {peak(agent) / 1e6:.0f} MB",
        ratio >= 0.85 and peak(agent) < MEMORY_MOST,
        f"{figures}; agent with one tiny file: {seconds(tiny):.2f} s",
        f"Compared is hash and upload: the agent's whole time less that of a pass with one tiny "
        f"file ({added:.2f} s). From first to last byte alone {sent:.2f} of curl; "
        f"whole {seconds(curl) / seconds(agent):.2f}.",
    )


def _cpu(runs: Runs, size: int) -> Row:
    used, start = (value * GIB / size for value in (cpu(runs[AGENT]), cpu(runs[TINY])))
    return LARGE_CPU.row(
        f"{used / 2.5:.2f} of the target",
        used <= 2.5,
        f"agent: {used:.2f} CPU s a GiB, the whole process; "
        f"curl: {cpu(runs[CURL]) * GIB / size:.2f}, without hashing",
        f"In it {start:.2f} s a GiB are start and end of the process.",
    )


def small(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """Many small files: CPU per file, and how it grows."""
    trial, count, size = Trial(base), scale.of(10_000), 20_000
    papers = {
        AGENT: Papers.make(base / "many", count, size, seed),
        FEW: Papers.make(base / "few", count // 10, size, seed + 1),
        TINY: Papers.make(base / "tiny", 1, size, seed + 2),
    }
    contenders = {name: _agent(trial, found) for name, found in papers.items()}
    program, without = node_program()
    peers = [tuspy(300, 1)]
    peers += [] if program is None else [tus_js(program, 500, 8)]
    contenders |= {peer.name: _peer(trial, peer, papers[AGENT]) for peer in peers}
    runs = in_turns(few(scale.runs), contenders)
    yield _small(runs, count, peers, without)
    yield _growth(runs, count)


def _agent(trial: Trial, papers: Papers) -> Callable[[], Went]:
    all_of_it = wanted(papers)
    return lambda: trial.agent(papers, all_of_it)


def _peer(trial: Trial, peer: ManyFiles, papers: Papers) -> Callable[[], Went]:
    return lambda: trial.many(peer, papers)


def _small(runs: Runs, count: int, peers: Sequence[ManyFiles], without: str) -> Row:
    each = 1000 * cpu(runs[AGENT]) / count
    first = peers[0]
    tuspys = 1000 * cpu(runs[first.name]) / first.count
    texts = [rate_text(AGENT, runs[AGENT], count)]
    texts += [f"upload alone, {rate_text(p.name, runs[p.name], p.count)}" for p in peers]
    return SMALL.row(
        f"{each / 3:.2f} of the target, {each / tuspys:.2f} of tuspy",
        each <= 3,
        "; ".join(texts),
        f"In the agent's figure {cpu(runs[TINY]):.2f} CPU s are start and end of the process; "
        f"medians of {len(runs[AGENT])}, as CPU and not time is judged.",
        without,
    )


def _growth(runs: Runs, count: int) -> Row:
    fixed = cpu(runs[TINY])
    many = 1000 * (cpu(runs[AGENT]) - fixed) / count
    few = 1000 * (cpu(runs[FEW]) - fixed) / (count // 10)
    return GROWTH.row(
        f"{many / few:.2f} x",
        many <= 1.3 * few,
        f"{count // 10:,} documents: {few:.2f} CPU ms each; {count:,} documents: {many:.2f}",
        f"Without the {fixed:.2f} CPU s that a pass with one file takes.",
    )
