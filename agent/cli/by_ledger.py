"""Answers made from the ledger of this account's agent, whether it runs or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from agent.words.standing import NEVER_RAN, START

if TYPE_CHECKING:
    from agent.cli.ground import Ground
    from agent.config.settings import FolderSection
    from agent.control.shapes import (
        ClientAnswer,
        DocumentAnswer,
        ExplainAnswer,
        HistoryAnswer,
        StatusAnswer,
    )
    from agent.ledger.ledger import Ledger


class NothingYet(click.ClickException):
    """No agent ever ran here, so there is nothing to read or to decide: usage, not trouble."""

    exit_code = 2


class ByLedger:
    """`ledger` is None where no agent ever ran. Questions raise Refused as the door does."""

    def __init__(self, ground: Ground, ledger: Ledger | None) -> None:
        self._ground = ground
        self._ledger = ledger

    def status(self, rows: int | None) -> StatusAnswer:
        """How it goes; of what waits up to `rows` of each kind (None: all)."""
        from agent.cli.running import agent_runs
        from agent.control.answers import never_answer, status_answer
        from agent.control.full import as_it_is
        from agent.control.health import gather
        from agent.control.note import Note
        from agent.control.waits import MOST_LISTED, what_waits
        from agent.system.clock import SystemClock

        ground, ledger = self._ground, self._ledger
        home, config = str(ground.home.folder), str(ground.config_file())
        if ledger is None:
            return never_answer(NEVER_RAN, START, home, config)
        running = agent_runs(ground.home.lock)
        now = SystemClock().now()
        note = as_it_is(Note.read(ledger.agent_note()), ground.home.folder, now)
        facts = gather(ledger, now, running=running, note=note)
        waits = what_waits(ledger, facts.away, rows or MOST_LISTED, moving=running)
        return status_answer(facts, waits, home, config)

    def documents(
        self,
        stage: str | None,
        client: str | None,
        search: str | None,
        limit: int,
        offset: int,
    ) -> list[DocumentAnswer]:
        """The documents, the newest first."""
        from agent.control.answers import document_answer
        from agent.model.document import Stage

        rows = self._there().documents(
            None if stage is None else Stage(stage),
            client=self._named(client),
            search=search,
            limit=limit,
            offset=offset,
        )
        return [document_answer(row) for row in rows]

    def clients(self) -> list[ClientAnswer]:
        """Every client."""
        from agent.control.answers import client_answer

        return [client_answer(row) for row in self._there().clients_overview()]

    def history(self, client: str | None, since: float | None, limit: int) -> list[HistoryAnswer]:
        """What happened, the newest first; `since` is wall clock."""
        from agent.control.answers import history_answer

        lines = self._there().history(limit, self._named(client), since)
        return [history_answer(line) for line in lines]

    def explain(self, path: str) -> ExplainAnswer:
        """Every decision about one path, by the configuration as it is now."""
        from agent.config.load import lines_of
        from agent.control.explain_answer import explain_answer
        from agent.control.explained import explain_path

        lines = lines_of(self._ground.config_file())
        return explain_answer(explain_path(self._folders(), self._ledger, path, lines))

    def _there(self) -> Ledger:
        if self._ledger is None:
            raise NothingYet(f"{NEVER_RAN} {START}")
        return self._ledger

    def _named(self, client: str | None) -> int | None:
        from agent.control.named import client_named

        return None if client is None else client_named(self._there(), client)

    def _folders(self) -> Sequence[FolderSection] | None:
        """The configured folders; None where the configuration cannot be used."""
        from agent.errors import ConfigProblem

        try:
            return self._ground.settings().folder
        except ConfigProblem:
            return None
