"""Layouts: which client a folder stands for, and when to ask instead."""

from __future__ import annotations

import os
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.client import Place
from agent.model.naming import (
    RETURN_TYPES,
    Layout,
    display_name,
    media_type,
    return_type_named,
    safe_text,
)
from agent.model.reasons import Reason

LAYOUTS = (
    "{client}",
    "{tax_year}/{client}",
    "{client}/{tax_year}",
    "{client} ({external_id})",
    "{external_id} - {client}",
    "Clients/{any}/{return_type}/{client}_{tax_year}",
)


def read(
    layout: str,
    folder: bytes | str,
    *,
    tax_year: int | None = 2025,
    return_type: str | None = "F1040",
    external_id: str = "{client}-{tax_year}",
) -> Place | Reason:
    raw = os.fsencode(folder)
    return Layout.parse(layout).read(
        raw, tax_year=tax_year, return_type=return_type, external_id=external_id
    )


def place(layout: str, folder: bytes | str, external_id: str = "{client}-{tax_year}") -> Place:
    found = read(layout, folder, external_id=external_id)
    assert isinstance(found, Place)
    return found


def test_the_first_folder_names_the_client_and_deeper_ones_belong_to_it() -> None:
    found = place("{client}", "Smith, John/2025/W-2")
    assert found == Place(
        b"Smith, John",
        "smith, john\nsmith, john-2025",
        "Smith, John",
        "Smith, John-2025",
        2025,
        "F1040",
    )


@pytest.mark.parametrize(
    ("layout", "folder", "expected"),
    [
        ("{tax_year}/{client}", "2023/Roe/scans", (b"2023/Roe", "Roe", "Roe-2023", 2023, "F1040")),
        ("{client}/{tax_year}", "Roe/2024", (b"Roe/2024", "Roe", "Roe-2024", 2024, "F1040")),
        ("{client} {return_type}", "Roe I 1120s", (None, "Roe I", "Roe I-2025", 2025, "F1120S")),
        ("{client} {return_type}", "Roe F990", (None, "Roe", "Roe-2025", 2025, "F990")),
        ("Clients/{client}", "CLIENTS/Roe", (b"CLIENTS/Roe", "Roe", "Roe-2025", 2025, "F1040")),
        ("{any}/{client}", "\udcff/Roe", (b"\xff/Roe", "Roe", "Roe-2025", 2025, "F1040")),
        ("{client}", "Roe/\udcff", (b"Roe", "Roe", "Roe-2025", 2025, "F1040")),
        ("{tax_year} {client}/", "2025 Roe", (None, "Roe", "Roe-2025", 2025, "F1040")),
    ],
)  # fmt: skip
def test_what_the_path_says_goes_before_what_the_configuration_says(
    layout: str, folder: str, expected: tuple[bytes | None, str, str, int, str]
) -> None:
    found = place(layout, folder)
    told = (found.name, found.external_id, found.tax_year, found.return_type)
    assert told == expected[1:]
    assert found.folder == (expected[0] or os.fsencode(folder))


def test_the_client_takes_as_much_as_it_can() -> None:
    found = place("{client} ({external_id})", "Roe (Sr) (R-12)", external_id="{external_id}")
    assert (found.name, found.external_id) == ("Roe (Sr)", "R-12")
    found = place("{external_id}-{client}", "12-Roe-Doe", external_id="{external_id}")
    assert (found.name, found.external_id) == ("Roe-Doe", "12")


def test_an_external_id_alone_is_also_the_name() -> None:
    assert place("{external_id}", "R-12", external_id="{external_id}").name == "R-12"


def test_a_name_that_looks_like_a_token_is_only_a_name() -> None:
    assert place("{client}", "{tax_year}").external_id == "{tax_year}-2025"
    assert place("{client}", "..%2e%2e").name == "..%2e%2e"


@pytest.mark.parametrize("layout", ["{client}", "{tax_year}/{client}"])
def test_N16_a_file_directly_in_the_root_has_no_client(layout: str) -> None:
    assert read(layout, b"") is Reason.no_client


def test_a_file_above_the_clients_folder_has_no_client() -> None:
    assert read("{tax_year}/{client}", b"2025") is Reason.no_client


