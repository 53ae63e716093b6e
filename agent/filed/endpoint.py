"""An address at Filed that the configuration names; no reply can add another one."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.errors import ConfigProblem

PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A configured URL without its trailing slash; plain http only to loopback (S6)."""

    url: str
    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Endpoint:
        """Check a configured address; raises ConfigProblem with the sentence that says why."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname or "", parts.port
            host.encode("idna")
        except ValueError:
            raise ConfigProblem("An address of Filed is not a URL.") from None
        if parts.scheme not in PORTS or not host:
            raise ConfigProblem("An address of Filed must begin with https:// and name a host.")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ConfigProblem(
                f"The address at {host} must hold no user name, no password, no ? and no #."
            )
        if parts.scheme == "http" and not is_loopback(host):
            raise ConfigProblem(f"The address at {host} must use https://; http is for loopback.")
        url = f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
        return cls(url, parts.scheme, host, port or PORTS[parts.scheme])

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: the only place where the token may go."""
        return self.scheme, self.host, self.port

    @property
    def path(self) -> str:
        """The path without a trailing slash; empty for a bare host."""
        return urlsplit(self.url).path

    @property
    def loopback(self) -> bool:
        """Whether the address stays on this machine."""
        return is_loopback(self.host)

    def under(self, segment: str) -> str:
        """The URL one segment below; the caller has validated the segment."""
        return f"{self.url}/{segment}"


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
