"""What no log may hold: tokens, keys, passwords, social security numbers."""

from __future__ import annotations

import re
import threading
from collections import deque

HIDDEN = "[hidden]"
LEAST_SECRET = 8  # a shorter "secret" would blot out ordinary words

# Each repetition is bounded or has one way to match only, so hostile text costs linear time.
SHAPES = (
    (re.compile(r"\b(Bearer|Basic)\s+[^\s\"',;]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"eyJ[\w-]{6,1024}\.[\w-]{2,8192}(?:\.[\w-]{0,4096})?"), HIDDEN),
    (
        re.compile(
            r"((?:api[_-]?key|(?:refresh|access|user|workspace|security)?[_-]?token|secret"
            r"|password|passwd|authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?)(?!\s)[^\s\"',;&}]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), "***-**-****"),
)


MOST_KNOWN = 64  # tokens live half an hour; the key comes in again with each of them

_known: deque[str] = deque(maxlen=MOST_KNOWN)
_lock = threading.Lock()


def hide_everywhere(secret: str) -> None:
    """Hide this text in every log of this process from now on, also in one opened later.

    A verb that fails writes its trace into a log of its own, which nobody told of the key.
    """
    if len(secret) < LEAST_SECRET:
        return
    with _lock:
        if secret in _known:
            _known.remove(secret)  # so that the oldest goes first
        _known.append(secret)


class Redaction:
    """Hides what looks like a secret, and the secrets it was told of."""

    def __init__(self) -> None:
        self._secrets: tuple[str, ...] = ()

    def learn(self, secret: str) -> None:
        """Hide this very text from now on, whatever it looks like (8 characters or more)."""
        if len(secret) >= LEAST_SECRET and secret not in self._secrets:
            self._secrets = (*self._secrets, secret)

    def __call__(self, text: str) -> str:
        """The text with what must not be seen replaced."""
        with _lock:
            known = (*self._secrets, *_known)
        for secret in known:
            text = text.replace(secret, HIDDEN)
        for shape, instead in SHAPES:
            text = shape.sub(instead, text)
        return text
