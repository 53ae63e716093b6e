"""No image of our memory on any disk: it holds the key, a token and bytes of documents."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource


def forbid_core_dumps() -> None:
    """Let the system write none when this process, or one that it starts, dies of a fault.

    Windows writes none unless an administrator asks for them.
    """
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
