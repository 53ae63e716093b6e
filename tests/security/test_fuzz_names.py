"""Whatever files and folders are called: no verb trips over it, no terminal and no log is harmed.

The odd names one by one are rows N1 to N16; here they come at random and in crowds.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import random
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.filed.endpoint import Endpoint
from agent.filed.reply import quote
from agent.filed.uploader import PooledUploader
from agent.filed.uploads import INTENT
from agent.model.naming import display_name, media_type, safe_text
from agent.sandbox.server import Sandbox
from agent.sandbox.switches import Switches
from agent.system.logs import Lines
from agent.system.redaction import Redaction
from agent.words.show import path_text
from tests.cli.firm import Firm
from tests.kit.depth import depth

pytestmark = [
    pytest.mark.slow,
    pytest.mark.deep,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names"),
]

EXAMPLES = depth("EXAMPLES", 300, 20_000)
CROWD = depth("NAMES", 60, 1_000)
SEED = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
ENDPOINT = Endpoint.parse("https://uploads.example/api/uploads")

SPICES = [
    *("\x1b[31m", "\x1b]0;x\x07", "\n", "\r", "\t", "\x7f", "\x85", "\u009b", "\u2028", "\u202e"),
    *("\u200b", "\u200d", "\ufeff", "e\u0301", "ß", "İ", "🧾", "\U000e0041", "<b>", "&", "'", '"'),
    *("`id`", "$(id)", "%s", "{client}", "../", "..", " ", ",", "=", "-", "~$", "a" * 60, "٣"),
    *("Bearer abc", "\\", "|", "*", "[a-z]", "?", "#", ";", ":"),
]
NAMES = st.one_of(
    st.binary(min_size=1, max_size=80),
    st.lists(st.sampled_from(SPICES), min_size=1, max_size=5).map(
        lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
    ),
)


def harmful(text: str) -> list[str]:
    """Characters that could move a cursor, end a line early, turn it round or hide in it."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    spared = "\n\u200c\u200d"
    return [repr(c) for c in text if c not in spared and unicodedata.category(c) in kinds]


@given(NAMES)
@example(b"\xed\xa0\x80")
@example(b"a\x00b")
@settings(max_examples=EXAMPLES)
def test_N01_N12_a_name_is_harmless_wherever_it_is_shown(name: bytes) -> None:
    shown = display_name(name)
    for text in (path_text(name), safe_text(shown), quote(shown)):
        assert not harmful(text)
        assert "\n" not in text
        text.encode()
    assert media_type(shown).isprintable()
    for as_json in (True, False):
        record = logging.LogRecord("agent.x", 20, __file__, 1, "saw %s", (shown,), None)
        line = Lines(Redaction(), as_json=as_json).format(record)
        assert len(line.splitlines()) == 1
        assert not harmful(line)
        assert not as_json or json.loads(line)["message"].startswith("saw ")


@given(NAMES)
@settings(max_examples=EXAMPLES)
def test_N12_a_name_stays_one_value_of_the_metadata(name: bytes) -> None:
    """No comma, blank or line break of it becomes syntax of the header."""
    told = {"filename": display_name(name), "filetype": "text/csv", "intent": INTENT}
    uploader = PooledUploader(ENDPOINT, lambda *_: pytest.fail("nothing is sent"), 1, metadata=told)
    headers: dict[str, str] = uploader.get_url_creation_headers()  # type: ignore[no-untyped-call]  # tuspy
    header = headers["upload-metadata"]
    assert header.isascii()
    assert header.isprintable()
    pairs = dict(pair.split(" ") for pair in header.split(","))
    assert {key: base64.b64decode(value).decode() for key, value in pairs.items()} == told


def some_name(rng: random.Random) -> bytes:
    """A name that a POSIX disk takes; half of them end as a document does."""
    if rng.random() < 0.3:
        name = rng.randbytes(rng.randrange(1, 40))
    else:
        name = "".join(rng.choices(SPICES, k=rng.randrange(1, 5))).encode("utf-8")
    name = name.replace(b"/", b"_").replace(b"\0", b"_")[:200]
    return b"x" + name + rng.choice((b".csv", b""))


@pytest.mark.timeout(1800)
def test_N01_N16_a_crowd_of_odd_names_is_filed_or_listed_and_shown_without_harm(
    tmp_path: Path,
) -> None:
    print(f"SEED={SEED}")
    rng = random.Random(SEED)
    with Sandbox(tmp_path / "filed", Switches(task_polls=1, allowed_types=None)) as sandbox:
        firm = Firm.found(tmp_path / "firm", sandbox)
        root = os.fsencode(firm.clients)
        paths = set()
        for number in range(CROWD):
            folder = root + b"/" + some_name(rng)
            os.makedirs(folder, exist_ok=True)
            path = folder + b"/" + some_name(rng)
            with open(path, "wb") as file:
                file.write(b"%d" % number)
            paths.add(path)
        done = firm.call("sync")
        assert done.exit_code in (0, 3), done.output
        received = sandbox.received()
        told = [firm.call(*words) for words in VERBS]
        told += [firm.call("explain", os.fsdecode(path)) for path in rng.sample(sorted(paths), 10)]
    for answer in (done, *told):
        assert answer.exit_code in (0, 3), answer.output
        assert harmful(answer.output) == []
    files = json.loads(firm.call("status", "--json").stdout)["counts"]["files"]
    assert sum(files.values()) == len(paths), f"SEED={SEED}: each is in one state: {files}"
    assert files.get("settling", 0) == 0
    assert 0 < len(received.documents) <= len(paths)
    log = (firm.home / "logs" / "agent.log").read_text("utf-8")
    assert [line for line in log.splitlines() if json.loads(line)["level"] == "error"] == []


VERBS = (
    ("status",),
    ("documents",),
    ("documents", "--json"),
    ("clients",),
    ("clients", "--json"),
    ("history", "--limit", "100000"),
    ("history", "--limit", "100000", "--json"),
    ("plan", "--offline"),
    ("plan", "--offline", "--json"),
)
