"""The sockets below the transport: verified TLS, a deadline for each reply, the proxy.

httpx bounds each read, not the reply: a server that sends one byte a minute would hold a thread
for ever. So the streams below count the seconds since the request was written (R16), and a
connection that is given up is aborted.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx
import truststore

from agent.errors import ConfigProblem
from agent.filed.addresses import Address, Addresses
from agent.filed.endpoint import PORTS, Endpoint

SILENT = 2.0  # seconds an address may take while there are others: a SYN was sent twice
HOST = re.compile(rb"[A-Za-z0-9._:-]+")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each part of a request may take, in seconds."""

    connect: float = 10.0
    read: float = 60.0  # silence while a reply is due
    write: float = 60.0  # the server takes not a byte
    pool: float = 30.0  # all connections are in use
    reply: float = 120.0  # from the last byte written to the last byte read

    def for_httpx(self) -> httpx.Timeout:
        """The same as httpx wants it; `reply` is counted by the streams of this module."""
        return httpx.Timeout(connect=self.connect, read=self.read, write=self.write, pool=self.pool)


def trusted_tls() -> ssl.SSLContext:
    """TLS 1.2 or newer, certificates as the operating system trusts them; there is no way out."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def proxy_for(endpoint: Endpoint) -> str | None:
    """The proxy that the system names for an endpoint; never one for loopback."""
    if endpoint.loopback or proxy_bypass(endpoint.host):
        return None
    found = getproxies()
    proxy = found.get(endpoint.scheme) or found.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    if not _usable(proxy):
        # its value is not repeated: it may hold a password
        raise ConfigProblem(
            "The system's proxy is not an http or https address such as http://host:3128; no "
            "other kind is used."
        )
    return proxy


def _usable(proxy: str) -> bool:
    """Whether httpx can reach a proxy by this address; else it would fail in unforeseen ways."""
    try:
        parts = httpx.URL(proxy)
        port = parts.port or PORTS[parts.scheme]
    except (httpx.InvalidURL, ValueError, KeyError):
        return False
    return parts.scheme in PORTS and port < 1 << 16 and bool(HOST.fullmatch(parts.raw_host))


class Wire(httpx.HTTPTransport):
    """httpx's pool of connections with a deadline for each reply."""

    def __init__(
        self, tls: ssl.SSLContext, limits: httpx.Limits, timeouts: Timeouts, proxy: str | None
    ) -> None:
        super().__init__(verify=tls, trust_env=False, limits=limits, proxy=proxy)
        # httpx offers no door for this; a test with a dripping server watches that it holds
        self._pool._network_backend = _Backend(timeouts.reply)


class _Backend(httpcore.SyncBackend):
    """Opens streams that know the deadline; no address that keeps silent holds us up for long."""

    def __init__(self, reply: float) -> None:
        self._reply = reply
        self._addresses = Addresses()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            *others, last = self._addresses.of(host, port)
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error

        def opened(address: Address, most: float | None) -> httpcore.NetworkStream:
            connect = super(_Backend, self).connect_tcp
            stream = connect(address.text, port, most, local_address, socket_options)
            self._addresses.answers(host, address)
            return _Stream(stream, self._reply)

        for address in others:
            with contextlib.suppress(httpcore.ConnectTimeout, httpcore.ConnectError):
                return opened(address, SILENT if timeout is None else min(SILENT, timeout))
        return opened(last, timeout)


class _Stream(httpcore.NetworkStream):
    """One connection; the first read after a write starts the reply's clock."""

    def __init__(self, stream: httpcore.NetworkStream, reply: float) -> None:
        self._stream = stream
        self._reply = reply
        self._due: float | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        now = time.monotonic()
        if self._due is None:
            self._due = now + self._reply
        if now >= self._due:
            self._give_up()
            raise httpcore.ReadTimeout(f"the reply took longer than {self._reply:g} s")
        left = self._due - now
        try:
            return self._stream.read(max_bytes, left if timeout is None else min(left, timeout))
        except httpcore.ReadTimeout:
            self._give_up()
            raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._due = None
        try:
            self._stream.write(buffer, timeout)
        except httpcore.WriteTimeout:
            # a server that said no early may leave the rest of the body unread: hear it out
            if self._stream.get_extra_info("is_readable"):
                raise httpcore.WriteError("answered before the request was complete") from None
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Let close() take back what Filed has not acknowledged. Otherwise the system would go on
        to deliver it, for minutes: a mutation could arrive after its read-back, and count twice."""
        sock = self._stream.get_extra_info("socket")
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(stream, self._reply)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