@pytest.mark.parametrize(
    ("layout", "folder"),
    [
        ("{tax_year}/{client}", "Old/Roe"),
        ("{tax_year}/{client}", "1989/Roe"),
        ("{tax_year}/{client}", "2101/Roe"),
        ("{tax_year}/{client}", "20255/Roe"),
        ("{tax_year}/{client}", "٢٠٢٥/Roe"),
        ("{client} ({external_id})", "Roe"),
        ("{return_type}/{client}", "1040X/Roe"),
    ],
)
def test_a_path_that_does_not_fit_the_layout_is_told_so(layout: str, folder: str) -> None:
    assert read(layout, folder) is Reason.layout


def test_without_a_year_or_a_type_from_anywhere_nothing_is_guessed() -> None:
    assert read("{client}", b"Roe", tax_year=None) is Reason.layout
    assert read("{client}", b"Roe", return_type=None) is Reason.layout
    assert read("{client}", b"Roe", external_id="{external_id}") is Reason.layout


@pytest.mark.parametrize(
    "folder",
    [b" ", b"...", b". .", b"a\nb", b"a\x1bb", b"Roe\xff", "Roe\u202efdp", "x" * 201, "x" * 301],
    ids=repr,
)
def test_N14_a_name_that_is_no_name_is_for_a_person(folder: bytes | str) -> None:
    assert read("{client}", folder) is Reason.name_unusable


@pytest.mark.parametrize("folder", ["😀", "👩‍👧 Roe", "x" * 200, "O'Roe & Söhne", "-r", "=1"])
def test_N14_N12_an_odd_name_is_still_a_name(folder: str) -> None:
    assert place("{client}", folder).name == folder


def test_N07_N08_spellings_that_a_file_system_may_join_have_one_key() -> None:
    one = place("{client}", unicodedata.normalize("NFC", "Müller"))
    other = place("{client}", unicodedata.normalize("NFD", "MÜLLER"))
    assert one.key == other.key
    assert one.folder != other.folder
    decomposed = place("{client}", unicodedata.normalize("NFD", "Müller"))
    assert decomposed.external_id == one.external_id


def test_two_years_of_one_client_have_two_keys() -> None:
    assert (
        place("{tax_year}/{client}", "2024/Roe").key != place("{tax_year}/{client}", "2025/Roe").key
    )


def test_clients_of_one_name_with_their_own_ids_have_two_keys() -> None:
    layout, template = "{client} ({external_id})", "{external_id}"
    assert place(layout, "Roe (1)", template).key != place(layout, "Roe (2)", template).key


folders = st.binary(max_size=120) | st.text(
    st.sampled_from("Rr ö/.({)}-_1290F\n\u0308"), max_size=60
).map(lambda text: text.encode("utf-8", "surrogatepass"))


@given(st.sampled_from(LAYOUTS), folders, st.none() | st.integers(1900, 2200))
def test_no_folder_makes_reading_raise(layout: str, folder: bytes, year: int | None) -> None:
    found = read(layout, folder, tax_year=year)
    if isinstance(found, Place):
        assert folder == found.folder or folder.startswith(found.folder + b"/")
        assert 1990 <= found.tax_year <= 2100
        assert found.return_type in RETURN_TYPES
        assert 0 < len(found.name.strip(" .")) <= 200


@given(st.sampled_from(LAYOUTS), folders, st.binary(max_size=20))
def test_two_keys_never_come_from_one_client_folder(
    layout: str, folder: bytes, below: bytes
) -> None:
    found = read(layout, folder)
    if isinstance(found, Place):
        deeper = read(layout, found.folder + b"/" + below)
        assert deeper == found


