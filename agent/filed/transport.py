"""The one way out of the house: a pooled HTTP client that knows two origins and no others.

Redirects are not followed, cookies not kept, certificates always verified (reliability.md
section 6). Neither headers, query strings nor names are ever logged here.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

import httpx

from agent import __version__
from agent.errors import FileChanged, PointedElsewhere
from agent.filed.clock import Clock
from agent.filed.endpoint import PORTS, Endpoint
from agent.filed.reply import Reply, http_date, read_reply
from agent.filed.unreachable import never_sent
from agent.filed.wire import Timeouts, Wire, proxy_for, trusted_tls

log = logging.getLogger(__name__)

_ALWAYS = {
    "User-Agent": f"filed-agent/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "gzip",
    "Connection": "keep-alive",
}
FAR_OFF = 300.0  # seconds between our clock and Filed's that are worth a warning (R26)


class Body(Protocol):
    """Bytes on their way, iterated once; what the iteration raises passes through."""

    @property
    def length(self) -> int:
        """Exactly how many bytes the iteration gives."""

    def __iter__(self) -> Iterator[bytes]: ...


class ReplyLost(Exception):
    """The request was written, at least in part, and no reply came: anything may have happened."""


class Transport:
    """Sends requests to the given endpoints' origins; safe to share among threads."""

    def __init__(
        self,
        endpoints: Iterable[Endpoint],
        clock: Clock,
        *,
        connections: int = 12,
        timeouts: Timeouts | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._zero: float | None = None  # Filed's clock when our steady one stood at nought
        self._warned = False
        self._endpoints = {endpoint.origin: endpoint for endpoint in endpoints}
        timeouts = timeouts or Timeouts()
        self._wires = _wires(self._endpoints.values(), connections, timeouts, tls or trusted_tls())
        self._timeouts = timeouts.for_httpx().as_dict()
        for name in ("httpx", "httpcore"):  # they tell URLs at INFO and headers at DEBUG
            logging.getLogger(name).setLevel(logging.WARNING)

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Body | None = None,
    ) -> Reply:
        """One request, one reply of whatever status.

        Raises FiledUnreachable when surely nothing was sent, ReplyLost when it was and no reply
        came, PointedElsewhere for an origin that was not configured, and what `body` raises.
        """
        asked = httpx.URL(url)
        endpoint = self._endpoint(asked)
        written = _Written()
        request = httpx.Request(
            method,
            asked,
            headers=_ALWAYS | _with_length(headers, body),
            content=body if body is None or isinstance(body, bytes) else _counted(body),
            extensions={"trace": written, "timeout": self._timeouts},
        )
        try:
            response = self._wires[endpoint.origin].handle_request(request)
        except httpx.TransportError as error:
            if written.begun:
                raise ReplyLost(f"No reply came: {type(error).__name__}.") from error
            raise never_sent(error, endpoint) from error
        try:
            reply = read_reply(response)
        finally:
            response.close()
        self._note_date(reply)
        return reply

    def server_time(self, at: float) -> float:
        """Our wall clock time `at` on Filed's clock, as the last Date header told it.

        Counted on our steady clock: a wall clock that was set since that reply moves nothing (E4).
        """
        if self._zero is None:
            return at
        return at - self._clock.now() + self._zero + self._clock.monotonic()

    def now(self) -> float:
        """Our wall clock, for those who read replies."""
        return self._clock.now()

    def steady(self) -> float:
        """Our steady clock, for what is asked again later."""
        return self._clock.monotonic()

    def close(self) -> None:
        """Close every connection; nothing can be sent afterwards."""
        for wire in set(self._wires.values()):
            wire.close()

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _endpoint(self, asked: httpx.URL) -> Endpoint:
        """The endpoint whose origin a URL has: the last gate of S6."""
        port = asked.port or PORTS.get(asked.scheme, 0)
        endpoint = self._endpoints.get((asked.scheme, asked.host, port))
        if endpoint is None or asked.userinfo:
            raise PointedElsewhere("A request to a host that is not configured was not sent.")
        return endpoint

    def _note_date(self, reply: Reply) -> None:
        date = http_date(reply.header("date"))
        if date is None:
            return
        self._zero = date - self._clock.monotonic()
        apart = abs(date - self._clock.now())
        if apart > FAR_OFF and not self._warned:
            self._warned = True
            log.warning("This machine's clock and Filed's are %.0f s apart.", apart)


def _wires(
    endpoints: Iterable[Endpoint], connections: int, timeouts: Timeouts, tls: ssl.SSLContext
) -> dict[tuple[str, str, int], httpx.BaseTransport]:
    """By origin: one pool for all, and one more for each that is reached through a proxy.

    httpx's client above its transports would follow redirects, keep cookies, read .netrc and decide
    on proxies: we want none of it, and it costs a third of a small request's CPU.
    """
    # four seconds: below the five after which common servers hang up, so that a request is
    # hardly ever written into a connection that is just being closed
    limits = httpx.Limits(
        max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0
    )
    direct = Wire(tls, limits, timeouts, None)
    proxies = {endpoint.origin: proxy_for(endpoint) for endpoint in endpoints}
    return {
        origin: direct if proxy is None else Wire(tls, limits, timeouts, proxy)
        for origin, proxy in proxies.items()
    }


def _with_length(headers: Mapping[str, str], body: bytes | Body | None) -> dict[str, str]:
    """Tell the length of a streamed body, so that it is not sent in pieces of unknown number."""
    if body is None or isinstance(body, bytes):
        return dict(headers)
    return {**headers, "Content-Length": str(body.length)}


def _counted(body: Body) -> Iterator[bytes]:
    """The body's bytes; raises FileChanged where they are not as many as announced."""
    left = body.length
    for part in body:
        left -= len(part)
        if left < 0:
            break
        yield part
    if left:
        raise FileChanged("The file gave another number of bytes than announced.")


class _Written:
    """Hears from httpx whether any byte of the request itself (not of a CONNECT) was written."""

    def __init__(self) -> None:
        self.begun = False

    def __call__(self, event: str, info: Mapping[str, object]) -> None:
        if event.endswith("send_request_headers.started"):
            method = getattr(info.get("request"), "method", b"")
            self.begun = self.begun or method != b"CONNECT"
