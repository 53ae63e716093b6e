"""What a person decides: try again, leave out, pause, map a folder. Each answers a sentence.

All is written into the ledger, by a running agent or beside it; who asked stands in the history.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.control.chosen import Chosen
from agent.control.located import Located, is_seen_folder, locate
from agent.control.named import client_named
from agent.control.refused import Refused
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.naming import safe_text
from agent.system.asking_paths import within
from agent.words.show import counted, moment_text, path_text

if TYPE_CHECKING:
    from agent.ledger.ledger import Ledger
    from agent.model.overview import Retried

NOTHING_SAID = "Say what: a document's number, a path, a client, or everything."


class Wishes:
    """The decisions of one person; `who` is their account's name."""

    def __init__(self, ledger: Ledger, who: str) -> None:
        self._ledger = ledger
        self._who = who

    def retry(
        self, what: Sequence[str] = (), client: str | None = None, *, everything: bool = False
    ) -> str:
        """Send documents (by number), files and folders (by path), a client, or everything on
        their way again. Raises Refused for what is not there."""
        if everything:
            return _retried(self._ledger.retry_all(self._who))
        if not what and client is None:
            raise Refused(NOTHING_SAID)
        chosen = Chosen(self._ledger)
        for one in what:
            chosen.add(one)
        if client is not None:
            chosen.add_client(client_named(self._ledger, client))
        done = self._ledger.retry(
            documents=chosen.documents, clients=chosen.clients, files=chosen.files, who=self._who
        )
        return _retried(done)

    def accept_root(self, path: str, *, runs: bool) -> str:
        """Forget what a watched folder looked like: what stands there when the agent next looks is
        accepted; one that `runs` does so by itself. Raises Refused for what is no watched one."""
        ledger = self._ledger
        place = locate(ledger, path)
        if place is None or place.below:
            known = ", ".join(path_text(root.path) for root in ledger.roots())
            raise Refused(f"{safe_text(path)} is no watched folder; watched are {known}.")
        with ledger.write() as writing:
            writing.save_root(replace(place.root, identity=None))
        when = "within a moment" if runs else "at the next start"
        return f"The agent accepts what stands at {path_text(place.path)} {when}."

    def ignore(self, path: str, why: str = "") -> str:
        """Leave a file out until it is taken in again. Raises Refused for what is no file."""
        place = placed(self._ledger, path)
        shown = path_text(place.path)
        try:
            self._ledger.ignore(place.root.path, place.below, self._who, why)
        except KeyError:
            raise Refused(self._not_ignored(place)) from None
        file = place.file
        if file is not None and file.document_id is not None:
            stage = self._ledger.document(file.document_id).stage
            if stage in (Stage.attaching, Stage.ingesting, Stage.filed):
                return f"{shown} is left out from now on; its document is at Filed already."
        return f"{shown} is left out from now on."

    def _not_ignored(self, place: Located) -> str:
        shown, away = path_text(place.path), place.root.unavailable is not None
        if is_seen_folder(self._ledger, place) or (not away and _is_folder(place.path)):
            return (
                f"{shown} is a folder, and only files can be left out. "
                "Name its files, or move the folder out of the watched one."
            )
        return f"The agent has not seen {shown} yet. Leave it out after the next scan."

    def take_in(self, path: str) -> str:
        """Take in again what was left out. Raises Refused for what was not."""
        place = placed(self._ledger, path)
        try:
            self._ledger.unignore(place.root.path, place.below, self._who)
        except KeyError:
            raise Refused(f"{safe_text(path)} is not left out.") from None
        return f"{path_text(place.path)} is taken in again."

    def pause(self, until: float, now: float) -> str:
        """Send nothing until then (wall clock; infinite: until resumed). Raises Refused."""
        if not until > now:
            raise Refused("That time is over already.")
        self._ledger.pause(until, self._who)
        if math.isinf(until):
            return "Paused. Nothing is sent until `filed-agent resume`."
        return f"Paused until {moment_text(until, now)}. Nothing is sent before."

    def resume(self) -> str:
        """End a pause."""
        paused = self._ledger.paused_until() is not None
        self._ledger.resume(self._who)
        return "Sending goes on." if paused else "It was not paused."

    def map_folder(self, path: str, client: str) -> str:
        """Let a folder stand for a client, whatever else says so. Raises Refused."""
        place = placed(self._ledger, path)
        number = client_named(self._ledger, client)
        try:
            self._ledger.confirm_folder(place.root.path, place.below, number, self._who)
        except KeyError:
            raise Refused(
                f"{path_text(place.path)} stands for no client yet, so there is nothing to map. "
                "Only a folder in which the agent found a client's files can be mapped."
            ) from None
        files = self._ledger.files_below(place.root.id, place.below)
        held = [file.id for file in files if file.state is FileState.held]
        self._ledger.retry(clients=[number], files=held, who=self._who)
        name = safe_text(self._ledger.client(number).name)
        return f"{path_text(place.path)} stands for {name} from now on."


def placed(ledger: Ledger, path: str) -> Located:
    """Where a path stands. Raises Refused outside of the watched folders."""
    place = locate(ledger, path)
    if place is None:
        raise Refused(f"{safe_text(path)} lies in no watched folder.")
    return place


def _is_folder(path: bytes) -> bool:
    try:
        return within(os.fsdecode(path), lambda: os.path.isdir(path))
    except TimeoutError:
        return False


def _retried(done: Retried) -> str:
    parts = [
        counted(number, noun)
        for number, noun in (
            (done.documents, "document"),
            (done.clients, "client"),
            (done.files, "file"),
        )
        if number
    ]
    if not parts:
        return "Nothing of it failed or is held, so there is nothing to try again."
    return f"To be tried again: {', '.join(parts)}."
