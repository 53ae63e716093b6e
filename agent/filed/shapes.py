"""The shapes of Filed's answers, validated before anything is believed (R18)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from agent.model.client import ClientRecord
from agent.model.ingestion import Task, Workspace

SURROGATE = re.compile("[\ud800-\udfff]")
FINISHED = ("COMPLETED", "FAILED")


def without_surrogates(text: str) -> str:
    """Text that UTF-8 can carry: half characters become U+FFFD."""
    return SURROGATE.sub("�", text)


def _text(value: object) -> object:
    return without_surrogates(value) if isinstance(value, str) else value


def _id(value: object) -> object:
    """IDs are opaque strings; a number is taken as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and not (value.isascii() and value.isprintable()):
        raise ValueError("an ID with unprintable characters")
    return value


Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[str, BeforeValidator(_id), Field(min_length=1, max_length=200)]


class Shape(BaseModel):
    """Any part of an answer: more fields than asked for do no harm."""

    model_config = ConfigDict(
        extra="ignore", frozen=True, alias_generator=to_camel, hide_input_in_errors=True
    )


class Tokens(Shape):
    """What an API key is exchanged for; the userToken is not asked for."""

    workspace_token: str


class ExchangeData(Shape):
    """`data` of exchange_api_key."""

    tokens: Tokens = Field(alias="exchangeSurfaceRefreshTokenForAccessTokens")


class _Named(Shape):
    id: Id
    name: Text = ""


class _Identified(Shape):
    id: Id


class MeAs(Shape):
    """Who a workspaceToken speaks for."""

    role: Text = ""
    user: _Named
    workspace: _Named


class MeData(Shape):
    """`data` of me."""

    me: MeAs

    def workspace(self) -> Workspace:
        """The same as a value of the model."""
        me = self.me
        return Workspace(me.workspace.id, me.workspace.name, me.role, me.user.id, me.user.name)


class ClientAs(Shape):
    """A client as listed (filed-api.md 4.3)."""

    id: Id
    name: Text
    external_id: Text
    status: Text
    return_type: Text
    tax_year: Annotated[int, Field(ge=-(2**63), lt=2**63)]  # what the ledger can keep
    created_at: Text = ""

    def record(self) -> ClientRecord:
        """The same as a value of the model."""
        return ClientRecord(
            self.id,
            self.name,
            self.external_id,
            self.status,
            self.return_type,
            self.tax_year,
            self.created_at,
        )


class _Clients(Shape):
    clients: list[ClientAs]


class _ClientsIn(Shape):
    workspace: _Clients


class ClientsData(Shape):
    """`data` of list_clients."""

    me: _ClientsIn


class _Made(Shape):
    client: ClientAs


class CreateClientData(Shape):
    """`data` of create_client."""

    create_client: _Made


class _Taken(Shape):
    task_id: Id


class AddDocumentsData(Shape):
    """`data` of add_client_documents; a null taskId does not fit, on purpose."""

    add_client_documents: _Taken


class _Step(Shape):
    status: Text = ""


class _Attribute(Shape):
    name: Text = ""
    value: JsonValue = None


class TaskAs(Shape):
    """A task as Filed lists it (filed-api.md 4.6)."""

    id: Id
    status: Text
    started_at: JsonValue = None
    error_message: Text | None = None
    sub_tasks: list[_Step] = []
    attributes: list[_Attribute] = []
    triggered_by: _Identified | None = None

    def task(self, client_id: str) -> Task:
        """The same as a value of the model."""
        return Task(
            id=self.id,
            client_id=client_id,
            status=self.status,
            started_at=epoch(self.started_at),
            trouble=self.error_message,
            steps=len(self.sub_tasks),
            steps_done=sum(step.status in FINISHED for step in self.sub_tasks),
            triggered_by=self.triggered_by.id if self.triggered_by else None,
            upload_count=_upload_count(self.attributes),
        )


class TasksOf(Shape):
    """The BINDER tasks of one client."""

    id: Id
    tasks: list[TaskAs]


class _TasksOfAll(Shape):
    clients: list[TasksOf]


class _TasksIn(Shape):
    workspace: _TasksOfAll


class TasksData(Shape):
    """`data` of poll_binder_tasks."""

    me: _TasksIn


def epoch(value: object) -> float | None:
    """Seconds since the epoch of an RFC 3339 time (UTC where it does not say), or None."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _upload_count(attributes: list[_Attribute]) -> int | None:
    """The attribute uploadCount (D18), where it is a number."""
    for attribute in attributes:
        text = str(attribute.value)
        if attribute.name == "uploadCount" and re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
    return None
