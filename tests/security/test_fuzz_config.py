"""Whatever stands in the configuration, it is taken or refused with sentences (rows C1 to C13)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent.config.load import load
from agent.config.settings import Settings
from agent.errors import ConfigProblem
from agent.model.client import Place
from agent.model.ignoring import Ignoring
from agent.model.naming import Layout
from agent.model.reasons import Reason
from agent.system.places import Home
from tests.kit.depth import depth

pytestmark = [pytest.mark.slow, pytest.mark.deep, pytest.mark.timeout(3600)]

EXAMPLES = depth("EXAMPLES", 300, 20_000)
SECONDS = 5.0  # of processor time for one file of at most 1 MiB: what explodes takes minutes
EXAMPLE = (Path(__file__).parents[2] / "config.example.toml").read_text("utf-8")

GOOD = """\
[filed]
graphql_url = "https://filed.example/graphql"
[[folder]]
path = '{root}'
tax_year = 2025
return_type = "F1040"
ignore = ["*.bak"]
[upload]
chunk_size = "5 MiB"
[log]
level = "info"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config").resolve()


def check(place: Path, data: bytes) -> Settings | ConfigProblem:
    """The one property: settings, or problems that each name the file, without raw controls."""
    file = place / "config.toml"
    file.write_bytes(data)
    began = time.process_time()
    try:
        found: Settings | ConfigProblem = load(file, {"FILED_AGENT_HOME": str(place / "home")})
    except ConfigProblem as problem:
        found = problem
    assert time.process_time() - began < SECONDS
    if isinstance(found, ConfigProblem):
        assert found.problems
        for said in found.problems:
            assert said.startswith(str(file))
            assert said.replace("\u200c", "").replace("\u200d", "").isprintable(), ascii(said)
    return found


# -- found once, kept for ever ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 500_000, id="tables-without-end"),
        pytest.param("a = " + "[" * 500_000, id="lists-without-end"),
        pytest.param("a = " + "{a=" * 300_000, id="objects-without-end"),
        pytest.param("a = " + "[" * 900 + "]" * 900, id="deep-list"),
        pytest.param("a" + ".a" * 5_000 + " = 1", id="deep-key"),
        pytest.param("[a" + ".a" * 5_000 + "]", id="deep-table"),
        pytest.param("a = " + "9" * 5000, id="endless-number"),
        pytest.param("a = 0x" + "f" * 500_000, id="endless-hex"),
        pytest.param("a = 1e" + "9" * 5000, id="endless-exponent"),
        pytest.param("a = 1979-05-27T07:32:00+99:99", id="no-such-zone"),
        pytest.param("a = 9999-99-99", id="no-such-day"),
        pytest.param("[[folder]]\npath = '~nobody-of-this-name/x'", id="home-of-nobody"),
        pytest.param("[[folder]]\npath = '/" + "a" * 300_000 + "'", id="endless-path"),
        pytest.param('[[folder]]\npath = "/a\\u0000b"', id="path-with-nul"),
        pytest.param("[[folder.path]]\nx = 1", id="table-for-a-text"),
        pytest.param("[folder]\npath = '/x'", id="one-bracket"),
        pytest.param("folder = [1, 'x', {}]", id="folders-of-other-kinds"),
        pytest.param("[[folder]]\nignore = ['" + "*a" * 50_000 + "b']", id="endless-pattern"),
        pytest.param("[[folder]]\nignore = ['[" + "a-" * 2000 + "']", id="odd-class"),
        pytest.param("[[folder]]\ntax_year = " + "9" * 4000, id="endless-year"),
        pytest.param("[settle]\nquiet_seconds = 1e400", id="more-than-any"),
        pytest.param("[filed]\ngraphql_url = 'https://[::1'", id="half-an-address"),
        pytest.param('"\\u001b[31m" = 1', id="a-key-with-colours"),
        pytest.param('[[folder]]\n"\\u202e" = 1\npath = "/x\\u001b"', id="odd-key-and-path"),
    ],
)
def test_C2_C3_a_file_that_nobody_writes_by_hand(place: Path, text: str) -> None:
    check(place, text.encode())
    check(place, (GOOD.format(root=place / "clients") + text).encode())


def test_C1_a_home_or_file_of_nobody_is_told(place: Path) -> None:
    with pytest.raises(ConfigProblem):
        load(None, {"FILED_AGENT_CONFIG": "~nobody-of-this-name/c.toml"})
    with pytest.raises(ConfigProblem):
        Home.find({"FILED_AGENT_HOME": "~nobody-of-this-name/home"})


