"""R1: which Location gives an upload ID, and which is refused."""

from __future__ import annotations

import logging

import pytest

from agent.errors import AgentError, PointedElsewhere, ProtocolBroken
from agent.filed.endpoint import Endpoint
from agent.filed.location import is_downgrade, upload_id
from tests.filed.kit import house
from tests.filed.scripted import reply

FILED = Endpoint.parse("https://uploads.example/api/uploads")


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("https://uploads.example/api/uploads/u-1_A", id="absolute"),
        pytest.param("/api/uploads/u-1_A", id="relative"),
        pytest.param("u-1_A", id="bare"),
        pytest.param("https://uploads.example/api/uploads/u-1_A/", id="trailing-slash"),
        pytest.param("http://uploads.example/files/u-1_A", id="http-same-host"),
        pytest.param("http://uploads.example:8080/files/u-1_A", id="another-port"),
        pytest.param("HTTPS://UPLOADS.EXAMPLE/api/uploads/u-1_A", id="capitals"),
    ],
)
def test_R01_location_gives_the_id(location: str) -> None:
    assert upload_id(location, FILED) == "u-1_A"


@pytest.mark.parametrize(
    ("location", "error"),
    [
        pytest.param(None, ProtocolBroken, id="missing"),
        pytest.param("", ProtocolBroken, id="empty"),
        pytest.param("/", ProtocolBroken, id="only-slash"),
        pytest.param("https://uploads.example/api/uploads", ProtocolBroken, id="the-endpoint"),
        pytest.param("/api/uploads/", ProtocolBroken, id="the-endpoint-relative"),
        pytest.param("https://other.example/api/uploads/u1", PointedElsewhere, id="other-host"),
        pytest.param("//other.example/u1", PointedElsewhere, id="network-path"),
        pytest.param("https://uploads.example.evil.example/u1", PointedElsewhere, id="suffix"),
        pytest.param("https://uploads.example@other.example/u1", ProtocolBroken, id="disguise"),
        pytest.param("https://me@uploads.example/u1", ProtocolBroken, id="userinfo"),
        pytest.param("/api/uploads/" + "a" * 5000, ProtocolBroken, id="5000-characters"),
        pytest.param("/" + "a/" * 2500 + "u1", ProtocolBroken, id="5000-characters-of-path"),
        pytest.param("/api/uploads/" + "a" * 129, ProtocolBroken, id="long-id"),
        pytest.param("/api/uploads/u1\r\nX: y", ProtocolBroken, id="crlf"),
        pytest.param("/api/uploads/../u1", ProtocolBroken, id="dots-before"),
        pytest.param("/api/uploads/..", ProtocolBroken, id="dots-last"),
        pytest.param("/api/uploads/%2e%2e", ProtocolBroken, id="percent"),
        pytest.param("/api\\u1", ProtocolBroken, id="backslash"),
        pytest.param("/api/uploads/u1?token=1", ProtocolBroken, id="query"),
        pytest.param("/api/uploads/u1#x", ProtocolBroken, id="fragment"),
        pytest.param("file:///etc/u1", ProtocolBroken, id="scheme"),
        pytest.param("https://uploads.example:99999/u1", ProtocolBroken, id="port"),
        pytest.param("https://[bad/u1", ProtocolBroken, id="bracket"),
        pytest.param("/api/uploads/u1, /api/uploads/u2", ProtocolBroken, id="two"),
        pytest.param("/api/uploads/ünï", ProtocolBroken, id="not-ascii"),
    ],
)
def test_R01_location(location: str | None, error: type[AgentError]) -> None:
    with pytest.raises(error):
        upload_id(location, FILED)


def test_R01_location_with_http_is_a_downgrade_worth_a_warning() -> None:
    assert is_downgrade("http://uploads.example/files/u1", FILED)
    assert not is_downgrade("/files/u1", FILED)
    assert not is_downgrade("http://127.0.0.1/u1", Endpoint.parse("http://127.0.0.1/files"))


def test_a_warning_for_http_addresses_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    with house(reply(201, Location="/api/uploads/u1")) as h, caplog.at_level(logging.WARNING):
        h.uploads._endpoint = FILED
        h.uploads._warn_of_downgrade("http://uploads.example/files/u1")
        h.uploads._warn_of_downgrade("http://uploads.example/files/u2")
    assert len(caplog.records) == 1
