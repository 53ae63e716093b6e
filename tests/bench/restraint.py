"""Restraint: the limit on bandwidth, and what a server gets that asks for patience."""

from __future__ import annotations

import math
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.config.settings import UploadSection
from tests.bench.job import Job, Papers, most_at_once
from tests.bench.row import Row, Scale
from tests.bench.server import Heard, Server
from tests.bench.targets import BACK_OFF, BANDWIDTH
from tests.bench.trial import Trial
from tests.bench.turns import few
from tests.bench.used import stop

MB = 1_000_000
LIMITS = (4 * MB, 8 * MB, 4 * MB)  # bytes a second, one after the other
CHANGE, STEADY = 1.0, 3.0  # seconds that a change may take, and at each limit from then on
LOOK, OVER = 0.02, 0.3  # seconds between two looks, and over which a rate is taken
BEGIN_MOST = 30.0

PATIENT = 10  # requests a second; over it 429
FREE, LIMITED, AFTER = 4.0, 4.0, 9.0  # seconds before, under and after the limit
CLIMB, JUDGED = 1.0, 3.0  # seconds not counted at the begin of the first two; the last of all
ROUND_TRIP = "POST: wait 0.04 s"


@dataclass
class Rates:
    """Bytes that a server has received, looked at again and again."""

    server: Server
    samples: list[tuple[float, int]] = field(default_factory=list)

    def begin(self) -> float:
        """Wait for the first byte. Raises TimeoutError."""
        end = time.monotonic() + BEGIN_MOST
        while not self._look():
            if time.monotonic() > end:
                raise TimeoutError("the agent sent nothing")
        return time.monotonic()

    def watch(self, seconds: float) -> None:
        """Look for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._look()

    def rate(self, begin: float, end: float) -> float:
        """Bytes a second between two instants; nan where nobody looked twice."""
        within = [one for one in self.samples if begin <= one[0] <= end]
        if len(within) < 2:
            return math.nan
        (first, before), (last, after) = within[0], within[-1]
        return (after - before) / (last - first)

    def applied(self, changed: float, limit: int) -> float:
        """Seconds after a change until the rate is within a tenth of the limit; inf if never."""
        for instant, _ in self.samples:
            late = instant - changed
            judged = late >= 0 and instant + OVER <= self.samples[-1][0]
            if judged and abs(self.rate(instant, instant + OVER) / limit - 1) <= 0.1:
                return late
        return math.inf

    def _look(self) -> int:
        time.sleep(LOOK)
        carried = int(self.server.text("carried"))
        self.samples.append((time.monotonic(), carried))
        return carried


def bandwidth(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """A limit, another one while it uploads, and the first one again."""
    key = next((name for name in UploadSection.model_fields if "bandwidth" in name), None)
    if key is None:
        yield BANDWIDTH.left_out("The configuration has no such key.")
        return
    papers = Papers.make(base / "files", 40, 4 * MB, seed)
    steady = STEADY / 2 if scale.quick else STEADY
    runs = [_limited(Trial(base / str(run)), papers, key, steady) for run in range(few(scale.runs))]
    off = statistics.median(max(abs(share - 1) for share in shares) for shares, _ in runs)
    late = statistics.median(seconds for _, seconds in runs)
    medians = [statistics.median(run[0][at] for run in runs) for at in range(len(LIMITS))]
    told = ", ".join(f"{limit / MB:g}" for limit in LIMITS)
    yield BANDWIDTH.row(
        f"{100 * off:.1f} % off, applied after {late:.2f} s",
        off <= 0.1 and late <= 1.0,
        f"limit {told} MB/s: {', '.join(f'{one:.3f}' for one in medians)} of it over "
        f"{steady:g} s each; files of {papers.size / MB:g} MB, `run` on loopback",
        "Off: the farthest of the three. Applied: from the change of the configuration until the "
        "rate is within a tenth of the new limit, the later of two. Medians of "
        f"{len(runs)} passes.",
    )


def _limited(trial: Trial, papers: Papers, key: str, steady: float) -> tuple[list[float], float]:
    """Rate over limit at each of them, and the longest time that a change took."""
    shares: list[float] = []
    late: list[float] = []
    with trial.place() as (server, _):
        jobs = [_with_limit(trial, papers, server, key, limit) for limit in LIMITS]
        rates = Rates(server)
        with _running(jobs[0], "run"):
            changed = rates.begin()
            for job, limit in zip(jobs, LIMITS, strict=True):
                if shares:
                    job.command("run")  # writes the configuration
                    changed = time.monotonic()
                rates.watch(CHANGE + steady)
                late.append(rates.applied(changed, limit))
                settled = changed + CHANGE
                shares.append(rates.rate(settled, settled + steady) / limit)
    return shares, max(late[1:])


def _with_limit(trial: Trial, papers: Papers, server: Server, key: str, limit: int) -> Job:
    more = f'\n[upload]\n{key} = "{8 * limit / MB:g} Mbit/s"\n'
    return Job(trial.base / "limited", papers, server, more=more)


@contextmanager
def _running(job: Job, verb: str) -> Iterator[None]:
    """The agent in the background, ended afterwards."""
    command = job.command(verb)
    with (job.base / "words.txt").open("ab") as words:
        process = subprocess.Popen(
            command, env=job.env, stdin=subprocess.DEVNULL, stdout=words, stderr=words
        )
    try:
        yield
    finally:
        stop(process)


@dataclass(frozen=True)
class Phase:
    """How a server was asked for a while."""

    at_once: int
    carried: float  # requests a second that were let in
    refused: float  # and those that met 429

    @classmethod
    def of(cls, heard: Sequence[Heard], begin: float, end: float) -> Phase:
        """The requests that began between two instants of the server's clock."""
        within = [one for one in heard if begin <= one.begun < end and one.method == "POST"]
        refused = sum(one.status == 429 for one in within)
        seconds = max(end - begin, 0.001)
        carried = (len(within) - refused) / seconds
        return cls(most_at_once(within), carried, refused / seconds)


