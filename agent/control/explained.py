"""Every decision about one path, gathered from the configuration, the disk and the ledger."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from agent.config.lines import Key
from agent.control.decisions import (
    Decision,
    client_decision,
    document_decisions,
    file_decision,
    name_origin,
    origin_of,
    pause_decision,
    rule_decisions,
)
from agent.control.located import Located, absolute, below_root, is_seen_folder, locate
from agent.model.client import Client, ClientState, Place
from agent.model.document import Document, Stage
from agent.model.file import File, FileState
from agent.model.ignoring import Ignoring
from agent.model.naming import Layout
from agent.model.overview import HistoryLine
from agent.model.reasons import Reason
from agent.model.root import Root
from agent.system.asking_paths import real_path, within
from agent.words.catalogue import FILE_STATES, REASONS, STAGES, words_for
from agent.words.origins import BUILT_IN, Origin

if TYPE_CHECKING:
    from agent.config.settings import FolderSection
    from agent.ledger.ledger import Ledger

NO_ANSWER = "not looked at: its folder does not answer"
NOT_LOOKED_AT = "not looked at: its folder is unavailable"
NO_LINES: Mapping[Key, int] = MappingProxyType({})
_KEYS = ("path", "layout", "external_id", "tax_year", "return_type", "create_clients", "ignore")


@dataclass(frozen=True, slots=True)
class Rule:
    """What the configuration says of the watched folder around a path."""

    root: bytes
    layout: str
    create_clients: bool
    place: Place | Reason
    name_rule: str | None
    folder_rule: str | None
    name_told: str  # what the file's name decides; empty for a folder
    origins: Mapping[str, Origin]  # by key of [[folder]], and of name_rule and folder_rule


@dataclass(frozen=True, slots=True)
class Explained:
    """All there is to say about a path; `on_disk` as in shapes.ExplainAnswer."""

    path: bytes
    on_disk: str
    rule: Rule | None
    root: Root | None
    file: File | None
    client: Client | None
    document: Document | None
    others: tuple[bytes, ...]
    history: tuple[HistoryLine, ...]
    config_problem: bool = False
    decisions: tuple[Decision, ...] = ()

    @property
    def verdict(self) -> tuple[str, str]:
        """What holds for it in a sentence, and the next step (empty: nothing to do)."""
        if self.file is not None and self.file.state is not FileState.missing:
            return self._of_file(self.file)
        return self._of_unseen()

    def _of_file(self, file: File) -> tuple[str, str]:
        if file.state in (FileState.held, FileState.ignored):
            words = words_for(file.reason)
            named = self.rule is not None and self.rule.name_rule is not None
            if file.reason == Reason.name_rule and named:
                return self._by_name(), words.next_step
            return words.sentence, words.next_step
        if file.state is FileState.settling:
            return "It was seen and may still be written.", ""
        if self.document is None:
            return f"It is {FILE_STATES[file.state]}.", ""
        return self._of_document(self.document)

    def _by_name(self) -> str:
        assert self.rule is not None
        by = self.rule.origins["name_rule"].text
        return f"Its name is never a document's, by the rule {self.rule.name_rule} ({by})."

    def _of_document(self, document: Document) -> tuple[str, str]:
        if document.stage is Stage.filed:
            return "It is filed.", ""
        if document.stage is Stage.failed:
            again = f"`filed-agent retry {document.id}`"
            remedy = f"Mend the cause, then run {again}."
            if document.remedy is not None:  # which may need another file, not another try
                remedy = f"{document.remedy} To send it again as it is, run {again}."
            return document.problem or "It could not be filed.", remedy
        if self.client is not None and self.client.state is ClientState.held:
            words = words_for(self.client.reason)
            return f"Its client waits: {self.client.said or words.sentence}", words.next_step
        problem = f" The last try: {document.problem}" if document.problem else ""
        return f"It is on its way: {STAGES[document.stage]}.{problem}", ""

    def _of_unseen(self) -> tuple[str, str]:
        if self.rule is None and self.root is None and self.config_problem:
            return (
                "Whether it lies in a watched folder is unknown: the configuration cannot be used.",
                "Run `filed-agent plan` to see what is wrong with it.",
            )
        if self.rule is None and self.root is None:
            return (
                "It lies in no watched folder.",
                "Move it into one, or add a [[folder]] to the configuration.",
            )
        if self.root is not None and self.root.unavailable is not None:
            return f"Its watched folder is unavailable: {self.root.unavailable}", ""
        if self.rule is not None and self.rule.folder_rule is not None:
            rule = self.rule.folder_rule
            return f"It lies in a folder that is never entered, by the rule {rule}.", ""
        if self.on_disk == "closed":
            return (
                "Its folder may not be looked into by this account.",
                "Give the agent's account the right to read the folder.",
            )
        if self.on_disk == "absent":
            known = (
                "It is not there any more." if self.file is not None else "There is no file there."
            )
            return known, ""
        if self.on_disk == "folder":
            return self._of_folder()
        if self.rule is not None and self.rule.name_rule is not None:
            return self._by_name(), REASONS[Reason.name_rule].next_step
        return (
            "The agent has not seen it yet.",
            "Run `filed-agent sync`, or wait for the next scan.",
        )

    def _of_folder(self) -> tuple[str, str]:
        place = None if self.rule is None else self.rule.place
        if isinstance(place, Place):
            return f"This folder stands for the client {place.name} ({place.external_id}).", ""
        if place is Reason.no_client:
            return "This folder is above the clients' folders.", ""
        return (REASONS[place].sentence, REASONS[place].next_step) if place else ("A folder.", "")


def explain_path(
    folders: Sequence[FolderSection] | None,
    ledger: Ledger | None,
    path: str,
    lines: Mapping[Key, int] = NO_LINES,
) -> Explained:
    """Gather everything; nothing is changed. `folders` are the configured ones, None where the
    configuration cannot be used; `lines` are those of its file (agent.config.load.lines_of)."""
    place = None if ledger is None else locate(ledger, path)
    full = absolute(path) if place is None else place.path
    away = place is not None and place.root.unavailable is not None
    on_disk = NOT_LOOKED_AT if away else _on_disk(full)
    is_folder = on_disk == "folder" or (away and _is_known_folder(ledger, place))
    roots = () if ledger is None else [root.path for root in ledger.roots()]
    rule = _rule(folders or (), full, is_folder, lines, roots)
    file = None if place is None else place.file
    found = _with_ledger(ledger, place, file, full, on_disk, rule, folders is None)
    return replace(found, decisions=tuple(_decisions(found, ledger)))


def _is_known_folder(ledger: Ledger | None, place: Located | None) -> bool:
    return ledger is not None and place is not None and is_seen_folder(ledger, place)


def _decisions(found: Explained, ledger: Ledger | None) -> Iterator[Decision]:
    """Every decision that holds, from the folder down to the document."""
    if found.rule is not None:
        yield from rule_decisions(found.rule)
    if found.file is not None:
        decision = file_decision(found.file, found.rule, found.history)
        if decision is not None:
            yield decision
    if found.document is not None:
        yield from document_decisions(found.document, len(found.others))
    if ledger is None:
        return
    if found.client is not None:
        confirmed = _is_confirmed(found, ledger)
        decision = client_decision(found.client, found.rule, confirmed=confirmed)
        if decision is not None:
            yield decision
    if found.file is not None and ledger.paused_until() is not None:
        yield pause_decision(ledger.paused_by())


def _is_confirmed(found: Explained, ledger: Ledger) -> bool:
    """Whether a person said which client the folder of this path stands for."""
    place = None if found.rule is None else found.rule.place
    if found.root is None or not isinstance(place, Place):
        return False
    return ledger.is_confirmed(found.root.id, place.folder)


def _with_ledger(
    ledger: Ledger | None,
    place: Located | None,
    file: File | None,
    full: bytes,
    on_disk: str,
    rule: Rule | None,
    broken: bool,
) -> Explained:
    root = None if place is None else place.root
    client = document = None
    others: tuple[bytes, ...] = ()
    history: Sequence[HistoryLine] = ()
    if ledger is not None and file is not None:
        client = ledger.client(file.client_id) if file.client_id else None
        document = ledger.document(file.document_id) if file.document_id else None
        history = ledger.history_of_file(file.id)
        if document is not None:
            client = ledger.client(document.client_id)
            others = _others(ledger, document, file)
    return Explained(
        full, on_disk, rule, root, file, client, document, others, tuple(history), broken
    )


def _others(ledger: Ledger, document: Document, file: File) -> tuple[bytes, ...]:
    """The other files that are known as the same document."""
    return tuple(
        ledger.root_path(other.root_id).rstrip(b"/") + b"/" + other.path
        for other in ledger.holders(document.id)
        if other.id != file.id
    )


def _on_disk(path: bytes) -> str:
    """What stands there; closed where this account may not look."""
    try:
        return within(os.fsdecode(path), lambda: _looked_at(path))
    except TimeoutError:
        return NO_ANSWER


def _looked_at(path: bytes) -> str:
    try:
        mode = os.lstat(path).st_mode
        closed = stat.S_ISDIR(mode) and not os.access(path, os.R_OK | os.X_OK)
    except PermissionError:
        return "closed"
    except OSError:
        return "absent"
    if closed:
        return "closed"
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def _resolved(
    folders: Sequence[FolderSection], roots: Collection[bytes]
) -> Iterator[tuple[int, FolderSection, bytes]]:
    """Each configured folder with its number and its path without links.

    One that stands in the ledger as it is written has none, and comes first: any of them may lie on
    a server that hangs, and is not asked about a path in another.
    """
    others = []
    for number, folder in enumerate(folders):
        written = os.fsencode(os.path.abspath(folder.path))
        if written in roots:
            yield number, folder, written
        else:
            others.append((number, folder))
    for number, folder in others:
        yield number, folder, os.fsencode(real_path(folder.path))


def _rule(
    folders: Sequence[FolderSection],
    path: bytes,
    is_folder: bool,
    lines: Mapping[Key, int],
    roots: Collection[bytes],
) -> Rule | None:
    for number, folder, root in _resolved(folders, roots):
        below = below_root(path, root)
        if below is None:
            continue
        parent, _, name = (below, b"", b"") if is_folder else below.rpartition(b"/")
        place = Layout.parse(folder.layout).read(
            parent,
            tax_year=folder.tax_year,
            return_type=folder.return_type,
            external_id=folder.external_id,
        )
        ignoring = Ignoring(folder.ignore)
        skips = (ignoring.skips_folder(part) for part in parent.split(b"/") if part)
        told, by = name_origin(folder, number, name, lines) if name else ("", BUILT_IN)
        origins = {key: origin_of(folder, number, key, lines) for key in _KEYS}
        return Rule(
            root,
            folder.layout,
            folder.create_clients,
            place,
            ignoring.rule_for(name) if name else None,
            next((rule for rule in skips if rule is not None), None),
            told,
            origins | {"name_rule": by, "folder_rule": BUILT_IN},
        )
    return None
