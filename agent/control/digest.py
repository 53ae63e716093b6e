"""The digest: how many documents were filed, told once a day or after each burst. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from agent.control.health import Facts, verdict
from agent.model.document import Stage
from agent.model.workdays import next_time
from agent.words.notices import Told, filed

OFF = "off"
AFTER_BURST = "after-burst"
CALM = 600.0  # seconds without a document filed after which a burst is over


@dataclass(slots=True)
class Digest:
    """Counts since the last one: `filed` documents were filed at `since` (wall clock seconds).

    `when` is a time of day ("17:00"), AFTER_BURST or OFF.
    """

    when: str
    filed: int
    since: float
    _seen: int = -1
    _grew_at: float = 0.0

    def look(self, facts: Facts) -> None:
        """Notice what was filed, and put right what a restored ledger or a set clock upset."""
        number = facts.counts.documents[Stage.filed]
        if number < self.filed or facts.now < self.since:
            self._begin(number, facts.now)
        if number != self._seen or facts.now < self._grew_at:
            self._seen, self._grew_at = number, facts.now

    def due(self, facts: Facts) -> bool:
        """Whether its time has come."""
        if self.when == OFF:
            return False
        if self.when == AFTER_BURST:
            return self._seen > self.filed and facts.now - self._grew_at >= CALM
        return facts.now >= next_time(self.since, self.when)

    def tell(self, facts: Facts) -> Told | None:
        """The digest, and begin anew; None where nothing was filed."""
        number, since = self._seen - self.filed, self.since
        self._begin(self._seen, facts.now)
        if number <= 0:
            return None
        needing = facts.needing + len(facts.away)
        return filed(number, since, facts.now, needing, _trouble(facts))

    def _begin(self, filed_now: int, now: float) -> None:
        self.filed, self.since = filed_now, now


def _trouble(facts: Facts) -> str:
    """The sentence on top, unless it says that all is well; also while a person has to decide
    what a lost ledger cannot prove."""
    told = verdict(facts)
    unproven = facts.incident is not None and not facts.incident.proven
    waits = unproven and facts.paused_until is not None
    return told.sentence if waits or told.exit_code else ""
