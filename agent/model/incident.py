"""An incident: what befell the ledger, and how it was put right; told to people for a week."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from enum import StrEnum


class Found(StrEnum):
    """What was found at a start."""

    damaged = "damaged"  # the ledger's file was broken
    lost = "lost"  # it was gone or empty
    old = "old"  # an older ledger lay there, or the last of it had gone
    evidence = "evidence"  # the ledger was sound, its evidence damaged, older or another one's


@dataclass(frozen=True, slots=True)
class Incident:
    """`at` and `backup_of` are wall clock seconds. `said` is SQLite's own word for the damage.

    `backup_of` is when the copy was made that the ledger was restored from (None: from none),
    `aside` the folder in which what was there before lies now, `rows` how many rows the evidence
    gave back, `lost_lines` how many places of the evidence could not be read, `unsound` how many
    newer copies were passed over because they were damaged as well. Where nothing proves what was
    filed since that copy, `proven` is False and the agent waits for a person.
    """

    at: float
    found: Found
    said: str = ""
    backup_of: float | None = None
    aside: str | None = None
    rows: int = 0
    lost_lines: int = 0
    unsound: int = 0
    proven: bool = True

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str | None) -> Incident | None:
        """What text() gave, also of another version; None where it cannot be understood."""
        try:
            told = json.loads(text or "")
            known = {one.name: told[one.name] for one in fields(cls) if one.name in told}
            return cls(**(known | {"found": Found(known["found"])}))
        except (ValueError, KeyError, TypeError):
            return None
