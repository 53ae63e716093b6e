"""Why Filed could not be reached, as a sentence; for requests that surely never left."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpx

from agent.errors import FiledUnreachable, NotTrusted, ProxyRefused
from agent.filed.endpoint import Endpoint


def never_sent(error: httpx.TransportError, endpoint: Endpoint) -> FiledUnreachable:
    """The error for a request of which no byte was written (DNS, connect, TLS, proxy, pool)."""
    said = _sentence(error, endpoint)
    if isinstance(error, httpx.ProxyError):
        return ProxyRefused(said)
    refused = (link for link in _chain(error) if isinstance(link, ssl.SSLCertVerificationError))
    return FiledUnreachable(said) if next(refused, None) is None else NotTrusted(said)


def _sentence(error: httpx.TransportError, endpoint: Endpoint) -> str:
    host = endpoint.host
    if isinstance(error, httpx.PoolTimeout):
        return "All connections to Filed are in use."
    if isinstance(error, httpx.ProxyError):
        return f"The proxy refused the way to {host}: {str(error)[:80]}"
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer in time."
    return _cause(list(_chain(error)), host, endpoint.port)


def _cause(chain: list[BaseException], host: str, port: int) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            why = str(getattr(link, "verify_message", "") or "no reason given")[:200]
            return f"The certificate of {host} is not trusted: {why.rstrip('.')}."
        if isinstance(link, ssl.SSLError):
            why = str(link.reason or "handshake failed").replace("_", " ").lower()
            return f"No safe connection (TLS 1.2 or newer) with {host}: {why}."
        if isinstance(link, socket.gaierror):
            return f"The name {host} was not found: no network, or a fault of the name service."
        if isinstance(link, ConnectionRefusedError):
            return f"{host} refused the connection on port {port}."
    return f"No connection to {host} on port {port}."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what caused it, outermost first; bounded against loops."""
    link: BaseException | None = error
    for _ in range(12):
        if link is None:
            return
        yield link
        link = link.__cause__ or link.__context__
