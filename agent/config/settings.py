"""Every key of the configuration, typed, with one line of meaning.

`load` makes these from a file. The values are plain and frozen: a change of the file is a new
Settings. Times are in seconds, sizes in bytes, speeds in bytes a second.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from agent.config.origins import checked_address
from agent.config.sizes import parse_rate, parse_size
from agent.config.watched import full_path
from agent.model.ignoring import check_patterns
from agent.model.naming import RETURN_TYPES, TAX_YEARS, Layout, return_type_named

KIB, MIB = 1 << 10, 1 << 20
LEAST_RATE = 8_000  # bytes a second: with less a request could look dead to Filed


def _size(given: object) -> object:
    return parse_size(given) if isinstance(given, str) else given


def _rate(given: object) -> object:
    """In bytes a second; a bare number other than 0 could mean anything."""
    if isinstance(given, bool) or not isinstance(given, str | int):
        return given
    rate = parse_rate(str(given))
    if 0 < rate < LEAST_RATE:
        raise ValueError('is too small; the least is "64 kbit/s"')
    return rate


def _path(given: object) -> object:
    return full_path(given) if isinstance(given, str) else given


def _socket(given: str) -> str:
    if given and not Path(given).is_absolute():
        raise ValueError("must be a full path, or empty")
    return given


def _layout(given: str) -> str:
    Layout.parse(given)
    return given


def _return_type(given: str) -> str:
    form = return_type_named(given)
    if form is None:
        raise ValueError(f"is not a return type; Filed knows {', '.join(RETURN_TYPES)}")
    return form


def _lower(given: object) -> object:
    return given.strip().lower() if isinstance(given, str) else given


def _patterns(given: tuple[str, ...]) -> tuple[str, ...]:
    check_patterns(given)
    return given


def _digest(given: str) -> str:
    """A time of day or a word, in its plain form."""
    text = given.strip().lower()
    if text in ("off", "after-burst"):
        return text
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError('is neither a time of day such as "17:00" nor "after-burst" nor "off"')
    return f"{int(found[1]):02}:{found[2]}"


Address = Annotated[str, AfterValidator(checked_address)]
Size = Annotated[int, BeforeValidator(_size)]
Rate = Annotated[int, BeforeValidator(_rate)]


class Section(BaseModel):
    """What all sections share: nothing is converted silently, nothing unknown, nothing changed."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )


class FiledSection(Section):
    """[filed]: where Filed is. Plain http is taken for this machine alone (the sandbox)."""

    graphql_url: Address = Field(
        default="https://router.apps.filed.com/graphql",
        description="Filed's GraphQL address.",
    )
    upload_url: Address = Field(
        default="https://web.apps.filed.com/api/uploads",
        description="Filed's address for uploads (tus).",
    )


class FolderSection(Section):
    """[[folder]]: one watched folder; as many as needed."""

    path: Annotated[Path, BeforeValidator(_path)] = Field(
        description="The watched folder, as a full path; on Windows services a UNC path.",
    )
    layout: Annotated[str, AfterValidator(_layout)] = Field(
        default="{client}",
        description="How the folders below it are named, from the top down.",
    )
    external_id: str = Field(
        default="{client}-{tax_year}",
        description="The ID by which the client is known at Filed, made from the layout's parts.",
    )
    tax_year: int | None = Field(
        default=None,
        ge=TAX_YEARS[0],
        le=TAX_YEARS[-1],
        description="The tax year where the layout does not say it.",
    )
    return_type: Annotated[str, AfterValidator(_return_type)] | None = Field(
        default=None,
        description="The return type where the layout does not say it.",
    )
    create_clients: bool = Field(
        default=True,
        description="Whether clients that Filed does not know are created there.",
    )
    ignore: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_patterns)] = Field(
        default=(),
        description="File names that are no documents, besides the usual ones; ! takes one back.",
    )
    watch: Annotated[Literal["auto", "off"], BeforeValidator(_lower)] = Field(
        default="auto",
        description="Whether the system's file events are used; scans happen anyway.",
    )

    @model_validator(mode="after")
    def _names_clients(self) -> FolderSection:
        Layout.parse(self.layout).check(
            external_id=self.external_id, tax_year=self.tax_year, return_type=self.return_type
        )
        return self


class SettleSection(Section):
    """[settle]: when a file counts as finished."""

    quiet_seconds: float = Field(
        default=5.0,
        ge=0.05,
        le=600,
        description="How long a file must lie unchanged (twice that if nobody saw it closed).",
    )
    network_quiet_seconds: float = Field(
        default=15.0,
        ge=0.05,
        le=600,
        description="The same on a share.",
    )


