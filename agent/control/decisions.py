"""Every decision about one path, each with the rule and where the rule comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.config.lines import Key, line_of
from agent.model.client import Client, ClientState, Place
from agent.model.document import Document
from agent.model.file import File, FileState
from agent.model.ignoring import Ignoring
from agent.model.overview import HistoryLine, Subject
from agent.model.reasons import Reason
from agent.words.catalogue import CLIENT_STATES, FILE_STATES, words_for
from agent.words.origins import BUILT_IN, FILED, Origin, Source
from agent.words.show import counted

if TYPE_CHECKING:
    from agent.config.settings import FolderSection
    from agent.control.explained import Rule

OURS = frozenset((Reason.two_folders, Reason.renamed, Reason.unconfirmed))  # doubts of the agent
NEVER_A_DOCUMENT = "no document, by the rule {}"


@dataclass(frozen=True, slots=True)
class Decision:
    """`what` was decided on, what holds (`told`), and who says so."""

    what: str
    told: str
    origin: Origin


def origin_of(folder: FolderSection, number: int, key: str, lines: Mapping[Key, int]) -> Origin:
    """Where a key of the `number`-th [[folder]] (from 0) has its value from."""
    if key not in folder.model_fields_set:
        return Origin(Source.default, folder=number + 1)
    line = line_of(dict(lines), ("folder", number, key))
    return Origin(Source.configuration, line, number + 1)


def name_origin(
    folder: FolderSection, number: int, name: bytes, lines: Mapping[Key, int]
) -> tuple[str, Origin]:
    """What a file's name decides, and by which rule: the last pattern that fits, or a built-in."""
    for pattern in reversed(folder.ignore):
        plain = pattern.removeprefix("!")
        if Ignoring((plain,)).rule_for(name) != plain:
            continue
        origin = origin_of(folder, number, "ignore", lines)
        if plain != pattern:
            return f"a document, taken in by the rule {pattern}", origin
        return NEVER_A_DOCUMENT.format(pattern), origin
    rule = Ignoring().rule_for(name)
    if rule is not None:
        return NEVER_A_DOCUMENT.format(rule), BUILT_IN
    return "a document's: no rule leaves it out", BUILT_IN


def rule_decisions(rule: Rule) -> Iterator[Decision]:
    """What the configuration decides about a path."""
    origins = rule.origins
    yield Decision("Watched", "yes", origins["path"])
    yield Decision("Layout", rule.layout, origins["layout"])
    if isinstance(rule.place, Place):
        yield from _place(rule, rule.place)
    else:
        yield Decision("Folder says", words_for(rule.place.value).label, origins["layout"])
    may = "is created where Filed does not know it" if rule.create_clients else "is never created"
    yield Decision("New client", may, origins["create_clients"])
    if rule.folder_rule is not None:
        told = f"never entered, by the rule {rule.folder_rule}"
        yield Decision("Folder's name", told, origins["folder_rule"])
    if rule.name_told:
        yield Decision("Name", rule.name_told, origins["name_rule"])


def _place(rule: Rule, place: Place) -> Iterator[Decision]:
    """What the folder's path says of its client; a year or type that it does not say is a key's."""
    origins = rule.origins
    yield Decision("Folder says", f"client {place.name}", origins["layout"])
    yield Decision("External ID", place.external_id, origins["external_id"])
    for what, key, value in (
        ("Tax year", "tax_year", str(place.tax_year)),
        ("Return type", "return_type", place.return_type),
    ):
        by_layout = f"{{{key}}}" in rule.layout
        yield Decision(what, value, origins["layout" if by_layout else key])


def file_decision(file: File, rule: Rule | None, history: Sequence[HistoryLine]) -> Decision | None:
    """Why a file is held or left out; None where it is neither."""
    if file.state not in (FileState.held, FileState.ignored):
        return None
    state, label = FILE_STATES[file.state], words_for(file.reason).label
    told = state if label == state else f"{state}, {label}"
    origin = BUILT_IN
    if file.reason == Reason.person:
        origin = Origin(Source.person, said=_noted(history, Subject.file, FileState.ignored.value))
    elif file.reason == Reason.name_rule and rule is not None:
        origin = rule.origins["name_rule"]
    elif (
        file.reason in (Reason.no_client, Reason.layout, Reason.name_unusable) and rule is not None
    ):
        origin = rule.origins["layout"]
    return Decision("File", told, origin)


def client_decision(client: Client, rule: Rule | None, *, confirmed: bool) -> Decision | None:
    """Why a client waits, or that a person said whose folder it is; None where neither holds."""
    if client.state is not ClientState.held:
        told = "stands for this client, whatever else says so"
        return Decision("Folder", told, Origin(Source.person)) if confirmed else None
    told = f"{CLIENT_STATES[client.state]}, {words_for(client.reason).label}"
    origin = BUILT_IN if client.reason in OURS else FILED
    if client.reason == Reason.not_allowed and rule is not None:
        origin = rule.origins["create_clients"]
    return Decision("Client waits", told, origin)


def document_decisions(document: Document, others: int) -> Iterator[Decision]:
    """What content decides: one content is sent once, and a newer version takes nothing away."""
    if others:
        told = f"also in {counted(others, 'other file')}; it is sent once"
        yield Decision("Duplicate", told, BUILT_IN)
    if document.replaces is not None:
        told = f"replaces document {document.replaces}; nothing of that is removed"
        yield Decision("Newer version", told, BUILT_IN)


def pause_decision(paused_by: str | None) -> Decision:
    """Nothing is sent just now; `paused_by` is how it stands in the history."""
    return Decision("Sending", "paused", Origin(Source.person, said=paused_by or ""))


def _noted(history: Sequence[HistoryLine], subject: Subject, after: str) -> str:
    """The newest note of such a move, in a history that begins with the oldest."""
    lines = (one for one in reversed(history) if (one.subject, one.after) == (subject, after))
    found = next(lines, None)
    return "" if found is None else found.why
