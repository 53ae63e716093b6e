"""R25: certificates and protocol versions that are refused, and in which words."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.errors import FiledUnreachable, NotTrusted
from agent.filed.endpoint import Endpoint
from agent.filed.transport import Transport
from tests.filed.kit import SHORT, JumpingClock
from tests.filed.scripted import Scripted, reply

pytestmark = [pytest.mark.system, pytest.mark.slow]

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None and not os.environ.get("CI"), reason="no openssl"
)

EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE\nsubjectAltName={names}\nextendedKeyUsage=serverAuth\n"
)


@dataclass
class Authority:
    """A certificate authority in a folder, and servers' certificates by it."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root.pem"

    def issue(self, name: str, names: str, days: int = 2) -> ssl.SSLContext:
        """A server's context with a certificate for these names, valid for so many days."""
        key, request, pem = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(EXTENSIONS.format(names=names))
        run(
            "req",
            "-newkey",
            "ec",
            *CURVE,
            "-nodes",
            "-keyout",
            key,
            "-out",
            request,
            *subject(name),
        )
        run(
            "x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self.folder / "root.key",
            "-CAcreateserial", "-days", str(days), "-extfile", extensions, "-out", pem,
        )  # fmt: skip
        return server_context(pem, key)


CURVE = ("-pkeyopt", "ec_paramgen_curve:prime256v1")


def subject(name: str) -> tuple[str, str]:
    return ("-subj", f"/CN={name}")


def run(*arguments: object) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30)


def server_context(pem: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    folder = tmp_path_factory.mktemp("tls")
    run(
        "req", "-x509", "-newkey", "ec", *CURVE, "-nodes", "-days", "2", *subject("Test root"),
        "-keyout", folder / "root.key", "-out", folder / "root.pem",
        "-addext", "basicConstraints=critical,CA:TRUE",
    )  # fmt: skip
    return Authority(folder)


@pytest.fixture
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """The authority is one that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))


def refusal(tls: ssl.SSLContext) -> str:
    """The sentence with which a connection to a server with this context is refused."""
    with Scripted(reply(200), tls=tls) as server:
        url = server.url("/graphql", "https")
        with (
            Transport([Endpoint.parse(url)], JumpingClock(), timeouts=SHORT) as transport,
            pytest.raises(FiledUnreachable) as caught,
        ):
            transport.send("POST", url, {"Authorization": "Bearer t1"}, b"{}")
        assert server.connections == 1, "a refused certificate must not be tried again at once"
        assert server.asked == []
    told = NotTrusted if "is not trusted" in caught.value.said else FiledUnreachable
    assert type(caught.value) is told
    return caught.value.said


@needs_openssl
@pytest.mark.usefixtures("_trusted")
def test_R25_a_certificate_that_the_system_trusts_is_accepted(authority: Authority) -> None:
    with Scripted(reply(200, b"ok"), tls=authority.issue("good", "IP:127.0.0.1")) as server:
        url = server.url("/graphql", "https")
        with Transport([Endpoint.parse(url)], JumpingClock(), timeouts=SHORT) as transport:
            assert transport.send("GET", url, {}).body == b"ok"
            assert transport.send("GET", url, {}).body == b"ok"
        assert server.connections == 1


@needs_openssl
@pytest.mark.usefixtures("_trusted")
def test_R25_wrong_host(authority: Authority) -> None:
    said = refusal(authority.issue("wrong", "DNS:filed.example"))
    assert said.startswith("The certificate of 127.0.0.1 is not trusted")
    assert "IP address mismatch" in said


@needs_openssl
@pytest.mark.usefixtures("_trusted")
def test_R25_expired(authority: Authority) -> None:
    said = refusal(authority.issue("expired", "IP:127.0.0.1", days=-1))
    assert said == "The certificate of 127.0.0.1 is not trusted: certificate has expired."


@needs_openssl
def test_R25_unknown_authority(authority: Authority) -> None:
    said = refusal(authority.issue("stranger", "IP:127.0.0.1"))
    assert said.startswith("The certificate of 127.0.0.1 is not trusted")


@needs_openssl
@pytest.mark.usefixtures("_trusted")
def test_R25_self_signed(tmp_path: Path) -> None:
    run(
        "req", "-x509", "-newkey", "ec", *CURVE, "-nodes", "-days", "2", *subject("127.0.0.1"),
        "-keyout", tmp_path / "key", "-out", tmp_path / "pem",
        "-addext", "subjectAltName=IP:127.0.0.1",
    )  # fmt: skip
    assert "self-signed certificate" in refusal(server_context(tmp_path / "pem", tmp_path / "key"))


@needs_openssl
@pytest.mark.usefixtures("_trusted")
def test_R25_tls_1_1(authority: Authority) -> None:
    context = authority.issue("old", "IP:127.0.0.1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1_1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    said = refusal(context)
    assert said.startswith("No safe connection (TLS 1.2 or newer) with 127.0.0.1")


def test_R25_a_server_that_does_not_speak_tls_at_all() -> None:
    with Scripted(reply(200)) as server:
        url = server.url("/graphql", "https")
        with (
            Transport([Endpoint.parse(url)], JumpingClock(), timeouts=SHORT) as transport,
            pytest.raises(FiledUnreachable),
        ):
            transport.send("GET", url, {})