class UploadSection(Section):
    """[upload]: how bytes travel."""

    parallel: int = Field(
        default=32,
        ge=1,
        le=32,
        description="The most documents sent at the same time; fewer where more do not help.",
    )
    chunk_size: Size = Field(
        default=5 * MIB,
        ge=256 * KIB,
        le=64 * MIB,
        description="How much is sent in one request at first; fast lines get more.",
    )
    bandwidth: Rate = Field(
        default=0,
        description="How much may be sent in a second, such as 20 Mbit/s; 0 for no limit.",
    )
    creation_with_upload: bool = Field(
        default=True,
        description="Whether the first bytes travel with the creation, where Filed offers it.",
    )


class AttachSection(Section):
    """[attach]: how documents are handed to the client's binder."""

    quiet_window_seconds: float = Field(
        default=120.0,
        ge=0.1,
        le=3600,
        description="How long an ambiguous answer is waited out before it is read back.",
    )
    batch: int = Field(
        default=20, ge=1, le=100, description="How many documents go into one request."
    )
    debounce_seconds: float = Field(
        default=2.0,
        ge=0,
        le=600,
        description="How long a finished upload waits for others of the same client.",
    )


class IngestSection(Section):
    """[ingest]: how often Filed is asked about its tasks."""

    poll_seconds: float = Field(
        default=5.0, ge=0.05, le=3600, description="The first pause between two questions."
    )
    poll_most_seconds: float = Field(
        default=60.0, ge=0.05, le=3600, description="The longest pause between two questions."
    )

    @model_validator(mode="after")
    def _grows(self) -> IngestSection:
        if self.poll_most_seconds < self.poll_seconds:
            raise ValueError("poll_most_seconds is below poll_seconds; make it at least as long")
        return self


class ScanSection(Section):
    """[scan]: how often the folders are gone through; this is the truth, events are hints."""

    sweep_seconds: float = Field(
        default=300.0, ge=1, le=86_400, description="The pause between two quick looks."
    )
    deep_seconds: float = Field(
        default=21_600.0, ge=1, le=604_800, description="The pause between two complete scans."
    )


class NotifySection(Section):
    """[notify]: what people are told without asking."""

    enabled: bool = Field(default=True, description="Whether anything is told at all.")
    digest: Annotated[str, AfterValidator(_digest)] = Field(
        default="17:00",
        description="When it is told what was filed: a time of day, after-burst or off.",
    )
    client_names: bool = Field(
        default=False,
        description="Whether a notice may name clients; it may show on a locked screen.",
    )
    quiet_days: int = Field(
        default=5,
        ge=0,
        le=365,
        description="After how many working days without a document it is told; 0 for never.",
    )
    silent_hours: float = Field(
        default=4.0,
        ge=0,
        le=8760,
        description="After how many hours without contact with Filed it is told; 0 for never.",
    )
    again_hours: float = Field(
        default=24.0,
        ge=0,
        le=8760,
        description="How often a problem that lasts is told again, in hours; 0 for once.",
    )


class LogSection(Section):
    """[log]: what is written down."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = Field(
        default="info", description="How much: debug, info, warning or error."
    )


class ControlSection(Section):
    """[control]: the door at which page, tray and command line reach the running agent."""

    enabled: bool = Field(default=True, description="Whether it is open.")
    socket: Annotated[str, AfterValidator(_socket)] = Field(
        default="",
        description="Where its Unix socket is, as a full path; empty for the agent's own folder.",
    )
    group: str = Field(
        default="",
        description="A group of this machine that may open the socket; needs `socket` outside.",
    )


class Settings(Section):
    """The whole configuration."""

    filed: FiledSection = Field(default=FiledSection(), description="Where Filed is.")
    folder: Annotated[tuple[FolderSection, ...], Field(strict=False)] = Field(
        default=(), description="The watched folders."
    )
    settle: SettleSection = Field(
        default=SettleSection(), description="When a file counts as finished."
    )
    upload: UploadSection = Field(default=UploadSection(), description="How bytes travel.")
    attach: AttachSection = Field(
        default=AttachSection(), description="How documents are handed over."
    )
    ingest: IngestSection = Field(
        default=IngestSection(), description="How often Filed is asked about its tasks."
    )
    scan: ScanSection = Field(
        default=ScanSection(), description="How often the folders are gone through."
    )
    notify: NotifySection = Field(
        default=NotifySection(), description="What people are told without asking."
    )
    log: LogSection = Field(default=LogSection(), description="What is written down.")
    control: ControlSection = Field(
        default=ControlSection(), description="Where page and tray reach the agent."
    )
