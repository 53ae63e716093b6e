"""The desktop's message bus, as much of it as an icon needs: call, answer, signal, listen.

One thread listens; any thread may send. A call never waits for its answer: what shall follow is
given along, and is done by the listening thread.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from jeepney import (  # type: ignore[import-untyped]  # it has no types
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.auth import AuthenticationError  # type: ignore[import-untyped]  # no types
from jeepney.io.threading import (  # type: ignore[import-untyped]  # no types
    DBusConnection,
    ReceiveStopped,
    open_dbus_connection,
)

LOG = logging.getLogger(__name__)
BUS_NAME = "org.freedesktop.DBus"
DO_NOT_QUEUE = 4  # RequestName: fail at once where another owns it
Body = tuple[Any, ...]
Then = Callable[[Body | None], None]  # the answer; None for an error
Answerer = Callable[["Called"], tuple[str, Body] | None]


class Called:
    """A call that came: interface (empty where the caller named none), member, body, path, and
    the connection that sent it."""

    def __init__(self, message: Message) -> None:
        fields = message.header.fields
        self.path = str(fields.get(HeaderFields.path, ""))
        self.interface = str(fields.get(HeaderFields.interface, ""))
        self.member = str(fields.get(HeaderFields.member, ""))
        self.sender = str(fields.get(HeaderFields.sender, ""))
        self.body: Body = message.body


def session_address(env: Mapping[str, str]) -> str | None:
    """Where the desktop's bus listens; None where there is none (D-Bus specification, "Message Bus
    Starting Services")."""
    named = env.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named:
        return named
    usual = os.path.join(env.get("XDG_RUNTIME_DIR", ""), "bus")
    return f"unix:path={usual}" if os.path.isabs(usual) and os.path.exists(usual) else None


class Bus:
    """A connection of our own; `answerer` answers calls, None: no such method."""

    def __init__(self, connection: DBusConnection) -> None:
        self._connection = connection
        self._waiting: dict[int, Then] = {}
        self._signals: dict[tuple[str, str], Callable[[Body], None]] = {}
        self.answerer: Answerer = lambda called: None

    @classmethod
    def session(cls, env: Mapping[str, str]) -> Bus | None:
        """The desktop's; None where there is none or it does not answer."""
        address = session_address(env)
        if address is None:
            return None
        try:
            return cls(open_dbus_connection(address))
        except (OSError, RuntimeError, ValueError, AuthenticationError) as error:
            LOG.info("the session bus cannot be used: %s", error)
            return None

    def call(self, to: DBusAddress, member: str, signature: str, body: Body, then: Then) -> None:
        """Send it; `then` is done when its answer comes. Raises OSError when the bus has gone."""
        message = new_method_call(to, member, signature or None, body)
        serial = next(self._connection.outgoing_serial)
        self._waiting[serial] = then
        self._connection.send(message, serial=serial)

    def ask_bus(self, member: str, signature: str, body: Body, then: Then) -> None:
        """Ask the bus itself."""
        self.call(message_bus, member, signature, body, then)

    def own(self, name: str, then: Callable[[bool | None], None]) -> None:
        """Take a name; whether it is ours now, None where the bus answers with an error."""
        self.ask_bus(
            "RequestName",
            "su",
            (name, DO_NOT_QUEUE),
            lambda body: then(None if body is None else body in ((1,), (4,))),
        )

    def on_signal(self, interface: str, member: str, then: Callable[[Body], None]) -> None:
        """Hear a signal from now on, whoever sends it."""
        self._signals[interface, member] = then
        rule = MatchRule(type="signal", interface=interface, member=member)
        self.ask_bus("AddMatch", "s", (rule.serialise(),), _nothing)

    def signal(self, path: str, interface: str, member: str, signature: str, body: Body) -> None:
        """Tell everyone who listens."""
        emitter = DBusAddress(path, interface=interface)
        self._connection.send(new_signal(emitter, member, signature or None, body))

    def listen(self) -> bool:
        """Answer what comes, until stop(); False when the bus has gone."""
        while True:
            try:
                message = self._connection.receive()
            except ReceiveStopped:
                return True
            except OSError:
                return False
            try:
                self._received(message)
            except OSError:
                return False
            except Exception:  # any program of the desktop may send anything
                LOG.exception("a message of the bus cannot be understood")

    def stop(self) -> None:
        """End listen(), from any thread or a signal."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let go; the bus forgets our names."""
        self._connection.close()

    def _received(self, message: Message) -> None:
        kind = message.header.message_type
        if kind is MessageType.method_call:
            self._answer(message)
        elif kind is MessageType.signal:
            called = Called(message)
            then = self._signals.get((called.interface, called.member))
            if then is not None:
                then(called.body)
        else:
            serial = message.header.fields.get(HeaderFields.reply_serial, -1)
            told = message.body if kind is MessageType.method_return else None
            self._waiting.pop(serial, _nothing)(told)

    def _answer(self, message: Message) -> None:
        try:
            found = self.answerer(Called(message))
        except (KeyError, IndexError, ValueError, TypeError) as error:
            self._send(
                message, new_error(message, f"{BUS_NAME}.Error.InvalidArgs", "s", (str(error),))
            )
            return
        if found is None:
            name = f"{BUS_NAME}.Error.UnknownMethod"
            self._send(message, new_error(message, name, "s", ("There is no such method.",)))
        else:
            self._send(message, new_method_return(message, found[0] or None, found[1]))

    def _send(self, asked: Message, answer: Message) -> None:
        if not asked.header.flags & MessageFlag.no_reply_expected:
            self._connection.send(answer)


def address(path: str, name: str, interface: str) -> DBusAddress:
    """An object of another program on the bus."""
    return DBusAddress(path, bus_name=name, interface=interface)


def _nothing(body: Body | None) -> None:
    """Nothing follows."""
