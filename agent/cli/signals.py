"""Being asked to stop: SIGTERM, Ctrl-C, a closed terminal, Ctrl-Break."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any

ASKING = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")  # as far as the system has them


class StopAsked:
    """While it is entered, signals only leave a note in `number`; a second Ctrl-C interrupts."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}
        self._never = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Wait, at most `seconds`; whether the end was asked for. Half a second late at most."""
        # nobody sets this event: a handler must not touch a lock that its own thread may hold
        if self.number is None:
            self._never.wait(seconds)
        return self.number is not None

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = number

    def __enter__(self) -> StopAsked:
        for name in ASKING:
            number = getattr(signal, name, None)
            # nohup ignores SIGHUP on purpose
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
