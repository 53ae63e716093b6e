"""What the tray says in its own name; the rest it is told by the agent."""

from __future__ import annotations

NAME = "Filed Agent"
NOT_RUNNING = "No agent is running."
START_IT = "Start it with `filed-agent run`."
NO_TRAY = (
    "This desktop shows no tray icons. Use `filed-agent open` for the status page; "
    "notices still appear."
)
NO_BUS = (
    "There is no desktop to show an icon on. Use `filed-agent open` for the status page; "
    "notices are printed here."
)
NO_PARTS = (
    "The tray needs parts that are not installed. Install them with "
    "`pip install 'filed-agent[tray]'`."
)
ALREADY = "The icon of this desktop is already there."
DESKTOP_GONE = "The desktop has ended, and the icon with it. The agent goes on."

SHOW_STATUS = "Show status"
RECENT = "Recent documents"
OPEN_FOLDER = "Open folder"
PAUSE = "Pause"
PAUSE_HOUR = "For 1 hour"
PAUSE_TOMORROW = "Until tomorrow"
PAUSE_OPEN = "Until resumed"
RESUME = "Resume"
SCAN = "Scan now"
RETRY_ALL = "Retry all"
SIGN_IN = "Sign in..."
DIAGNOSTICS = "Diagnostics"
HOME_FOLDER = "Open the agent's folder"
ABOUT = "About"
QUIT = "Quit this icon (the agent goes on)"
NO_RECENT = "None yet"

SIGN_IN_HINT = "Run `filed-agent login` in a terminal on this machine; it checks and keeps the key."
PRESS_ENTER = "Press Enter to close this window."
CANNOT_OPEN_FOLDER = "This folder is not there, or cannot be opened from this desktop: {path}"
CANNOT_OPEN_PAGE = "No browser could be started. Use `filed-agent open --print` for the link."
AGENT_GONE = "The agent does not answer any more, so nothing was done."
ANSWER_LATE = "The answer did not come in time; it may still be done. Look again in a moment."
CANNOT_LOOK = "An agent is running; do not start a second one. The icon asks again by itself."
NO_WORD = "An agent is running, but does not tell how it stands."
ODD_ANSWER = (
    "What the agent tells cannot be understood. Is this icon of the same version? Start it again."
)
AUTOSTART_ON = "The icon starts with the desktop: {path}"
AUTOSTART_OFF = "The icon does not start with the desktop."


def needs_you(number: int) -> str:
    """The entry that leads to what waits for a person."""
    return f"Needs you ({number:,})..."


def late_text(text: str, at: str) -> str:
    """A notice that is shown late; `at` is a time for people."""
    return f"{text} ({at})"


def more_text(number: int) -> str:
    """What stands for the late notices that are not shown one by one."""
    return f"And {number:,} more; see the status page."


def resume_label(until: str | None) -> str:
    """`until` is a time for people; None: paused without an end."""
    return RESUME if until is None else f"{RESUME} (paused until {until})"


def about_text(version: str | None) -> str:
    """What the entry About says."""
    known = "" if version is None else f" {version}"
    return (
        f"{NAME}{known} takes documents from this firm's folders to Filed. "
        "The icon only shows and steers it; closing it stops nothing."
    )
