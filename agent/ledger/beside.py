"""What lies beside a ledger's file: its evidence, its copies, and what was set aside."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_ENDS = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Beside:
    """The places that belong to the ledger at `ledger`; agent.system.places names the same."""

    ledger: Path

    @property
    def evidence(self) -> Path:
        """The second memory (evidence.py), in a folder of its own."""
        return self.ledger.parent / "evidence" / "evidence.jsonl"

    @property
    def backups(self) -> Path:
        """The folder of the daily copies (backups.py)."""
        return self.ledger.parent / "backups"

    @property
    def aside(self) -> Path:
        """The folder under which damaged files are kept, each time under a dated name."""
        return self.ledger.parent / "set-aside"

    @property
    def story(self) -> Path:
        """What a restoration that is under way has found (incident.py), should it be killed."""
        return self.evidence.with_name("restoring.json")

    @property
    def suspect(self) -> Path:
        """Stands there when damage was met while the agent ran: the next start looks closer."""
        return self.evidence.with_name("damage-was-met")

    @property
    def end(self) -> Path:
        """What lay here at the agent's last clean end (clean_end.py)."""
        return self.evidence.with_name("clean-end.json")

    @property
    def restored(self) -> Path:
        """A copy on its way back to its place."""
        return self.ledger.with_name(self.ledger.name + ".restored")

    @property
    def parts(self) -> tuple[Path, ...]:
        """The ledger's file and all that SQLite keeps beside it; they belong together."""
        return tuple(self.ledger.with_name(self.ledger.name + end) for end in _ENDS)

    @property
    def empty(self) -> bool:
        """Whether the ledger's file is gone or has no content."""
        try:
            return self.ledger.stat().st_size == 0
        except (FileNotFoundError, NotADirectoryError):
            return True

    @property
    def remembers(self) -> bool:
        """Whether there was a ledger here before: something of it is left.

        A rollback journal tells nothing: SQLite keeps one only until the log is in use, so it
        stands beside an empty file where the disk failed at the very first start.
        """
        _, wal, shm, _ = self.parts
        left = (self.evidence, self.story, wal, shm)
        return any(path.exists() for path in left) or any(self.backups.glob("*.sqlite3"))
