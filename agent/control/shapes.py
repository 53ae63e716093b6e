"""The shapes of the JSON that reading verbs give with --json: a promise to scripts.

Times are ISO 8601 in UTC, sizes in bytes, paths text in which bytes that are no UTF-8 show as
\\xNN. A shape only ever grows: new keys may come, none goes or changes its meaning.
"""

from __future__ import annotations

from typing import TypedDict


class CountsAnswer(TypedDict):
    """How many stand where; every stage and state is a key."""

    documents: dict[str, int]
    files: dict[str, int]
    clients: dict[str, int]
    bytes_filed: int
    bytes_open: int


class RootAnswer(TypedDict):
    """A watched folder; `unavailable` says why it cannot be looked at, null while it can."""

    path: str
    unavailable: str | None
    scanned_at: str | None


class TroubleAnswer(TypedDict):
    """Why Filed is not asked just now."""

    title: str
    said: str
    advice: str


class SendingAnswer(TypedDict):
    """A document on the line."""

    document: int
    offset: int
    size: int


class AgentAnswer(TypedDict):
    """The agent that runs, or the last one that did."""

    running: bool
    pid: int | None
    verb: str | None
    started: str | None
    state: str
    since: str | None
    trouble: TroubleAnswer | None
    bytes_per_second: float
    sending: list[SendingAnswer]
    limits: list[str]
    config_problems: list[str]


class WaitsAnswer(TypedDict):
    """Something that waits; `label` is short, `why` and `next_step` are sentences.

    `step` is the next step for people with buttons: it names no command.
    """

    kind: str
    id: int | None
    what: str
    path: str | None
    client: str | None
    label: str
    why: str
    next_step: str
    step: str
    needs_person: bool


class IncidentAnswer(TypedDict):
    """What befell the ledger within the last week; `found` is damaged, lost, old or evidence.

    `proven` false: the agent waits for a person, because nothing proves what was filed.
    `here` are the sentences for people with buttons: they name no command.
    """

    at: str | None
    found: str
    backup_of: str | None
    aside: str | None
    proven: bool
    sentences: list[str]
    here: list[str]


class StatusAnswer(TypedDict):
    """`status`; `health` is fine, working, paused, needs-a-person, signed-out, offline or
    disk-full."""

    sentence: str
    advice: str
    health: str
    exit_code: int
    paused_until: str | None
    agent: AgentAnswer
    roots: list[RootAnswer]
    counts: CountsAnswer
    waiting: list[WaitsAnswer]
    home: str
    config: str
    incident: IncidentAnswer | None


class SyncAnswer(TypedDict):
    """`sync`; `ending` is done, still-written, paused, needs-person or unreachable."""

    ending: str
    exit_code: int
    filed_now: int
    filed_before: int
    bytes_sent: int
    seconds: float
    waiting: list[WaitsAnswer]
    trouble: TroubleAnswer | None


class DocumentAnswer(TypedDict):
    """A document; `paths` are the files that hold it now."""

    id: int
    client_id: int
    client: str
    name: str
    size: int
    sha256: str
    stage: str
    offset: int
    problem: str | None
    remedy: str | None
    upload_id: str | None
    task_id: str | None
    filed_at: str | None
    paths: list[str]


class DocumentsAnswer(TypedDict):
    """`documents`."""

    documents: list[DocumentAnswer]


class FolderAnswer(TypedDict):
    """A folder that stands for a client; `standing` is owner, doubt or confirmed."""

    root: str
    folder: str
    standing: str


class ClientAnswer(TypedDict):
    """A client; `documents` counts by stage, `waiting_files` are not documents yet."""

    id: int
    name: str
    external_id: str
    tax_year: int
    return_type: str
    filed_id: str | None
    state: str
    reason: str | None
    said: str | None
    documents: dict[str, int]
    waiting_files: int
    last_at: str | None
    folders: list[FolderAnswer]


class ClientsAnswer(TypedDict):
    """`clients`."""

    clients: list[ClientAnswer]


class HistoryAnswer(TypedDict):
    """One line of history."""

    id: int
    at: str
    subject: str
    subject_id: int
    before: str | None
    after: str
    why: str
    name: str | None
    path: str | None
    client: str | None


class HistoryLinesAnswer(TypedDict):
    """`history`."""

    history: list[HistoryAnswer]


class PlaceAnswer(TypedDict):
    """What a folder's path says of its client."""

    folder: str
    client: str
    external_id: str
    tax_year: int
    return_type: str


class OriginAnswer(TypedDict):
    """Where a rule comes from; `source` is agent, default, configuration, person or filed.

    `line` is that of the configuration's file, `folder` the number of its [[folder]], from 1.
    """

    source: str
    line: int | None
    folder: int | None
    text: str


class DecisionAnswer(TypedDict):
    """One decision about a path: on what, what holds, and who says so."""

    what: str
    told: str
    origin: OriginAnswer


class RuleAnswer(TypedDict):
    """What the configuration says; where `place` is null, `place_reason` says why.

    `origins` are by key of [[folder]], and of `name_rule` and `folder_rule`.
    """

    root: str
    layout: str
    create_clients: bool
    place: PlaceAnswer | None
    place_reason: str | None
    name_rule: str | None
    folder_rule: str | None
    origins: dict[str, OriginAnswer]


class FileAnswer(TypedDict):
    """A file as last observed; `next_look` is null where only a change brings it back."""

    id: int
    state: str
    reason: str | None
    size: int
    changed_at: str | None
    next_look: str | None


class ExplainedClientAnswer(TypedDict):
    """A client, in short."""

    id: int
    name: str
    external_id: str
    state: str
    reason: str | None
    said: str | None
    filed_id: str | None


class ExplainedDocumentAnswer(TypedDict):
    """A document, in short."""

    id: int
    sha256: str
    size: int
    stage: str
    offset: int
    upload_id: str | None
    task_id: str | None
    problem: str | None
    remedy: str | None
    replaces: int | None


class ExplainAnswer(TypedDict):
    """`explain`; `on_disk` is file, folder, link, other, absent or closed, or says why nobody
    looked: its folder is unavailable, or does not answer."""

    path: str
    sentence: str
    next_step: str
    on_disk: str
    config_usable: bool
    root: RootAnswer | None
    rule: RuleAnswer | None
    file: FileAnswer | None
    client: ExplainedClientAnswer | None
    document: ExplainedDocumentAnswer | None
    same_content: list[str]
    history: list[HistoryAnswer]
    decisions: list[DecisionAnswer]


class PlannedDocumentAnswer(TypedDict):
    """A document that would be sent."""

    name: str
    size: int
    sha256: str
    paths: list[str]


class PlannedClientAnswer(TypedDict):
    """A client; `at_filed` is create, known, held or unknown (Filed was not asked)."""

    name: str
    external_id: str
    tax_year: int
    return_type: str
    at_filed: str
    reason: str | None
    said: str | None
    to_send: list[PlannedDocumentAnswer]
    bytes_to_send: int
    filed: int
    under_way: int


class IgnoredAnswer(TypedDict):
    """A file that is left out, with the rule."""

    path: str
    rule: str


class PlanAnswer(TypedDict):
    """`plan`; `documents` and `bytes` would be sent now. Documents of held clients would not."""

    documents: int
    bytes: int
    asked_filed: bool
    not_asked: TroubleAnswer | None
    clients: list[PlannedClientAnswer]
    waiting: list[WaitsAnswer]
    ignored: list[IgnoredAnswer]
    roots_away: list[RootAnswer]
