"""The rows that the table must have: what is measured, and how far it shall get."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tests.bench.row import Row


@dataclass(frozen=True)
class Target:
    """One row of the table before anything was measured."""

    what: str
    goal: str

    def row(self, ratio: str, met: bool, figures: str, *remarks: str) -> Row:
        """The row as measured."""
        return Row(self.what, self.goal, ratio, met, figures, " ".join(filter(None, remarks)))

    def left_out(self, reason: str) -> Row:
        """The row where it could not be measured."""
        return Row(self.what, self.goal, "", None, "", reason)


SMALL_LINE = Target(
    "2,000 files of 50 KiB over the emulated line, whole job from scan to attach",
    ">= 0.9 of the line and >= 2.5 x tus-js-client with 8 at once",
)
SMALL_LINE_PLAIN = Target(
    "the same where the server offers no creation-with-upload", ">= 0.85 of the line"
)
LARGE_LINE = Target(
    "one file of 64 MiB over the line, against curl with one PATCH", ">= 0.97 of curl"
)
LARGE = Target(
    "one file of 1 GiB on loopback, against curl, SHA-256 included",
    ">= 0.85 of curl, memory under 120 MB",
)
LARGE_CPU = Target("CPU per GiB uploaded, hashing included", "<= 2.5 CPU s")
SMALL = Target("10,000 small files on loopback, whole job", "<= 3 CPU ms a file in the agent")
GROWTH = Target("growth: 10 x the documents", "CPU per document within 1.3 x")
BANDWIDTH = Target(
    "bandwidth limit while uploading", "+-10 % of the limit; a new one applies within 1 s"
)
BACK_OFF = Target(
    "back-off on 429 and back up", "fewer uploads at once under 429, as many as before afterwards"
)
NOT_RUN = "No scene of this run measured it."
# Each is part of the `what` of a row, whatever sizes stand beside it.
ROWS = (
    "files of 50 KiB over the emulated line",
    "no creation-with-upload",
    "one file of 64 MiB over the line",
    "one file of 1 GiB on loopback",
    "CPU per GiB",
    "small files on loopback",
    "growth",
    "bandwidth limit",
    "back-off on 429",
    "restart with",
    "quick sweep",
    "rescan of",
    "created at full speed",
    "close of a file to noticed",
    "idle, ",
    "memory of an idle daemon",
    "memory per 100,000 watched folders",
    "documents in the ledger",
    "status` while running",
)


def missing_from(rows: Iterable[Row]) -> list[Row]:
    """A row for every target that no scene of a run gave."""
    told = [row.what for row in rows]
    absent = [part for part in ROWS if not any(part in what for what in told)]
    return [Row(part, "", "", None, "", NOT_RUN) for part in absent]
