"""Why a request was never sent: what ends by itself, and what a person has to put right."""

from __future__ import annotations

import ssl

import httpx
import pytest

from agent.errors import FiledUnreachable, NotTrusted, ProxyRefused
from agent.filed.endpoint import Endpoint
from agent.filed.unreachable import never_sent

ENDPOINT = Endpoint.parse("https://filed.example/graphql")


def caused_by(cause: Exception) -> httpx.ConnectError:
    error = httpx.ConnectError(str(cause))
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (httpx.ProxyError("407 Proxy Authentication Required"), ProxyRefused, "407 Proxy Auth"),
        (httpx.ProxyError("403 Forbidden"), ProxyRefused, "The proxy refused the way to filed.ex"),
        (caused_by(ssl.SSLCertVerificationError("self-signed")), NotTrusted, "is not trusted"),
        (caused_by(ConnectionRefusedError()), FiledUnreachable, "refused the connection"),
        (httpx.ConnectTimeout("slow"), FiledUnreachable, "did not answer in time"),
    ],
)
def test_a_proxy_and_a_certificate_are_told_from_a_line_that_is_down(
    error: httpx.TransportError, kind: type[FiledUnreachable], said: str
) -> None:
    found = never_sent(error, ENDPOINT)
    assert type(found) is kind
    assert said in found.said
    assert found.exit_code == 5
