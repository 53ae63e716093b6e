"""The addresses behind a name, in the order in which they are worth a try.

A name often has addresses of both IP versions, and one version often leads nowhere. The version
that answered last comes first; the others follow in turn.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from itertools import chain, zip_longest


@dataclass(frozen=True, slots=True)
class Address:
    """One numeric address of a host."""

    family: socket.AddressFamily
    text: str


class Addresses:
    """Remembers which IP version answered for each host; safe to share among threads."""

    def __init__(self) -> None:
        self._answered: dict[str, socket.AddressFamily] = {}

    def of(self, host: str, port: int) -> list[Address]:
        """At least one address, versions in turn; raises OSError where the name is not found."""
        found = [
            Address(family, str(where[0]))
            for family, _, _, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        ]
        if not found:
            raise OSError(f"{host} has no address")
        first = self._answered.get(host, found[0].family)
        liked = [address for address in found if address.family == first]
        others = [address for address in found if address.family != first]
        pairs = chain.from_iterable(zip_longest(liked, others))
        return [address for address in pairs if address is not None]

    def answers(self, host: str, address: Address) -> None:
        """This one took our connection."""
        self._answered[host] = address.family
