"""One HTTP reply, fully read: status, headers, at most 4 MB of decoded body."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

MOST_BYTES = 4 * 1024 * 1024  # R18, R24: of the decoded body
MOST_WAIT = 3600.0  # seconds; R13
USUAL_WAIT = 5.0  # seconds, where Retry-After is missing or cannot be read
ASKS_FOR_LOGIN = "The network asks for a login: a web page came instead of an answer"
MOST_SAID = 300  # characters of a server's text that are kept; R20


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """What a server answered. `broken` says why the body is not whole, None where it is."""

    status: int
    headers: httpx.Headers
    body: bytes = b""
    broken: str | None = None

    def header(self, name: str) -> str | None:
        """A header's value, or None."""
        value: str | None = self.headers.get(name)
        return value

    @property
    def redirect(self) -> str | None:
        """The host a redirect names, None for other replies; it is never followed (R5)."""
        if not 300 <= self.status < 400:
            return None
        try:
            host = urlsplit(self.header("location") or "").hostname
        except ValueError:
            host = None
        return quote(host or "the same host", 100)

    @property
    def is_page(self) -> bool:
        """Whether a web page came where none belongs: a captive portal or a proxy (R17)."""
        kind = (self.header("content-type") or "").lower()
        return "html" in kind or self.body[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")

    @property
    def said(self) -> str:
        """The body as one harmless line of text; nothing of a page."""
        return "" if self.is_page else quote(self.body[:2000].decode("utf-8", "replace"))

    def retry_after(self, now: float) -> float:
        """Seconds to wait, between 0 and an hour (R13); `now` is the wall clock."""
        wanted = (self.header("retry-after") or "").strip()
        if re.fullmatch(r"[0-9]+", wanted):
            return min(float(wanted), MOST_WAIT)
        due = http_date(wanted)
        if due is None:
            return USUAL_WAIT
        there = http_date(self.header("date"))
        return min(max(due - (now if there is None else there), 0.0), MOST_WAIT)


def http_date(text: str | None) -> float | None:
    """Seconds since the epoch of an HTTP date, None where there is none to read."""
    try:
        return parsedate_to_datetime(text or "").timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def quote(text: str, most: int = MOST_SAID) -> str:
    """A stranger's text, cut and with whatever could harm a terminal or a log escaped (R20)."""
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[:most])
    return shown if len(shown) <= most else shown[:most] + "…"


def read_reply(response: httpx.Response) -> Reply:
    """Read a streamed response; a cut, endless or oversized body is told by `broken`."""
    body, broken = b"", None
    try:
        body = _decoded(response)
    except (ValueError, zlib.error) as error:
        broken = str(error)
    except httpx.TransportError as error:
        broken = f"the reply was cut: {type(error).__name__}"
    return Reply(response.status_code, response.headers, body, broken)


def _decoded(response: httpx.Response) -> bytes:
    """The body; decompressed here because httpx has no cap (a gzip bomb, R24)."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise ValueError("the reply is compressed in a way that was not offered")
    unzip = zlib.decompressobj(wbits=31) if "gzip" in coding else None
    parts, size = [], 0
    for raw in response.iter_raw():
        part = unzip.decompress(raw, MOST_BYTES + 1 - size) if unzip else raw
        size += len(part)
        if size > MOST_BYTES:
            raise ValueError("the reply is larger than 4 MB")
        parts.append(part)
    if unzip and parts and not unzip.eof:
        raise ValueError("the compressed reply is not complete")
    return b"".join(parts)