def back_off(scale: Scale, base: Path, seed: int) -> Iterator[Row]:
    """Free, then ten requests a second, then free again, all in one pass."""
    share = 0.5 if scale.quick else 1.0
    papers = Papers.make(base / "files", 8000, 1000, seed)
    runs = [_patient(Trial(base / str(run)), papers, share) for run in range(few(scale.runs))]
    before, under, after = (_middle([run[at] for run in runs]) for at in range(3))
    yield BACK_OFF.row(
        f"{under.at_once / max(1, before.at_once):.2f} x as many at once under the limit, "
        f"{after.carried / max(1.0, before.carried):.2f} x the speed afterwards",
        under.at_once < before.at_once
        and under.refused <= PATIENT
        and after.carried >= 0.8 * before.carried,
        f"at once {before.at_once}, {under.at_once}, {after.at_once}; let in a second "
        f"{before.carried:.0f}, {under.carried:.1f}, {after.carried:.0f}; under the limit of "
        f"{PATIENT} requests a second {under.refused:.1f} a second met 429",
        f"Uploads of 1 kB that take 40 ms each; {FREE * share:g} s free, "
        f"{LIMITED * share:g} s limited, {AFTER * share:g} s free and judged by the last "
        f"{JUDGED * share:g}; medians of {len(runs)} passes.",
    )


def _patient(trial: Trial, papers: Papers, share: float) -> tuple[Phase, Phase, Phase]:
    with trial.place() as (server, _):
        server.ask("aim", fault=ROUND_TRIP)
        with _running(Job(trial.base / "patient", papers, server), "sync"):
            Rates(server).begin()
            time.sleep(FREE * share)
            server.ask("switch", rate_limit=PATIENT)
            limited = time.time()
            time.sleep(LIMITED * share)
            server.ask("switch", rate_limit=None)
            lifted = time.time()
            time.sleep(AFTER * share)
            heard = server.heard()
    begun = min(one.begun for one in heard if one.method == "POST")
    last = max(one.begun for one in heard)
    return (
        Phase.of(heard, begun + CLIMB * share, limited),
        Phase.of(heard, limited + CLIMB * share, lifted),
        Phase.of(heard, last - JUDGED * share, last),
    )


def _middle(phases: Sequence[Phase]) -> Phase:
    """The medians."""
    return Phase(
        round(statistics.median(one.at_once for one in phases)),
        statistics.median(one.carried for one in phases),
        statistics.median(one.refused for one in phases),
    )
