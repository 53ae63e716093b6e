"""The shapes of what a running agent tells through its control door, beside those of the verbs.

As in agent.control.shapes: times are ISO 8601 in UTC, sizes in bytes, and a shape only ever grows.
"""

from __future__ import annotations

from typing import TypedDict

from agent.control.shapes import (
    AgentAnswer,
    ClientAnswer,
    CountsAnswer,
    DocumentAnswer,
    HistoryAnswer,
    IncidentAnswer,
    RootAnswer,
    WaitsAnswer,
)


class RecentAnswer(TypedDict):
    """A document that moved lately; `label` is its stage in words, `folder` where a file of it
    lies now."""

    id: int
    name: str
    client: str
    stage: str
    label: str
    at: str | None
    folder: str | None


class ProgressAnswer(TypedDict):
    """How far it is; `seconds_left` is null where nobody can tell, `text` says it all in a line
    (empty: nothing is on its way)."""

    documents_left: int
    bytes_left: int
    bytes_per_second: float
    seconds_left: int | None
    text: str


class SnapshotAnswer(TypedDict):
    """The agent at one moment, for tray and page; cheap enough to ask every second.

    `standing` is filed, idle, working, paused, needs-you, offline, sign-in or disk-full; where no
    agent answers, whoever asked says not-running. `paused_until` is null while paused without an
    end, which `paused` tells. `needs` counts what waits for a person. `step` is the advice for
    people with buttons.
    """

    api: int
    version: str
    at: str
    standing: str
    sentence: str
    advice: str
    step: str
    health: str
    exit_code: int
    needs: int
    paused: bool
    paused_until: str | None
    snoozed_until: str | None
    progress: ProgressAnswer
    agent: AgentAnswer
    roots: list[RootAnswer]
    counts: CountsAnswer
    recent: list[RecentAnswer]
    incident: IncidentAnswer | None


class DoneAnswer(TypedDict):
    """What came of a wish, in a sentence; also why it was refused (HTTP 4xx)."""

    sentence: str


class PageAnswer(TypedDict):
    """A page of a list: how many there are in all, and where this part begins."""

    total: int
    offset: int
    limit: int


class DocumentsPageAnswer(PageAnswer):
    """GET /v1/documents."""

    documents: list[DocumentAnswer]


class DocumentStoryAnswer(TypedDict):
    """GET /v1/documents/ID: a document and its history, oldest first."""

    document: DocumentAnswer
    label: str
    history: list[HistoryAnswer]


class ClientsPageAnswer(PageAnswer):
    """GET /v1/clients."""

    clients: list[ClientAnswer]


class HistoryPageAnswer(PageAnswer):
    """GET /v1/history; `offset` counts from the newest."""

    history: list[HistoryAnswer]


class WaitingAnswer(TypedDict):
    """GET /v1/waiting: what needs a person first."""

    total: int
    waiting: list[WaitsAnswer]


class DayAnswer(TypedDict):
    """What was filed on one day of this machine's calendar (ISO 8601)."""

    day: str
    documents: int
    bytes: int


class DaysAnswer(TypedDict):
    """GET /v1/days: the newest last, days without documents included."""

    days: list[DayAnswer]


class NoticeAnswer(TypedDict):
    """Something that a person should be told; `kind` is its stable code."""

    id: int
    at: str
    kind: str
    title: str
    text: str
    urgent: bool


class NoticesAnswer(TypedDict):
    """GET /v1/notices."""

    notices: list[NoticeAnswer]


class LinkAnswer(TypedDict):
    """POST /v1/link: opens the page once, within half a minute."""

    url: str


class HelloAnswer(TypedDict):
    """GET /v1/hello: proof that whoever answers knows the token."""

    proof: str
