"""The log: one line for each record, no secret in it, and never a reason to stop."""

from __future__ import annotations

import errno
import io
import json
import logging
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.system import logs as logs_module
from agent.system.logs import Lines, LogFile, Logs
from agent.system.redaction import Redaction

CANARY = "canary_0123456789abcdef"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


def a_record(message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("agent.x", logging.INFO, __file__, 1, message, args, None)


def line(message: str, *args: object, as_json: bool = False) -> str:
    return Lines(Redaction(), as_json=as_json).format(a_record(message, *args))


@pytest.mark.parametrize("as_json", [True, False])
def test_N01_a_forged_line_stays_inside_its_record(as_json: bool) -> None:
    shown = line("saw %s", "a.pdf\n2026-01-01 INFO all filed\x1b[2J\u2028x", as_json=as_json)
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown


@given(st.text(), st.booleans())
def test_any_text_gives_one_line_and_valid_json(text: str, as_json: bool) -> None:
    shown = line("%s", text, as_json=as_json)
    assert len(shown.splitlines()) == 1
    assert not as_json or json.loads(shown)["level"] == "info"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {CANARY}",
        f"{{'authorization': 'Bearer {CANARY}'}}",
        f"GET /x?token={CANARY}&a=1",
        f'{{"apiKey": "{CANARY}"}}',
        f"FILED_API_KEY={CANARY}",
        f"refreshToken: '{CANARY}'",
        f"password = {CANARY}",
        f"bearer\n{CANARY}",
    ],
)
def test_secrets_are_hidden_by_their_surroundings(text: str) -> None:
    assert CANARY not in line(text)
    assert "[hidden]" in line(text)


def test_tokens_are_hidden_by_their_shape_and_keys_by_their_value() -> None:
    redaction = Redaction()
    assert JWT not in redaction(f"got {JWT} back")
    assert JWT not in redaction(f"access_{JWT}")
    assert JWT.partition(".")[0] not in redaction(f"got {JWT} back")
    redaction.learn(CANARY)
    redaction.learn("short")
    assert redaction(f"x{CANARY}y short") == "x[hidden]y short"


def test_social_security_numbers_are_hidden_and_dates_are_not() -> None:
    assert Redaction()("W2 123-45-6789.pdf 2025-01-31 555-12-34567") == (
        "W2 ***-**-****.pdf 2025-01-31 555-12-34567"
    )


@pytest.mark.parametrize("text", ["eyJ-" * 8000, "token:" * 6000, "Bearer " * 5000, "1-" * 16000])
def test_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    line("%s", text)
    assert time.process_time() - start < 0.5


def test_a_trace_is_part_of_its_line_and_hides_secrets_too() -> None:
    try:
        raise ValueError(f"Bearer {CANARY}\nnext")
    except ValueError:
        record = a_record("failed")
        record.exc_info = sys.exc_info()
    shown = Lines(Redaction(), as_json=False).format(record)
    assert "ValueError" in shown
    assert CANARY not in shown
    assert len(shown.splitlines()) == 1


def test_an_endless_text_is_cut_and_wrong_arguments_lose_no_record() -> None:
    assert len(line("x" * 1_000_000)) < 20_000
    assert "do not fit" in line("%d files", "many")


def test_the_log_is_written_private_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    with Logs(path, level="info") as logs:
        logs.redaction.learn(CANARY)
        logging.getLogger("agent.test").info("key %s", CANARY)
        logging.getLogger("agent.test").debug("not at this level")
        logging.getLogger("httpx").info("GET https://filed.example/?q=1")
    (told,) = [json.loads(text) for text in path.read_text("utf-8").splitlines()]
    assert told["message"] == "key [hidden]"
    assert told["from"] == "agent.test"
    assert sys.platform == "win32" or path.stat().st_mode & 0o777 == 0o600


def test_it_rotates_and_keeps_five_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs_module, "FILE_BYTES", 300)
    path = tmp_path / "agent.log"
    file = LogFile(path, Lines(Redaction(), as_json=False))
    for number in range(40):
        file.emit(a_record("record %d with some length to it", number))
    file.close()
    assert len(list(tmp_path.iterdir())) == 5
    assert all(one.stat().st_size <= 300 for one in tmp_path.iterdir())
    assert file.lost == 0


def test_a_failing_disk_never_raises_and_the_log_returns_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "away"
    file = LogFile(folder / "agent.log", Lines(Redaction(), as_json=False))
    file.emit(a_record("lost"))
    folder.mkdir()
    file.emit(a_record("kept"))
    file.close()
    assert file.lost == 1
    assert "kept" in (folder / "agent.log").read_text()
    assert capsys.readouterr().err == ""


class FullDisk(io.StringIO):
    """A stream that takes nothing."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile(tmp_path / "agent.log", Lines(Redaction(), as_json=False))
    monkeypatch.setattr(file, "_open", FullDisk)
    file.emit(a_record("lost"))
    file.close()
    assert file.lost == 1


def test_a_file_that_cannot_be_moved_grows_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_source: str, _target: str) -> None:
        raise PermissionError("open in another program")

    monkeypatch.setattr(logs_module, "FILE_BYTES", 100)
    path = tmp_path / "agent.log"
    file = LogFile(path, Lines(Redaction(), as_json=False))
    file.rotator = refuse
    for number in range(5):
        file.emit(a_record("record %d of five in all", number))
    file.close()
    assert file.lost == 0
    assert len(path.read_text().splitlines()) == 5
