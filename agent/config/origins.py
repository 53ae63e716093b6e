"""The addresses of Filed: checked once, here, because the API key is sent to them (S6)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit, urlunsplit

HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


def checked_address(text: str) -> str:
    """The address in its plain form: no trailing slash, scheme and host in lower case.

    Raises ValueError with a sentence, which never repeats the address (it may hold a password).
    """
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("has a character that no address has; copy it again from Filed's guide")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("is not an address; it looks like https://host/path") from None
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError("is not an address; it begins with https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("holds a user name or password; remove the part before the @")
    if "?" in text or "#" in text:
        raise ValueError("holds a query or fragment; remove the part from ? or # on")
    if not _is_ip(host) and not HOST.fullmatch(host):
        raise ValueError("names a host that cannot exist; check its spelling")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("begins with http://; use https:// (http is for this machine alone)")
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != {"https": 443, "http": 80}[parts.scheme]:
        netloc += f":{port}"
    return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address is this very machine, without asking a name server."""
    if host == "localhost":
        return True
    return _is_ip(host) and ipaddress.ip_address(host).is_loopback


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
