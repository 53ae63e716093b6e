"""Odd names on a real disk, as every verb shows them: rows N1 to N12 where people read."""

from __future__ import annotations

import base64
import json
import os
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest

from agent.sandbox.server import Sandbox
from agent.system.places import Home
from tests.cli.firm import Firm
from tests.filed.kit import house
from tests.filed.scripted import reply

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names"),
]

ODD = {
    "N01-line-break": b"w2.csv\n2026-01-01 ERROR forged: all is well.csv",
    "N02-escape": b"\x1b]0;owned\x07\x1b[2J.csv",
    "N02-c1-control": "\u009b31m.csv".encode(),
    "N03-override": "\u202efdp.exe.csv".encode(),
    "N04-markup": b"<img src=x onerror=alert(1)>.csv",
    "N05-no-utf-8": b"bad\xff\xfe.csv",
    "N06-half-character": b"half\xed\xa0\x80.csv",
    "N09-reserved": b"CON.csv",
    "N09-stream": b"a:b.csv",
    "N12-comma-and-quotes": b"a, 'b' \"c\".csv",
    "N12-percent": b"%2e%2e%2fetc%2fpasswd.csv",
    "N12-dots": b"a..b...csv",
    "N12-dash": b"--force.csv",
    "N12-formula": b"=cmd|' calc'!A1.csv",
}
VERBS = (
    ("status",),
    ("documents",),
    ("documents", "--json"),
    ("clients",),
    ("history", "--limit", "1000"),
    ("history", "--limit", "1000", "--json"),
    ("plan", "--offline"),
    ("status", "--json"),
)


def dangerous(text: str) -> Iterator[str]:
    """Characters that could move the cursor, end a line early or turn it round."""
    for char in text:
        if char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            yield repr(char)


def names_in(answer: Any) -> Iterator[str]:
    """Every string anywhere in an answer."""
    if isinstance(answer, dict):
        for value in answer.values():
            yield from names_in(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from names_in(value)
    elif isinstance(answer, str):
        yield answer


@pytest.mark.parametrize("name", ODD.values(), ids=ODD)
def test_an_odd_name_is_filed_as_it_is_and_shown_without_harm(
    firm: Firm, sandbox: Sandbox, name: bytes
) -> None:
    folder = os.fsencode(firm.clients / "Ash Bakery")
    os.mkdir(folder)
    for odd, content in ((name, b"a,b\n1,2\n"), (b"empty " + name, b"")):
        with open(folder + b"/" + odd, "wb") as file:
            file.write(content)
    done = firm.call("sync")
    assert done.exit_code == 3, done.output  # the empty one needs a person
    assert not list(dangerous(done.output))
    (document,) = sandbox.received().documents
    assert document.filename == name.decode("utf-8", "replace")
    path = os.fsdecode(folder + b"/" + name)
    for words in (*VERBS, ("explain", path), ("explain", path, "--json")):
        told = firm.call(*words)
        assert told.exit_code in (0, 3), (words, told.output)
        assert not list(dangerous(told.output)), words
        assert "\n2026-01-01 ERROR" not in told.output, words
        if "--json" in words:
            assert list(names_in(json.loads(told.stdout)))
    log = Home.find(firm.env).log.read_text()
    assert not list(dangerous(log))
    assert all(json.loads(line)["level"] for line in log.splitlines()), "one record to a line"


NO_DOCUMENTS = ("~$w2.docx", "w2.tmp", "w2.pdf.part", "w2.crdownload", "Thumbs.db", "._x", ".pdf")


def test_N11_what_is_no_document_is_explained_with_its_rule(firm: Firm, sandbox: Sandbox) -> None:
    for name in NO_DOCUMENTS:
        firm.put("Ash Bakery", name)
    assert firm.call("sync").exit_code == 0
    assert sandbox.received().documents == ()
    for name in NO_DOCUMENTS:
        path = str(firm.clients / "Ash Bakery" / name)
        told = firm.call("explain", path).output
        assert "Its name is never a document" in told
        assert "name rule " in told


def test_N10_paths_and_names_at_their_longest_are_filed_and_hold_up_no_other(
    firm: Firm, sandbox: Sandbox
) -> None:
    deep = os.fsencode(firm.clients) + b"/Ash Bakery"
    os.mkdir(deep)
    fds = [os.open(deep, os.O_RDONLY)]
    for _ in range(30):
        os.mkdir(b"d" * 200, dir_fd=fds[-1])
        fds.append(os.open(b"d" * 200, os.O_RDONLY, dir_fd=fds[-1]))
    far = os.open(b"far.csv", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=fds[-1])
    os.write(far, b"at the end of six thousand characters")
    for descriptor in (far, *fds):
        os.close(descriptor)
    firm.put("Ash Bakery", "n" * 251 + ".csv", b"a long name")
    firm.put("Birch", "k1.csv", b"another")
    assert firm.call("sync").exit_code == 0
    assert {one.filename for one in sandbox.received().documents} == {
        "far.csv",
        "n" * 251 + ".csv",
        "k1.csv",
    }


def test_N01_the_name_travels_as_base64_and_never_as_a_header_line() -> None:
    forged = "w2\r\nX-Admin: yes.pdf"
    with house(reply(201, Location="/api/uploads/u1")) as h:
        h.uploads.create(forged, "application/pdf", 10)
        (asked,) = h.server.asked
    assert "x-admin" not in asked.headers
    coded = dict(part.split(" ") for part in asked.headers["upload-metadata"].split(","))
    assert base64.b64decode(coded["filename"]).decode() == forged
