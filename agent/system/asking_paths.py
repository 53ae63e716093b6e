"""Questions about a path that may lie on a dead server, each within a budget (row E5).

A configuration is read, and the agent starts, although a watched folder hangs: the others must not
wait for it, and a signal must be heeded.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread  # noqa: TID251 - a call that hangs can only be left behind
from typing import TypeVar

Answer = TypeVar("Answer")

BUDGET = 5.0  # seconds
SILENCE = 60.0  # seconds for which a path that hung is not asked again

_lock = threading.Lock()
_silent: dict[str, float] = {}  # until when, on the monotonic clock


def real_path(path: str | os.PathLike[str]) -> str:
    """The path with every link resolved, as far as its parts answer.

    The part that hangs is the root of a mount, thus no link; what is below it is left as it is.
    """
    full = os.path.abspath(path)
    above, name = os.path.split(full)
    try:
        return within(full, lambda: os.path.realpath(full))
    except TimeoutError:
        return os.path.join(real_path(above), name) if name else full


def same_file(one: Path, other: Path) -> bool:
    """Whether both are one file or folder; False where one does not answer or is not there."""
    try:
        return os.path.samestat(within(str(one), one.stat), within(str(other), other.stat))
    except OSError:
        return False


def within(path: str, ask: Callable[[], Answer]) -> Answer:
    """The answer, or its error. Raises TimeoutError where none comes in time."""
    with _lock:
        if time.monotonic() < _silent.get(path, 0.0):
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), path)
    answers: SimpleQueue[Answer | Exception] = SimpleQueue()

    def call() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # it belongs to whoever asked
            answers.put(error)

    Thread(target=call, name="asking", daemon=True).start()
    try:
        answer = answers.get(timeout=BUDGET)
    except Empty:
        with _lock:
            _silent[path] = time.monotonic() + SILENCE
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), path) from None
    if isinstance(answer, Exception):
        raise answer
    return answer
