"""R25 as a person meets it: the first sign-in and every later run refuse the same certificates.

A check that the daemon does and the set-up leaves out is an old mistake of sync clients.
"""

from __future__ import annotations

import ssl
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.errors import FiledUnreachable
from agent.filed.endpoint import Endpoint
from agent.filed.transport import Transport
from tests.cli.firm import Firm
from tests.filed.kit import SHORT, JumpingClock
from tests.filed.scripted import Scripted, Talk, reply
from tests.filed.test_tls import CURVE, EXTENSIONS, Authority, run, server_context, subject

pytestmark = [pytest.mark.system, pytest.mark.slow]

KEY = "fk-canary-0123456789"
HERE = "IP:127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that every test here trusts."""
    folder = tmp_path_factory.mktemp("tls")
    run(
        "req", "-x509", "-newkey", "ec", *CURVE, "-nodes", "-days", "2", *subject("Test root"),
        "-keyout", folder / "root.key", "-out", folder / "root.pem",
        "-addext", "basicConstraints=critical,CA:TRUE",
    )  # fmt: skip
    return Authority(folder)


def weak(authority: Authority, name: str, kind: str, digest: str) -> ssl.SSLContext:
    """A server with an RSA key of this size and a certificate signed with this digest."""
    key, request, pem = (authority.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
    (authority.folder / f"{name}.ext").write_text(EXTENSIONS.format(names=HERE))
    run("req", "-newkey", kind, "-nodes", "-keyout", key, "-out", request, *subject(name))
    run(
        "x509", "-req", digest, "-in", request, "-CA", authority.root,
        "-CAkey", authority.folder / "root.key", "-CAcreateserial", "-days", "2",
        "-extfile", authority.folder / f"{name}.ext", "-out", pem,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(pem, key)
    return context


def old_protocol(authority: Authority) -> ssl.SSLContext:
    context = authority.issue("old", HERE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def self_signed(authority: Authority) -> ssl.SSLContext:
    key, pem = authority.folder / "own.key", authority.folder / "own.pem"
    run(
        "req", "-x509", "-newkey", "ec", *CURVE, "-nodes", "-days", "2", *subject("127.0.0.1"),
        "-keyout", key, "-out", pem, "-addext", f"subjectAltName={HERE}",
    )  # fmt: skip
    return server_context(pem, key)


def unknown_authority(authority: Authority) -> ssl.SSLContext:
    folder = authority.folder / "stranger"
    folder.mkdir(exist_ok=True)
    run(
        "req", "-x509", "-newkey", "ec", *CURVE, "-nodes", "-days", "2", *subject("Stranger"),
        "-keyout", folder / "root.key", "-out", folder / "root.pem",
        "-addext", "basicConstraints=critical,CA:TRUE",
    )  # fmt: skip
    return Authority(folder).issue("stranger", HERE)


REFUSED: dict[str, Callable[[Authority], ssl.SSLContext]] = {
    "wrong-host": lambda authority: authority.issue("wrong", "DNS:filed.example"),
    "expired": lambda authority: authority.issue("expired", HERE, days=-1),
    "self-signed": self_signed,
    "unknown-authority": unknown_authority,
    "tls-1.1": old_protocol,
    "rsa-1024": lambda authority: weak(authority, "small", "rsa:1024", "-sha256"),
    "sha-1": lambda authority: weak(authority, "sha1", "rsa:2048", "-sha1"),
}


@pytest.fixture
def firm(tmp_path: Path, authority: Authority) -> Firm:
    firm = Firm.found(tmp_path / "firm")
    firm.env |= {"SSL_CERT_FILE": str(authority.root), "SSLKEYLOGFILE": str(tmp_path / "keylog")}
    firm.put("Ash Bakery", "w2.csv")
    return firm


def aim(firm: Firm, server: Scripted) -> None:
    """Let the firm's configuration name this server, over TLS."""
    text = firm.config.read_text()
    for name, path in (("graphql_url", "/graphql"), ("upload_url", "/api/uploads")):
        line = next(line for line in text.splitlines() if line.startswith(name))
        text = text.replace(line, f'{name} = "{server.url(path, "https")}"')
    firm.config.write_text(text)


@pytest.mark.parametrize("verb", ["login", "sync"])
@pytest.mark.parametrize("certificate", REFUSED)
def test_R25_nothing_is_sent_before_the_certificate_is_believed(
    firm: Firm, authority: Authority, certificate: str, verb: str
) -> None:
    with Scripted(reply(500), tls=REFUSED[certificate](authority)) as server:
        aim(firm, server)
        code, told = called(firm, verb)
        assert server.asked == []
        assert 1 <= server.connections <= 3, "no storm of tries"
    assert code == 5, told
    assert "127.0.0.1" in told
    assert KEY not in told
    assert not (firm.home / "api-key").exists()
    assert read_along(firm) == []


@pytest.mark.parametrize("verb", ["login", "sync"])
def test_R25_a_good_certificate_lets_both_verbs_through(
    firm: Firm, authority: Authority, verb: str
) -> None:
    """Else the table above would prove nothing."""
    with Scripted(reply(500), tls=authority.issue("good", HERE)) as server:
        aim(firm, server)
        called(firm, verb)
        assert server.asked[0].path == "/graphql"
        assert KEY in server.asked[0].body.decode()
    assert read_along(firm) == [], "nobody may read along by a variable"


def read_along(firm: Firm) -> list[str]:
    """The secrets in the file of SSLKEYLOGFILE; a library of tuspy's only writes its heading."""
    keylog = firm.folder.parent / "keylog"
    lines = keylog.read_text().splitlines() if keylog.exists() else []
    return [line for line in lines if not line.startswith("#")]


def called(firm: Firm, verb: str) -> tuple[int, str]:
    """Exit code and words of a verb that is given the key as a person gives it."""
    if verb == "sync":
        done = firm.run("sync", "--patience", "0.5", FILED_API_KEY=KEY)
        return done.returncode, done.stdout + done.stderr
    firm.env.pop("FILED_API_KEY")
    result = firm.call("login", "--stdin", "--allow-file", stdin=KEY)
    return result.exit_code, result.output


def test_R25_a_proxy_that_breaks_the_seal_gets_nothing(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says yes to CONNECT and then shows a certificate of its own for Filed's name."""
    seen: list[bytes] = []
    ended = threading.Event()
    context = authority.issue("filed.example", "DNS:filed.example")

    def pretend(talk: Talk) -> bool:
        talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            with context.wrap_socket(talk.sock, server_side=True) as inside:
                seen.append(inside.recv(65536))
        finally:
            ended.set()
        return False

    with Scripted(pretend) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        endpoint = Endpoint.parse("https://filed.example/graphql")
        with (
            Transport([endpoint], JumpingClock(), timeouts=SHORT) as transport,
            pytest.raises(FiledUnreachable, match=r"certificate of filed\.example is not trusted"),
        ):
            transport.send("POST", endpoint.url, {"Authorization": "Bearer t1"}, b"{}")
        assert ended.wait(10)
    assert b"".join(seen) == b""
