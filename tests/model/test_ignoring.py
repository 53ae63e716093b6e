"""Names that are never documents (N11), and the firm's own patterns."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.model.ignoring import Ignoring, check_patterns, ignored_by, skips_folder

N11 = {
    b".pdf": ".*",
    b".gitignore": ".*",
    b"~$letter.docx": "~$*",
    b"~WRL0001.tmp": "*.tmp",
    b"download.TMP": "*.tmp",
    b"a.part": "*.part",
    b"a.partial": "*.partial",
    b"a.filepart": "*.filepart",
    b"W2.pdf.crdownload": "*.crdownload",
    b"W2.pdf.download": "*.download",
    b"W2.pdf.opdownload": "*.opdownload",
    b"Thumbs.db": "thumbs.db",
    b"THUMBS.DB": "thumbs.db",
    b"ehthumbs.db": "ehthumbs.db",
    b"desktop.ini": "desktop.ini",
    b"Icon\r": "icon\\r",
    b".DS_Store": ".*",
    b"._scan.pdf": "._*",
    b".~lock.sheet.ods#": ".~lock.*",
    b".letter.swp": ".*",
    b"notes.txt~": "*~",
    b".nfs0001": ".nfs*",
    b".fuse_hidden01": ".fuse_hidden*",
    b".syncthing.a.pdf.tmp": ".syncthing.*",
    b"~syncthing~a.pdf": "~syncthing~*",
    b".dropbox.attr": ".dropbox*",
    b".": ".*",
}


@pytest.mark.parametrize("name", N11, ids=repr)
def test_N11_the_name_is_ignored_and_the_rule_is_told(name: bytes) -> None:
    assert ignored_by(name) == N11[name]


@pytest.mark.parametrize(
    "name",
    [b"W2.pdf", b"tmp", b"part", b"download", b"a.tmp.pdf", b"~.pdf", b"icon", b"\xff.pdf", b"a.b"],
)
def test_documents_are_not_ignored(name: bytes) -> None:
    assert ignored_by(name) is None


@pytest.mark.parametrize(
    "name",
    [
        b"$RECYCLE.BIN",
        b"System Volume Information",
        b"@eaDir",
        b"#recycle",
        b".Trashes",
        b".Trash-1000",
        b".Spotlight-V100",
        b".fseventsd",
        b".git",
        b"lost+found",
    ],
)
def test_folders_of_the_system_are_never_entered(name: bytes) -> None:
    assert skips_folder(name)
    assert Ignoring().skips_folder(name)


@pytest.mark.parametrize("name", [b"Smith, John", b"git", b".Smith", b"recycle", b"\xff"])
def test_folders_of_clients_are_entered(name: bytes) -> None:
    assert skips_folder(name) is None


def test_a_firms_patterns_add_to_the_rules_and_tell_their_own_text() -> None:
    ignoring = Ignoring(("*.BAK", "Draft*"))
    assert ignoring.rule_for(b"ledger.bak") == "*.BAK"
    assert ignoring.rule_for(b"DRAFT 1.pdf") == "Draft*"
    assert ignoring.rule_for(b"~$a.docx") == "~$*"
    assert ignoring.rule_for(b"final.pdf") is None


def test_the_last_pattern_that_fits_decides_and_may_take_a_name_back_in() -> None:
    ignoring = Ignoring(("*.bak", "!keep.bak", "!*.part"))
    assert ignoring.rule_for(b"keep.bak") is None
    assert ignoring.rule_for(b"other.bak") == "*.bak"
    assert ignoring.rule_for(b"volume.part") is None
    assert Ignoring(("!keep.bak", "*.bak")).rule_for(b"keep.bak") == "*.bak"


@pytest.mark.parametrize("pattern", ["", " ", "!", "old/*.pdf", "old\\*.pdf"])
def test_a_pattern_that_can_never_fit_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        check_patterns((pattern,))
    with pytest.raises(ValueError, match="pattern"):
        Ignoring((pattern,))


@given(st.binary(max_size=60), st.lists(st.text(max_size=8), max_size=4))
def test_no_name_and_no_accepted_pattern_make_it_raise(name: bytes, patterns: list[str]) -> None:
    try:
        ignoring = Ignoring(tuple(patterns))
    except ValueError:
        return
    rule = ignoring.rule_for(name)
    assert rule is None or isinstance(rule, str)


@given(st.sampled_from(list(N11)))
def test_the_case_of_a_name_does_not_matter(name: bytes) -> None:
    assert ignored_by(name.upper()) == ignored_by(name.lower()) == N11[name]


def test_a_hostile_pattern_takes_no_time() -> None:
    ignoring = Ignoring(("*a" * 60 + "b",))
    start = time.perf_counter()
    assert ignoring.rule_for(b"a" * 255) is None
    assert time.perf_counter() - start < 0.5
