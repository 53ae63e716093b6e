"""What no log may hold: tokens, keys, passwords, social security numbers."""

from __future__ import annotations

import re

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
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for shape, instead in SHAPES:
            text = shape.sub(instead, text)
        return text
