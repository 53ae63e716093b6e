"""The configuration: every mistake is named with its place and its remedy, all at once."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from agent.config import load as load_module
from agent.config.load import config_path, load
from agent.config.settings import FolderSection, Section, Settings
from agent.errors import ConfigProblem
from tests.config.desk import Desk

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_a_short_configuration_gets_every_default(desk: Desk) -> None:
    made = desk.load(desk.good())
    assert made.folder[0].path == desk.root
    assert made.upload.chunk_size == 5 << 20
    assert made.filed.upload_url == "https://web.apps.filed.com/api/uploads"


def test_sizes_names_and_lists_are_taken_as_people_write_them(desk: Desk) -> None:
    more = 'ignore = ["*.bak"]\nwatch = "OFF"\n[upload]\nchunk_size = "512 kib"\n'
    more += '[log]\nlevel = "Debug"\n'
    made = desk.load(desk.good(more).replace("F1040", "1120s"))
    assert made.folder[0].ignore == ("*.bak",)
    assert made.folder[0].watch == "off"
    assert made.folder[0].return_type == "F1120S"
    assert (made.upload.chunk_size, made.log.level) == (512 << 10, "debug")


def test_where_the_file_is_looked_for(tmp_path: Path) -> None:
    env = {"FILED_AGENT_HOME": str(tmp_path)}
    assert config_path(None, env) == tmp_path / "config.toml"
    env["FILED_AGENT_CONFIG"] = "/etc/filed.toml"
    assert config_path(None, env) == Path("/etc/filed.toml")
    assert config_path(Path("mine.toml"), env) == Path("mine.toml")


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "blank", "large"])
def test_C01_a_file_that_is_none_is_told_with_the_way_to_one(desk: Desk, kind: str) -> None:
    if kind == "folder":
        desk.file.mkdir()
    elif kind != "missing":
        desk.file.write_bytes({"empty": b"", "blank": b" \r\n", "large": b"#" * (2 << 20)}[kind])
    with pytest.raises(ConfigProblem) as refused:
        load(desk.file, desk.env)
    assert str(desk.file) in str(refused.value)
    assert "config.example.toml" in str(refused.value)


def test_C01_a_file_that_may_not_be_read_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigProblem, match="Permission denied"):
        load(desk.file, desk.env)


def test_C01_a_configuration_without_a_folder_is_told(desk: Desk) -> None:
    assert "[[folder]]" in desk.problem("[upload]\nparallel = 2\n")


@pytest.mark.parametrize("form", ["bom", "crlf", "tabs"])
def test_C02_a_byte_order_mark_crlf_and_tabs_are_fine(desk: Desk, form: str) -> None:
    text = desk.good("[upload]\nparallel = 2\n")
    data = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "crlf": text.replace("\n", "\r\n").encode(),
        "tabs": text.replace(" = ", "\t=\t").replace("path", "\tpath").encode(),
    }[form]
    assert desk.load(data).upload.parallel == 2


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[upload]\nparallel 4\n", 2),
        ("a = 1\n\n[filed\n", 3),
        ('[[folder]]\npath = "C:\\Clients"\n', 2),
        ("[a]\nb = 1\nb = 2\n", 3),
        ('a = 1\nb = "', 2),
        ("a = 1\n\xff\n".encode("latin-1"), 2),
    ],
)
def test_C02_a_line_that_is_no_toml_is_named(desk: Desk, text: str | bytes, line: int) -> None:
    assert desk.problem(text).startswith(f"{desk.file}:{line}: ")


@pytest.mark.parametrize(
    ("more", "key", "said"),
    [
        ("[upload]\nparalel = 4", "upload.paralel", "did you mean parallel?"),
        ("[upolad]\nparallel = 4", "upolad", "did you mean upload?"),
        ("[upload]\nzzz = 4", "upload.zzz", "known here are parallel, chunk_size"),
        ("layuot = '{client}'", "folder[1].layuot", "did you mean layout?"),
        ("[upload]\nparallel = '4'", "upload.parallel", "must be a whole number"),
        ("[upload]\nparallel = true", "upload.parallel", "must be a whole number"),
        ("[upload]\nparallel = 4.5", "upload.parallel", "must be a whole number"),
        ("[upload]\ncreation_with_upload = 1", "upload.creation_with_upload", "true or false"),
        ("[settle]\nquiet_seconds = -1", "settle.quiet_seconds", "the least is 0.05"),
        ("[settle]\nquiet_seconds = 1e99", "settle.quiet_seconds", "the most is 600"),
        ("[settle]\nquiet_seconds = nan", "settle.quiet_seconds", "nan or inf"),
        ("[settle]\nquiet_seconds = inf", "settle.quiet_seconds", "nan or inf"),
        ("[settle]\nquiet_seconds = '5'", "settle.quiet_seconds", "number of seconds"),
        ("[log]\nlevel = 'loud'", "log.level", "must be 'debug', 'info'"),
        ("[ingest]\npoll_seconds = 90", "ingest", "poll_most_seconds is below"),
        ("ignore = '*.bak'", "folder[1].ignore", "must be a list"),
        ("ignore = ['old/*']", "folder[1].ignore", "file names only"),
    ],
)
def test_C03_a_wrong_key_or_value_is_named_with_its_line(
    desk: Desk, more: str, key: str, said: str
) -> None:
    problem = desk.problem(desk.good(more))
    assert f" {key} " in problem
    assert said in problem
    name = key.rpartition(".")[2]
    texts = desk.file.read_text().splitlines()
    line = next(number for number, text in enumerate(texts, start=1) if name in text)
    assert problem.startswith(f"{desk.file}:{line}: ")


@pytest.mark.parametrize(
    ("more", "key"),
    [("upload = 4\n", "upload"), ("folder = 'x'\n", "folder"), ("folder = [1]\n", "folder[1]")],
)
def test_C03_a_value_where_a_section_belongs_is_named(desk: Desk, more: str, key: str) -> None:
    text = more if more.startswith("folder") else more + desk.good()
    assert f":1: {key} must be" in desk.problem(text)


def test_C03_a_folder_without_a_path_is_told(desk: Desk) -> None:
    assert "folder[1].path is missing" in desk.problem("[[folder]]\ntax_year = 2025\n")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("chunk_size", "0"),
        ("chunk_size", "1"),
        ("chunk_size", "'255 KiB'"),
        ("chunk_size", "'10 GB'"),
        ("chunk_size", "'65 MiB'"),
        ("parallel", "0"),
        ("parallel", "33"),
        ("parallel", "1000"),
        ("parallel", "-1"),
    ],
)
def test_C12_sizes_and_numbers_out_of_range_are_told_the_range(
    desk: Desk, key: str, value: str
) -> None:
    problem = desk.problem(desk.good(f"[upload]\n{key} = {value}\n"))
    assert f":6: upload.{key} is too " in problem
    assert ("256 KiB" in problem or "64 MiB" in problem) == (key == "chunk_size")


@pytest.mark.parametrize("value", ["'5 MegaBytes'", "'-5 MiB'", "'1.5 MiB'", "''", "'MiB'"])
def test_C12_what_is_no_size_is_told_so(desk: Desk, value: str) -> None:
    assert "5 MiB" in desk.problem(desk.good(f"[upload]\nchunk_size = {value}\n"))


@pytest.mark.parametrize(
    ("value", "rate"),
    [
        ("0", 0),
        ("'0'", 0),
        ("'20 Mbit/s'", 2_500_000),
        ("'64kbit/s'", 8_000),
        ("'2.5 mbit/s'", 312_500),
        ("'2 MB/s'", 2_000_000),
        ("'1 MiB/s'", 1 << 20),
        ("'1 Gbit/s'", 125_000_000),
    ],
)
def test_a_bandwidth_is_read_as_people_write_it(desk: Desk, value: str, rate: int) -> None:
    made = desk.load(desk.good(f"[upload]\nbandwidth = {value}\n"))
    assert made.upload.bandwidth == rate


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("20", "is not a speed"),
        ("'20'", "is not a speed"),
        ("'20 Mbit'", "is not a speed"),
        ("'20 Mb/s/s'", "is not a speed"),
        ("'-1 Mbit/s'", "is not a speed"),
        ("'20 Mb/s'", "is not a speed"),
        ("'2 mb/s'", "is not a speed"),
        ("'7 bit/s'", "is not a speed"),
        ("'0 Mbit/s'", "is not a speed"),
        ("-1", "is not a speed"),
        ("'63 kbit/s'", 'the least is "64 kbit/s"'),
        ("true", "must be a whole number"),
        ("2.5", "must be a whole number"),
    ],
)
def test_C12_what_is_no_bandwidth_is_told_so(desk: Desk, value: str, said: str) -> None:
    problem = desk.problem(desk.good(f"[upload]\nbandwidth = {value}\n"))
    assert ":6: upload.bandwidth" in problem
    assert said in problem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tax_year = 2025", "layout = '{clinet}'\ntax_year = 2025", "did you mean {client}?"),
        ("tax_year = 2025", "layout = '{tax_year}'", "neither {client} nor {external_id}"),
        ("tax_year = 2025", "", "tax_year is missing"),
        ('return_type = "F1040"', "", "return_type is missing"),
        ('"F1040"', '"1040X"', "is not a return type"),
        ("2025", "1989", "the least is 1990"),
        ("2025", "2101", "the most is 2100"),
        ("tax_year = 2025", "tax_year = 2025\nexternal_id = 'all'", "external_id has neither"),
    ],
)
def test_C13_a_layout_that_can_name_no_client_is_refused_at_load(
    desk: Desk, old: str, new: str, said: str
) -> None:
    problem = desk.problem(desk.good().replace(old, new))
    assert "folder[1]" in problem
    assert said in problem


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_every_problem_is_told_at_once_in_the_order_of_the_file(desk: Desk) -> None:
    problems = desk.problems(
        "[filed]\ngraphql_url = 'http://filed.example'\ntoken = 'canary'\n"
        "[[folder]]\npath = '/'\ntax_year = 3000\n"
        "[[folder]]\npath = '/srv/a'\nlayout = 'x'\n"
        "[[folder]]\npath = '/srv/a/b'\ntax_year = 2025\n"
        "[upload]\nparallel = 0\nchunk = 1\n"
    )
    keys = [problem.split()[1] for problem in problems]
    assert keys == [
        *("filed.graphql_url", "filed.token", "folder[1].path", "folder[1].tax_year"),
        *("folder[2].layout", "folder[3]", "folder[3].path", "upload.parallel", "upload.chunk"),
    ]
    lines = [int(problem.split(":")[1]) for problem in problems]
    assert lines == sorted(lines)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_no_file_makes_loading_fail_in_another_way(desk: Desk, text: str | bytes) -> None:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    desk.file.write_bytes(data)
    with pytest.raises(ConfigProblem) as refused:
        load(desk.file, desk.env)
    assert all(len(problem.splitlines()) == 1 for problem in refused.value.problems)


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*Settings.model_fields, *FolderSection.model_fields, "token", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from([*Settings.model_fields, "secret"]), values, max_size=4))
def test_no_document_makes_loading_fail_in_another_way(
    desk: Desk, document: dict[str, Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load_module, "_parse", lambda _file, _text: document)
        try:
            made = desk.load("x = 1")
        except ConfigProblem as refused:
            problems = refused.problems
        else:
            problems = ("none",)
            assert made.folder
    assert all(problems)


def leaf_keys(model: type[BaseModel]) -> list[str]:
    fields: dict[str, FieldInfo] = model.model_fields
    told = []
    for section, field in fields.items():
        inner: type[BaseModel] = FolderSection if section == "folder" else type(field.default)
        told += [f"{section}.{key}" for key in inner.model_fields]
    return told


@pytest.mark.skipif(sys.platform == "win32", reason="the example's path is a POSIX one")
def test_the_example_loads_and_shows_every_key_with_its_default(desk: Desk) -> None:
    made = load(EXAMPLE, desk.env)
    document = tomllib.loads(EXAMPLE.read_text("utf-8"))
    document["folder"] = document["folder"][0]
    told = [f"{section}.{key}" for section, keys in document.items() for key in keys]
    assert sorted(told) == sorted(leaf_keys(Settings))
    fresh = Settings(folder=made.folder)
    assert made == fresh
    usual = FolderSection(path=Path("/srv/clients"), tax_year=2025, return_type="F1040")
    assert made.folder == (usual,)


def test_every_key_says_its_meaning_in_one_line() -> None:
    for model in Section.__subclasses__():
        for name, field in model.model_fields.items():
            assert field.description, name
            assert field.description.endswith("."), name
            assert "\n" not in field.description
