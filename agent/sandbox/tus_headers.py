"""The headers of tus: numbers, Upload-Metadata, and the forms that a Location can take."""

from __future__ import annotations

import base64
import binascii

from starlette.requests import Request

from agent.sandbox.switches import Location

MOST_DIGITS = 18


class BadHeaderError(Exception):
    """A header is missing or cannot be read; the message names it."""


def length_of(value: str | None, name: str) -> int:
    """A length or offset in bytes; raises BadHeaderError."""
    if value is None or not value.isascii() or not value.isdecimal() or len(value) > MOST_DIGITS:
        raise BadHeaderError(f"{name} must be a whole number of bytes.")
    return int(value)


def metadata_of(value: str | None) -> dict[str, str]:
    """The pairs of Upload-Metadata (tus, extension creation); raises BadHeaderError."""
    pairs: dict[str, str] = {}
    if value is None:
        return pairs
    for part in value.split(","):
        key, _, encoded = part.strip().partition(" ")
        try:
            text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadHeaderError("Upload-Metadata is not base64.") from error
        if not key or key in pairs:
            raise BadHeaderError("Upload-Metadata holds an empty or repeated key.")
        pairs[key] = text
    return pairs


def location_of(request: Request, form: Location, upload_id: str) -> str | None:
    """The Location of a created upload in one of the forms that servers are known to use."""
    host = request.headers.get("host", "127.0.0.1")
    path = f"/api/uploads/{upload_id}"
    forms: dict[Location, str | None] = {
        "absolute": f"http://{host}{path}",
        "relative": path,
        "other_host": f"http://uploads.elsewhere.example{path}",
        "other_scheme": f"https://{host}{path}",
        "trailing_slash": f"http://{host}{path}/",
        "query": f"http://{host}{path}?part=1",
        "unsafe": f"http://{host}/api/uploads/..%2F..%2F{upload_id}",
        "missing": None,
    }
    return forms[form]
