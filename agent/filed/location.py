"""The upload ID in a Location header: the only thing that is taken from it (S6, R1).

Where the header points does not matter, because the URL is always our endpoint and that ID. But a
header that names another host is a reason to stop: something sits in between.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from agent.errors import PointedElsewhere, ProtocolBroken, UploadMismatch
from agent.filed.endpoint import Endpoint
from agent.filed.reply import quote

UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
LONGEST = 4000  # characters
ODD = re.compile(r"[^\x21-\x7e]|[\\%,]")  # nothing that a URL of an upload needs


def upload_id(location: str | None, endpoint: Endpoint) -> str:
    """The ID that a Location names: its last segment that is not empty.

    Relative ones, a trailing slash, another port and http:// on our host are common and harmless.
    Raises PointedElsewhere for another host, ProtocolBroken for whatever else is not usable.
    """
    parts = _parsed(location)
    if parts.netloc and (parts.hostname or "") != endpoint.host:
        raise PointedElsewhere(
            f"The server pointed to {quote(parts.hostname or '?', 100)} for an upload."
        )
    segments = [segment for segment in parts.path.split("/") if segment]
    if not segments or parts.path.rstrip("/") == endpoint.path:
        raise ProtocolBroken("Filed made an upload but gave no ID for it.")
    if {".", ".."} & set(segments) or not UPLOAD_ID.fullmatch(segments[-1]):
        raise ProtocolBroken("Filed made an upload but gave it an ID that cannot be used.")
    return segments[-1]


def is_downgrade(location: str | None, endpoint: Endpoint) -> bool:
    """Whether a Location that was accepted says http:// where our endpoint says https://."""
    return endpoint.scheme == "https" and (location or "").lower().startswith("http://")


def upload_url(upload_id: str, endpoint: Endpoint) -> str:
    """The URL of an upload: our endpoint and the ID. Raises UploadMismatch for no ID of ours."""
    if not UPLOAD_ID.fullmatch(upload_id):
        raise UploadMismatch("The stored upload ID is not one that Filed can have given.")
    return endpoint.under(upload_id)


def _parsed(location: str | None) -> SplitResult:
    """The parts of a Location; raises ProtocolBroken where it is missing or odd."""
    if not location:
        raise ProtocolBroken("Filed made an upload but did not say where.")
    if len(location) > LONGEST or ODD.search(location):
        raise ProtocolBroken("Filed made an upload but the address it gave cannot be read.")
    try:
        parts = urlsplit(location)
        odd_port = parts.port == 0
    except ValueError:
        raise ProtocolBroken(
            "Filed made an upload but the address it gave cannot be read."
        ) from None
    wrong_scheme = parts.scheme not in ("http", "https", "")
    if odd_port or wrong_scheme or "@" in parts.netloc or parts.query or parts.fragment:
        raise ProtocolBroken("Filed made an upload but the address it gave has no business there.")
    return parts