@given(st.text(max_size=40))
def test_a_text_is_a_layout_or_refused_with_a_sentence(text: str) -> None:
    try:
        layout = Layout.parse(text)
    except ValueError as refused:
        said = str(refused)
    else:
        said = "accepted"
        assert layout.tokens & {"client", "external_id"}
    assert said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no name"),
        ("{tax_year}", "neither {client} nor {external_id}"),
        ("{clinet}", "did you mean {client}"),
        ("{year}/{client}", "{year} is unknown"),
        ("{client}/{client}", "more than once"),
        ("{client}{tax_year}", "touch"),
        ("{client", "brace"),
        ("client}", "brace"),
        ("a//{client}", "no name"),
        ("/{client}", "no name"),
        ("../{client}", "no name"),
        ("old {any}/{client}", "whole folder"),
        ("{tax_year}\\{client}", "separated by /"),
    ],
)
def test_C13_a_layout_that_cannot_work_is_refused_when_it_is_read(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        Layout.parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "folder", ["(" * 300, " (" * 150, "a " * 150, "(a) " * 75 + "x", "-" * 299 + "\n"]
)
@pytest.mark.parametrize(
    "layout", ["{client} ({external_id})", "{external_id} {client}-{tax_year}"]
)
def test_C13_no_name_makes_the_comparison_slow(layout: str, folder: str) -> None:
    parsed = Layout.parse(layout)
    start = time.process_time()
    for _ in range(20):
        parsed.read(os.fsencode(folder), tax_year=2025, return_type="F1040", external_id="{client}")
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize(
    ("layout", "template", "year", "form", "said"),
    [
        ("{client}", "{client}", None, "F1040", "tax_year is missing"),
        ("{client}", "{client}", 2025, None, "return_type is missing"),
        ("{client}", "{external_id}", 2025, "F1040", "the layout does not"),
        ("{external_id}", "{client}", 2025, "F1040", "the layout does not"),
        ("{client}", "all", 2025, "F1040", "neither"),
        ("{client}", "{tax_year}", 2025, "F1040", "neither"),
        ("{client}", "{clent}", 2025, "F1040", "did you mean {client}"),
        ("{client}", "{client", 2025, "F1040", "brace"),
        ("{tax_year}/{client}", "{client}", None, "F1040", "one tax year"),
    ],
)
def test_what_can_never_name_a_client_is_refused_at_load(
    layout: str, template: str, year: int | None, form: str | None, said: str
) -> None:
    with pytest.raises(ValueError) as refused:
        Layout.parse(layout).check(external_id=template, tax_year=year, return_type=form)
    assert said in str(refused.value)


def test_what_names_a_client_passes() -> None:
    layout = Layout.parse("{tax_year}/{return_type}/{client} ({external_id})")
    layout.check(external_id="{external_id}", tax_year=None, return_type=None)


@pytest.mark.parametrize(
    ("text", "form"),
    [("1040", "F1040"), ("f1120s", "F1120S"), (" F990 ", "F990"), ("1040X", None), ("", None)],
)
def test_return_types_go_with_or_without_their_letter(text: str, form: str | None) -> None:
    assert return_type_named(text) == form


def test_N05_N06_bytes_that_are_no_text_are_shown_as_replacement_characters() -> None:
    assert display_name(b"bad\xff.pdf") == "bad\ufffd.pdf"


@given(st.binary(max_size=40))
def test_a_display_name_can_always_be_sent(name: bytes) -> None:
    display_name(name).encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nINFO forged", "a\\nINFO forged"),
        ("\x1b]0;x\x07", "\\x1b]0;x\\x07"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202efdp.exe", "\\u202efdp.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("\ufeffa", "\\ufeffa"),
    ],
)  # fmt: skip
def test_N01_N02_N03_what_breaks_or_disguises_a_line_is_shown_as_an_escape(
    text: str, shown: str
) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    "text", ["Söhne & Co.pdf", "👩‍👧.pdf", "a\u00a0b", "<img src=x>.pdf", "%2e"]
)
def test_N04_N12_everything_else_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@given(st.text())
def test_safe_text_is_one_line_that_every_terminal_takes(text: str) -> None:
    shown = safe_text(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("W2.PDF", "application/pdf"),
        ("photo.HEIC", "image/heic"),
        ("mail.eml", "message/rfc822"),
        ("mail.msg", "application/vnd.ms-outlook"),
        ("bank.qbo", "application/vnd.intu.qbo"),
        ("trial.csv", "text/csv"),
        ("fdp\u202e.exe", "application/octet-stream"),
        ("a.svg", "image/svg+xml"),
        ("a.tar.gz", "application/octet-stream"),
        ("a.tgz", "application/octet-stream"),
        ("pdf", "application/octet-stream"),
        ("a.", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_F23_the_ending_tells_the_media_type(name: str, kind: str) -> None:
    assert media_type(name) == kind


@given(st.text(max_size=30))
def test_every_name_has_a_media_type_that_a_header_can_carry(name: str) -> None:
    kind = media_type(name)
    assert kind.isascii()
    assert kind.count("/") == 1
