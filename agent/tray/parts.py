"""pystray as this system needs it, imported in one place.

On Linux none of its own backends serves: two need GTK (103 MB of memory), the third has neither
menu nor notices. There agent.tray.sni takes their place, and pystray is told to look for none.
"""

from __future__ import annotations

import os
import sys

VARIABLE = "PYSTRAY_BACKEND"
OWN_BACKEND = sys.platform not in ("win32", "darwin")

_before = os.environ.get(VARIABLE)
if OWN_BACKEND:
    os.environ[VARIABLE] = "dummy"
try:
    import pystray
finally:
    if _before is not None:
        os.environ[VARIABLE] = _before
    elif OWN_BACKEND:
        del os.environ[VARIABLE]

PlainIcon = pystray.Icon
Menu = pystray.Menu
MenuItem = pystray.MenuItem
