"""Showing a notice: by the desktop's service, or in pystray's way where there is none."""

from __future__ import annotations

from typing import Any

from agent.tray.menu import short
from agent.words.tray import NAME

TITLE_MOST, TEXT_MOST = 63, 255  # characters that Windows takes; pystray raises beyond


def show_notice(icon: Any, kind: str, title: str, text: str, *, urgent: bool = False) -> None:
    """Show it beside this icon (pystray's or ours). A newer one of a kind replaces the older."""
    if hasattr(icon, "notice"):
        icon.notice(kind, short(title, 200), short(text, 1000), urgent=urgent)
    elif icon.HAS_NOTIFICATION:
        icon.notify(short(text, TEXT_MOST), short(title or NAME, TITLE_MOST))
