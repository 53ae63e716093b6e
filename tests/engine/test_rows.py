"""Names and files that ought to be trouble (reliability.md 5), from the disk to Filed's binder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from agent.errors import DiskError, FileDenied, FiledTrouble, SecondName, TooLarge
from agent.model.document import Stage
from agent.model.file import FileState
from tests.engine.kit import CONTENT, W2, Office
from tests.kit.disk import ROOT
from tests.kit.filed import MemorySwitches

K1 = b"Ash/k1.bin"
BIRCH = b"Birch/w2.bin"
OTHER = b"quite another content"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def when_sent(office: Office, what: Callable[[], None], chunk: int = 2) -> None:
    """Let `what` happen once, while the second chunk of the first upload is read."""
    office.rest()
    office.busy(office.find)
    reads = iter(range(chunk))

    def between() -> None:
        if next(reads, None) is None:
            office.disk.between = lambda: None
            what()

    office.disk.between = between
    office.busy(office.upload)
    office.disk.between = lambda: None


def test_f4_a_safe_save_while_it_is_sent_files_the_final_content_only(office: Office) -> None:
    office.write()
    when_sent(office, lambda: office.disk.write(W2, OTHER, keep_inode=False))
    office.live(300.0)
    assert office.document().sha256 == sha256(OTHER)
    assert ("Ash", sha256(OTHER)) in office.binder()
    assert len(office.binder()) == 1


def test_f5_bytes_changed_with_size_and_times_kept_are_caught_by_the_hash(
    office: Office,
) -> None:
    office.write()
    sly = b"!" + CONTENT[1:-1] + b"!"  # the first byte of the old content has left by then

    def slyly() -> None:
        office.disk.files[W2].content = sly

    when_sent(office, slyly, chunk=1)
    office.live(300.0)
    assert office.binder() == [("Ash", sha256(sly))]


def test_f7_the_same_content_twice_in_one_client_is_one_document(office: Office) -> None:
    office.write()
    office.write(b"Ash/copies/deep/w2 (1).bin", CONTENT)
    office.live(120.0)
    assert office.binder() == [("Ash", sha256(CONTENT))]
    assert office.filed.bytes_taken == len(CONTENT)


def test_f8_the_same_content_in_two_clients_is_two_documents(office: Office) -> None:
    office.write()
    office.write(BIRCH, CONTENT)
    office.live(120.0)
    assert office.binder() == [("Ash", sha256(CONTENT)), ("Birch", sha256(CONTENT))]


@pytest.mark.parametrize("back_after", [1.0, 20.0, 60.0])
def test_f9_a_to_b_to_a_while_it_is_sent_files_a_once(office: Office, back_after: float) -> None:
    office.write()
    when_sent(office, lambda: office.disk.write(W2, OTHER))
    office.live(back_after)
    office.disk.write(W2, CONTENT)
    office.live(300.0)
    filed = [sha for _, sha in office.binder()]
    assert filed.count(sha256(CONTENT)) == 1
    assert filed.count(sha256(OTHER)) <= 1


def test_f9_renamed_there_and_back_while_it_is_sent_files_it_once(office: Office) -> None:
    office.write()
    when_sent(office, lambda: office.disk.rename(W2, K1))
    office.live(15.0)
    office.disk.rename(K1, W2)
    office.live(300.0)
    assert office.binder() == [("Ash", sha256(CONTENT))]


def test_a_rename_after_it_was_filed_sends_nothing(office: Office) -> None:
    office.write()
    office.live(60.0)
    taken = office.filed.bytes_taken
    office.disk.rename(W2, b"Ash/2025/w2 final.bin")
    office.live(60.0)
    assert office.filed.bytes_taken == taken
    assert len(office.binder()) == 1
    assert office.document(b"Ash/2025/w2 final.bin").stage is Stage.filed


def test_f10_a_file_deleted_while_it_is_sent_is_never_attached(office: Office) -> None:
    office.write()
    document = None

    def delete() -> None:
        nonlocal document
        document = office.document()
        office.disk.write(b"Birch/other.bin", b"")  # an empty root would tell nothing
        office.disk.delete(W2)

    when_sent(office, delete)
    office.live(200.0)
    assert (office.binder(), office.file().state) == ([], FileState.missing)
    assert document is not None
    assert office.ledger.document(document.id).stage is Stage.lost


def test_f11_moved_to_another_client_before_the_attach_goes_to_the_new_one_only(
    office: Office,
) -> None:
    office.write(K1, OTHER)  # so that it is no renamed folder (N15)
    office.write()
    when_sent(office, lambda: office.disk.rename(W2, BIRCH))
    office.live(200.0)
    assert office.binder() == [("Ash", sha256(OTHER)), ("Birch", sha256(CONTENT))]


def test_f11_moved_to_another_client_between_upload_and_attach_goes_to_the_new_one_only(
    office: Office,
) -> None:
    office.arrive(K1, b"stays")  # so that the folder does not look renamed (N15)
    office.uploaded()
    office.disk.rename(W2, BIRCH)
    office.live(200.0)
    assert office.binder() == [("Ash", sha256(b"stays")), ("Birch", sha256(CONTENT))]


def test_f11_moved_to_another_client_after_the_attach_is_in_both(office: Office) -> None:
    office.arrive(K1, b"stays")
    office.attached()
    office.disk.rename(W2, BIRCH)
    office.live(200.0)
    ash = [("Ash", sha256(b"stays")), ("Ash", sha256(CONTENT))]
    assert office.binder() == sorted([*ash, ("Birch", sha256(CONTENT))])


def test_f18_short_reads_are_read_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = office.disk.open

    def short(root: bytes, path: bytes) -> object:
        source = plain(root, path)
        read = source.read
        monkeypatch.setattr(source, "read", lambda offset, size: read(offset, min(size, 7)))
        return source

    monkeypatch.setattr(office.disk, "open", short)
    office.write()
    office.live(60.0)
    assert office.binder() == [("Ash", sha256(CONTENT))]


def test_f18_an_error_while_hashing_is_tried_again(office: Office) -> None:
    office.write()
    office.disk.reads[W2] = iter([DiskError("once")])
    office.live(120.0)
    assert office.stages() == {Stage.filed: 1}


@pytest.mark.parametrize(
    "name",
    [
        b"line\nbreak [ERROR] forged.bin",
        b"\x1b[31mred\x07.bin",
        "\u202efdp.exe.bin".encode(),
        b"<img src=x onerror=alert(1)>.bin",
        b"bad\xff\xfe.bin",
        b"a..%2e%2e%2f=cmd|,'\".bin",
        b"-rf.bin",
        b"CON.bin",
        b"x" * 251 + b".bin",
    ],
)
def test_n1_to_n12_any_name_is_data_and_is_filed(office: Office, name: bytes) -> None:
    office.write(b"Ash/" + name, b"content of it")
    office.live(60.0)
    assert office.binder() == [("Ash", sha256(b"content of it"))]
    told = next(iter(office.filed.uploads.values())).name
    assert told.encode()  # it is text that can be sent


@pytest.mark.parametrize(
    "name", [b"~$w2.docx", b"w2.tmp", b"w2.pdf.part", b".DS_Store", b"._w2.pdf"]
)
def test_n11_what_is_no_document_is_ignored_with_its_rule(office: Office, name: bytes) -> None:
    office.write(b"Ash/" + name, b"x")
    office.live(60.0)
    file = office.file(b"Ash/" + name)
    assert (file.state, file.reason) == (FileState.ignored, "name-rule")
    assert office.filed.calls == []


def test_n11_a_download_becomes_a_document_by_its_rename(office: Office) -> None:
    office.write(b"Ash/w2.pdf.part", b"%PDF- %%EOF")
    office.live(30.0)
    office.disk.rename(b"Ash/w2.pdf.part", b"Ash/w2.pdf")
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}


def test_n7_two_spellings_of_one_name_in_a_folder_are_two_files(office: Office) -> None:
    office.write("Ash/é.bin".encode(), b"composed")
    office.write("Ash/e\u0301.bin".encode(), b"decomposed")
    office.live(60.0)
    assert len(office.binder()) == 2


def test_n13_new_bytes_under_a_filed_name_are_a_new_version(office: Office) -> None:
    office.write()
    office.live(60.0)
    first = office.document()
    office.write(content=OTHER)
    office.live(120.0)
    second = office.document()
    assert (second.replaces, second.stage) == (first.id, Stage.filed)
    assert office.ledger.document(first.id).stage is Stage.filed
    assert len(office.binder()) == 2


def test_a_person_s_no_is_kept_whatever_happens_to_the_content(office: Office) -> None:
    office.write()
    office.rest()
    with office.ledger.write() as writing:
        writing.ignore(ROOT, W2, "test")
    office.write(content=OTHER)
    office.live(200.0)
    assert office.filed.binder == []


def test_l6_a_hundred_files_of_which_every_third_is_trouble_hold_up_no_other(
    opened: Callable[..., Office],
) -> None:
    office = opened(switches=MemorySwitches(task_most=2.0), parallel=2)
    for number in range(99):
        path = b"Client %d/w2.bin" % (number % 9)
        path = path.replace(b"w2", b"w%d" % number)
        office.write(path, b"content %d" % number)
        if number % 3 == 0:
            office.disk.troubles[path] = DiskError()
    office.live(150.0)
    assert office.stages() == {Stage.filed: 66}
    office.disk.troubles.clear()
    office.live(200.0)
    assert office.stages() == {Stage.filed: 99}


@pytest.mark.parametrize("name", [b"CON.pdf", b"NUL", b"COM1.txt", b"a:b", b"dot.", b"space "])
def test_n9_names_that_windows_reserves_are_data(office: Office, name: bytes) -> None:
    path = b"Ash/" + name
    office.write(path)
    office.live(120.0)
    assert office.document(path).stage is Stage.filed
    assert office.document(path).name == name.decode()


def test_f15_a_file_over_the_cap_is_told_once_and_not_sent_again_until_it_changes(
    office: Office,
) -> None:
    office.filed.always["create"] = TooLarge("over 100 MiB")
    office.write()
    office.live(600.0)
    failed = office.document()
    assert (failed.stage, failed.problem) == (Stage.failed, "over 100 MiB")
    assert office.asked()["create"] == 1
    office.filed.always.clear()
    office.disk.write(W2, b"smaller")
    office.live(120.0)
    assert office.document().stage is Stage.filed


def test_f20_a_file_without_permission_is_held_and_goes_on_when_it_may_be_read(
    office: Office,
) -> None:
    office.disk.troubles[W2] = FileDenied()
    office.write()
    office.live(60.0)
    assert office.held() == "denied"
    office.disk.troubles.clear()
    office.live(180.0)
    assert office.document().stage is Stage.filed


def test_F14_a_hard_link_is_held_and_goes_on_when_a_copy_takes_its_place(office: Office) -> None:
    office.disk.troubles[W2] = SecondName("a hard link")
    office.write()
    office.live(60.0)
    assert office.held() == "second-name"
    assert office.filed.binder == []
    office.disk.troubles.clear()
    office.live(120.0)
    assert len(office.filed.binder) == 1


def test_F14_a_hard_link_that_comes_while_it_is_sent_ends_the_upload(office: Office) -> None:
    office.filed.troubles["send"] = [FiledTrouble("cut")]
    office.uploaded()
    office.disk.troubles[W2] = SecondName("a hard link")
    office.live(60.0)
    assert office.held() == "second-name"
    assert office.filed.binder == []
