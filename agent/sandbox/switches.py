"""What Filed's pages leave open, decided and switchable, one field for each question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

AnonymousMe = Literal["error", "null", "http_401"]
ListOrder = Literal["newest_first", "oldest_first", "random"]
Location = Literal[
    "absolute",
    "relative",
    "other_host",
    "other_scheme",
    "trailing_slash",
    "query",
    "missing",
    "unsafe",
]
TaskOutcome = Literal["completed", "failed", "never"]
TaskListing = Literal["everywhere", "workspace_only", "nowhere"]
NameStyle = Literal["original", "pdf", "classified"]

MIB = 1024 * 1024
DOCUMENT_TYPES = frozenset(
    {"pdf", "jpg", "jpeg", "png", "tif", "tiff", "heic", "doc", "docx", "xls", "xlsx", "csv", "txt"}
)


@dataclass(frozen=True)
class Switches:
    """One behaviour of the sandbox; the number in a comment names the open question it answers.

    Replace the whole value at run time: ``sandbox.switches = dataclasses.replace(...)``. Seconds
    are those of the sandbox's clock, except ``late_execution_seconds`` and
    ``body_timeout_seconds``, which are real waiting.
    """

    graphql_error_status: Literal[200, 400, 401] = 200  # D1: HTTP status of a body with errors[]
    anonymous_me: AnonymousMe = "error"  # D3: how a query of `me` meets a bad token
    token_life_seconds: float = 1800  # D4: life of both JWTs, about 30 minutes at Filed
    list_cap: int = 100  # D6: the most entries of a page, whatever `limit` asks
    list_order: ListOrder = "newest_first"  # D6: order of lists when no sortBy is given
    unique_external_id: bool = True  # D7: a taken externalId is refused
    keep_client_on_bad_upload: bool = False  # D8: createClient with a bad upload keeps the client
    reattach_accepted: bool = False  # D9: an attached upload may be attached again (duplicates)
    max_upload_ids: int = 100  # D10: upload IDs in one call
    upload_lifetime_seconds: float = 86_400  # D11: since the last byte
    expired_status: Literal[404, 410] = 404  # D11: what an expired upload answers
    max_upload_size: int = 100 * MIB  # D12: bytes; over it 413
    allowed_types: frozenset[str] | None = DOCUMENT_TYPES  # D12: name endings; else 415; None = all
    creation_with_upload: bool = False  # D15: advertised and carried out only when on
    termination: bool = True  # D15: DELETE; 405 when off
    location: Location = "absolute"  # D16: form of the Location header of a created upload
    task_polls: int | None = 3  # D17: RUNNING in so many polls; None = polls do not count
    task_seconds: float | None = None  # D17: or RUNNING for so long; None = time does not count
    task_outcome: TaskOutcome = "completed"  # D17: how ingestion ends
    task_error: str = "The document could not be converted."  # D17: errorMessage of a FAILED task
    task_listing: TaskListing = "everywhere"  # D17: where tasks can be seen
    subdocument_names: NameStyle = "pdf"  # D20: what the binder calls a filed document
    rate_limit: int | None = None  # D21: requests in one second on each origin; over it 429
    retry_after_seconds: float = 1  # D21: Retry-After of the 429
    direct_upload: bool = False  # D22: POST /api/upload/direct answers 200 instead of 404
    read_lag_seconds: float = 0  # lists do not show what is newer than this
    late_execution_seconds: float = 0  # mutations are carried out so late, even if the caller left
    body_timeout_seconds: float | None = None  # silence in a body that ends its connection
    hand_over_lock: bool = False  # a second PATCH ends the first one instead of getting 423
