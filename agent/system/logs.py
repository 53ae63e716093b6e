"""The log: one record, one line, no secrets; a full or failing disk never stops the work."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from agent.model.naming import safe_text
from agent.system.redaction import Redaction

FILE_BYTES = 10 << 20
OLD_FILES = 4  # and the newest: five of 10 MB
LINE_MOST = 16_384  # characters; a server's endless answer is cut off
CHATTY = ("httpx", "httpcore", "watchdog", "keyring", "urllib3", "asyncio")


class Lines(logging.Formatter):
    """A record as one line, JSON or plain; control characters escaped, secrets hidden (N1)."""

    def __init__(self, redaction: Redaction, *, as_json: bool) -> None:
        super().__init__()
        self._redaction = redaction
        self._as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = self._clean(_message(record))
        trace = self._clean(self._traced(record)) if record.exc_info else ""
        if self._as_json:
            facts = {
                "at": at,
                "level": record.levelname.lower(),
                "from": safe_text(record.name),
                "thread": safe_text(record.threadName or ""),
                "message": message,
            }
            return json.dumps({**facts, "trace": trace} if trace else facts, ensure_ascii=False)
        line = f"{at} {record.levelname:<7} {safe_text(record.name)}: {message}"
        return f"{line} | {trace}" if trace else line

    def _traced(self, record: logging.LogRecord) -> str:
        """The trace without the paths that system errors name: they are names of clients."""
        if not record.exc_info:
            return ""
        text = self.formatException(record.exc_info)
        for path in _paths_named(record.exc_info[1]):
            text = text.replace(repr(path), "[path]")
        return text

    def _clean(self, text: str) -> str:
        # cut generously first: hiding must see whole secrets, but not megabytes
        hidden = self._redaction(text[: 2 * LINE_MOST])
        return safe_text(hidden[:LINE_MOST])


def _paths_named(error: BaseException | None) -> Iterator[object]:
    """What the error and those behind it say of files; bounded against loops."""
    behind = [error]
    for _ in range(32):
        if not behind:
            return
        one = behind.pop()
        if one is None:
            continue
        if isinstance(one, OSError):
            yield from (path for path in (one.filename, one.filename2) if path is not None)
        behind += [one.__cause__, one.__context__]


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a slip of ours must not swallow the record
        return f"{record.msg} (its arguments do not fit)"


class LogFile(RotatingFileHandler):
    """Rotating file (0600). What cannot be written is counted in `lost` and forgotten."""

    def __init__(self, path: Path, formatter: logging.Formatter) -> None:
        super().__init__(
            path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8", delay=True
        )
        self.lost = 0
        self.setFormatter(formatter)

    def _open(self) -> TextIOWrapper:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(self.baseFilename, flags, 0o600)
        if sys.platform != "win32":
            os.fchmod(descriptor, 0o600)
        return open(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def doRollover(self) -> None:
        """Begin a new file; where the old one cannot be moved it simply grows on."""
        with suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:
        """Called for any trouble while writing; logging would print it or raise."""
        del record
        self.lost += 1

    def close(self) -> None:
        """Close the file; on a failing disk the last buffer may be lost, and that is all."""
        try:
            super().close()
        except OSError:
            self.lost += 1


class Logs:
    """The log of this process, while it is open."""

    def __init__(self, path: Path, *, level: str = "info", as_json: bool = True) -> None:
        """Open the log at `path`, for every logger of the process; never raises for the disk."""
        self.redaction = Redaction()
        self.file = LogFile(path, Lines(self.redaction, as_json=as_json))
        self._root = logging.getLogger()
        self._level = self._root.level
        self._root.addHandler(self.file)
        self._root.setLevel(level.upper())
        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)

    def close(self) -> None:
        """Close the log; records after that go nowhere."""
        self._root.removeHandler(self.file)
        self._root.setLevel(self._level)
        self.file.close()

    def __enter__(self) -> Logs:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
