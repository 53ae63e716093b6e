"""From a TOML file to Settings, or to every problem at once (reliability.md C1-C14)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from agent.config.faults import Fault, secret_faults, setting_faults
from agent.config.lines import Key, find_lines, line_of, shown
from agent.config.settings import Settings
from agent.config.watched import folder_faults, full_path
from agent.errors import ConfigProblem
from agent.model.naming import safe_text
from agent.system.places import CONFIG_VARIABLE, Home, expanded

EXAMPLE = "See `config.example.toml`."
MOST_BYTES = 1 << 20


def config_path(path: Path | None, env: Mapping[str, str]) -> Path:
    """The file that counts: --config, else FILED_AGENT_CONFIG, else the usual place."""
    if path is not None:
        return path
    named = env.get(CONFIG_VARIABLE, "").strip()
    return expanded(named, CONFIG_VARIABLE) if named else Home.find(env).config


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """The settings from `path` (or where config_path says).

    Raises ConfigProblem with every problem found: file, line, key, what is wrong, the remedy.
    """
    file = config_path(path, env)
    text = _read(file)
    document = _parse(file, text)
    lines = find_lines(text)
    settings, faults = _settings(document, Home.find(env))
    if settings is None or faults:
        raise ConfigProblem(*(_told(file, lines, fault) for fault in _sorted(lines, faults)))
    return settings


def lines_of(file: Path) -> Mapping[Key, int]:
    """On which line of the file each table and key stands; empty where it cannot be read."""
    try:
        return find_lines(_read(file))
    except ConfigProblem:
        return {}


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigProblem(f"{file}: there is no such file. {EXAMPLE}") from None
    except IsADirectoryError:
        raise ConfigProblem(f"{file}: is a folder, not a file. {EXAMPLE}") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigProblem(f"{file}: cannot be read ({reason}). Allow it. {EXAMPLE}") from error
    if len(data) > MOST_BYTES:
        raise ConfigProblem(f"{file}: is larger than 1 MiB, so it is no configuration. {EXAMPLE}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise ConfigProblem(f"{file}:{line}: is not UTF-8 text. Save it as UTF-8.") from None
    if not text.strip():
        raise ConfigProblem(f"{file}: is empty. {EXAMPLE}")
    return text


def _parse(file: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        place = re.search(r" \(at line ([0-9]+), column ([0-9]+)\)$", said)
        line = place[1] if place else str(text.count("\n") + 1)
        what = safe_text(said[: place.start()] if place else said.split(" (at ")[0])
        raise ConfigProblem(
            f"{file}:{line}: is not TOML: {what}. Mend that line; text stands in quotes, and a "
            "Windows path in single quotes: 'C:\\Clients'."
        ) from None
    except (ValueError, RecursionError):  # tomllib checks neither
        raise ConfigProblem(
            f"{file}: has a number that is too long or is nested too deeply. {EXAMPLE}"
        ) from None


def _settings(document: dict[str, object], home: Home) -> tuple[Settings | None, list[Fault]]:
    secret = list(secret_faults(document))
    secret_keys = {key for key, _ in secret}
    settings, found = None, list(secret)
    try:
        settings = Settings.model_validate(document)
    except ValidationError as error:
        found += [fault for fault in setting_faults(error) if fault[0] not in secret_keys]
    if not document.get("folder"):
        found.append(
            (("folder",), f"names no folder to watch; add a [[folder]] with its path. {EXAMPLE}")
        )
    return settings, found + list(_folder_faults(document, home))


def _folder_faults(document: dict[str, object], home: Home) -> Iterator[Fault]:
    """The paths' faults, told also while other keys have theirs."""
    folders = document.get("folder")
    named: dict[int, Path] = {}
    for number, folder in enumerate(folders if isinstance(folders, list) else []):
        path = folder.get("path") if isinstance(folder, dict) else None
        with suppress(ValueError):  # told by the settings already
            if isinstance(path, str):
                named[number] = full_path(path)
    private = (home.folder, home.log_folder)
    for number, said in folder_faults(named, _own_home(), private):
        yield ("folder", number, "path"), said


def _own_home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # an account of a service may have none
        return None


def _sorted(lines: dict[Key, int], faults: list[Fault]) -> list[Fault]:
    """In the order of the file; each once."""
    unique = list(dict.fromkeys(faults))
    return sorted(unique, key=lambda fault: line_of(lines, fault[0]) or 0)


def _told(file: Path, lines: dict[Key, int], fault: Fault) -> str:
    key, said = fault
    line = line_of(lines, key)
    place = str(file) if line is None else f"{file}:{line}"
    return f"{place}: {safe_text(shown(key))} {said if said.endswith(('.', '?')) else said + '.'}"