def test_the_file_that_is_spoiled_below_is_good_to_begin_with(place: Path) -> None:
    assert isinstance(check(place, GOOD.format(root=place / "clients").encode()), Settings)


# -- sought anew every time ------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["[", "]", "[[", "]]", "=", ".", ",", "{", "}", "'", '"', '"""', "'''", "\n", "#", "\\", "\\u",
     "folder", "path", "filed", "graphql_url", "upload", "chunk_size", "tax_year", "layout",
     "ignore", "external_id", "true", "nan", "inf", "1", "-1", "0x", "1979-05-27", "{client}",
     "'/x'", "https://", "\x00", "\x1b", "\u202e", "\ufeff", "\r", "é", "9" * 4301, " "]
)  # fmt: skip
VALUES = st.one_of(
    st.lists(PIECES, max_size=6).map("".join),
    st.sampled_from(
        ["nan", "-inf", "[]", "{}", "''", "0", "-1", "1e999", "true", "[[]]", "'~x/y'"]
    ),
    st.text(max_size=20).map(lambda text: "'''" + text + "'''"),
)


@st.composite
def spoiled(draw: st.DrawFn) -> str:
    """The example or a short file, with a value, a line or a stretch of it exchanged."""
    lines = draw(st.sampled_from([GOOD, EXAMPLE])).replace("{root}", "/nowhere").splitlines()
    at = draw(st.integers(0, len(lines) - 1))
    kind = draw(st.integers(0, 3))
    if kind == 0 and "=" in lines[at]:
        lines[at] = lines[at].split("=")[0] + "= " + draw(VALUES)
    elif kind == 1:
        lines.insert(at, draw(st.lists(PIECES, max_size=8).map("".join)))
    elif kind == 2:
        lines[at] = lines[at][: draw(st.integers(0, 20))] + draw(VALUES)
    else:
        lines = lines[at:] + lines[:at]
    return "\n".join(lines)


@given(st.one_of(spoiled(), st.lists(PIECES, max_size=20).map("".join)))
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_C2_C3_whatever_is_nearly_a_configuration(place: Path, text: str) -> None:
    check(place, text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
@example(b"\xff\xfe[\x00f\x00")
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_C2_whatever_bytes_the_file_holds(place: Path, data: bytes) -> None:
    check(place, data)


LAYOUT_PIECES = st.sampled_from(
    ["{client}", "{external_id}", "{tax_year}", "{return_type}", "{any}", "{", "}", "{}", "/", " ",
     "(", ")", "-", "\\", ".", "..", "*", "+", "?", "[", "^", "$", "|", "\0", "é", "e\u0301",
     "\u202e", "a" * 400, "1040", "{client", "client}"]
)  # fmt: skip
LAYOUTS = st.lists(LAYOUT_PIECES, max_size=8).map("".join) | st.text(max_size=30)


@given(LAYOUTS, LAYOUTS, st.binary(max_size=300), st.integers() | st.none())
@example("{client} ({external_id})", "{client}", b"(" * 300, 2025)
@example("{client}-{external_id}-{tax_year}", "{client}", b"-1" * 150, 2025)
@settings(max_examples=EXAMPLES)
def test_C13_whatever_the_layout_is_and_the_folder_is_called(
    layout: str, template: str, folder: bytes, year: int | None
) -> None:
    began = time.process_time()
    try:
        read = Layout.parse(layout)
        read.check(external_id=template, tax_year=year, return_type="F1040")
    except ValueError as error:
        told: object = str(error)
    else:
        told = read.read(folder, tax_year=year, return_type="F1040", external_id=template)
    assert told
    assert isinstance(told, str | Place | Reason)
    assert time.process_time() - began < SECONDS


@given(st.lists(LAYOUTS | st.text(max_size=40), max_size=4), st.binary(max_size=255))
@example(["*a" * 30 + "b"], b"a" * 255)
@example(["[!" + "]" * 20 + "]*"], b"]" * 255)
@settings(max_examples=EXAMPLES)
def test_C13_whatever_pattern_meets_whatever_name(patterns: list[str], name: bytes) -> None:
    began = time.process_time()
    try:
        ignoring = Ignoring(tuple(patterns))
        assert ignoring.rule_for(name) != ""
    except ValueError as error:
        told = str(error)
    else:
        told = "fine"
    assert told
    assert time.process_time() - began < SECONDS
