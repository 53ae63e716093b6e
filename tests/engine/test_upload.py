"""documents `ready` -> `uploaded`: IDs kept, offsets asked for, bytes counted, hashes checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agent.errors import (
    DiskError,
    FileDenied,
    FiledRefused,
    FiledTrouble,
    FiledUnreachable,
    TooLarge,
    UploadGone,
    UploadLocked,
    UploadMismatch,
)
from agent.model.document import Stage
from agent.model.file import FileState
from agent.model.patience import MIB
from agent.model.upload import Created
from tests.engine.kit import CHUNK, CONTENT, W2, Office
from tests.kit.faults import Aim, Fate
from tests.kit.filed import MemorySwitches
from tests.kit.simulation import RULES

PLAIN = MemorySwitches(with_creation=False)


@pytest.mark.parametrize(
    ("size", "creates", "sends"),
    [(0, 0, 0), (1, 1, 0), (CHUNK - 1, 1, 0), (CHUNK, 1, 0), (CHUNK + 1, 1, 1), (3 * CHUNK, 1, 2)],
)
def test_F16_exact_sizes_cost_exactly_so_many_requests(
    office: Office, size: int, creates: int, sends: int
) -> None:
    office.write(content=bytes(size))
    office.rest()
    office.busy(office.find)
    office.busy(office.upload)
    asked = office.asked()
    assert (asked["create"], asked["send"], asked["offset"]) == (creates, sends, 0)
    assert office.filed.bytes_taken == size


@pytest.mark.parametrize(("size", "sends"), [(1, 1), (CHUNK, 1), (CHUNK + 1, 2)])
def test_F16_without_creation_every_chunk_is_a_patch(
    opened: Callable[..., Office], size: int, sends: int
) -> None:
    office = opened(switches=PLAIN)
    office.uploaded(content=bytes(size))
    assert (office.asked()["create"], office.asked()["send"]) == (1, sends)


def test_nothing_is_uploaded_before_the_client_was_looked_for(office: Office) -> None:
    document = office.arrive()
    office.busy(office.upload)
    assert (document.stage, office.asked()["create"]) == (Stage.ready, 0)
    office.busy(office.find)
    office.busy(office.upload)
    assert office.document().stage is Stage.uploaded


def test_an_id_is_kept_before_the_next_chunk_and_a_restart_goes_on_with_it(
    office: Office,
) -> None:
    office.filed.troubles["send"] = [None, FiledTrouble("cut")]
    office.arrive()
    office.busy(office.find)
    office.busy(office.upload)
    waiting = office.document()
    assert (waiting.stage, waiting.offset, waiting.problem) == (
        Stage.uploading,
        2 * CHUNK,
        "cut",
    )
    office.start()
    office.busy(office.upload)
    done = office.document()
    assert (done.stage, done.upload_id) == (Stage.uploaded, waiting.upload_id)
    assert office.filed.bytes_taken == len(CONTENT)  # S10: the offset was asked for
    assert done.problem is None


def test_s2_an_upload_is_never_continued_from_a_file_that_was_touched(office: Office) -> None:
    office.filed.troubles["send"] = [FiledTrouble("cut")]
    first = office.uploaded()
    assert (first.stage, first.offset) == (Stage.uploading, CHUNK)
    office.write()  # the same bytes, but nobody can tell what was read in between
    office.live(60.0)
    again = office.document()
    assert (again.id, again.stage) == (first.id, Stage.filed)
    assert again.upload_id != first.upload_id


@pytest.mark.parametrize("fate", [Fate.lost, Fate.partial])
def test_a_lost_answer_to_a_chunk_sends_nothing_twice(
    opened: Callable[..., Office], fate: Fate
) -> None:
    office = opened(aims=(Aim("filed.send", 1, fate),))
    office.uploaded()
    office.clock.advance(3.0)
    office.busy(office.upload)
    assert office.document().stage is Stage.uploaded
    assert office.filed.bytes_taken == len(CONTENT)


@pytest.mark.parametrize("error", [TooLarge("12 TB"), FiledRefused("no such type")])
def test_a_definite_no_needs_a_person_and_is_not_retried(
    office: Office, error: FiledRefused
) -> None:
    office.filed.always["create"] = error
    document = office.uploaded()
    assert (document.stage, document.problem) == (Stage.failed, error.said)
    assert document.remedy == type(error).advice
    office.clock.advance(10_000.0)
    office.busy(office.upload)
    assert office.asked()["create"] == 1


def test_R12_a_locked_upload_is_waited_for_and_never_created_anew(office: Office) -> None:
    office.filed.troubles["send"] = [UploadLocked(), UploadLocked()]
    office.uploaded()
    for _ in range(2):
        assert office.document().stage is Stage.uploading
        office.clock.advance(30.0)
        office.busy(office.upload)
    assert office.document().stage is Stage.uploaded
    assert (office.asked()["create"], office.filed.bytes_taken) == (1, len(CONTENT))


def test_R10_a_conflict_is_answered_by_asking_for_the_offset(office: Office) -> None:
    office.filed.troubles["send"] = [UploadMismatch("409")]
    first = office.uploaded()
    assert (office.asked()["create"], office.asked()["offset"]) == (1, 1)
    assert first.stage is Stage.uploaded


def test_R09_an_upload_that_is_gone_is_started_anew(office: Office) -> None:
    office.filed.troubles["send"] = [UploadGone()]
    office.uploaded()
    office.clock.advance(5.0)
    office.busy(office.upload)
    assert office.document().stage is Stage.uploaded
    assert office.asked()["create"] == 2


def test_R09_an_upload_that_is_always_gone_is_not_started_anew_without_a_pause(
    office: Office,
) -> None:
    office.filed.always["send"] = UploadGone()
    office.arrive()
    office.busy(office.find)
    for _ in range(30):
        office.upload.turn()
    assert office.asked()["create"] <= 5


def test_R03_an_upload_that_never_fits_pauses_longer_and_longer(office: Office) -> None:
    office.filed.always["send"] = UploadMismatch("does not advance")
    office.arrive()
    office.busy(office.find)
    for _ in range(3_600):
        office.upload.turn()
        office.clock.advance(1.0)
    assert office.asked()["create"] <= 60


def test_one_conflict_after_other_troubles_keeps_the_upload(office: Office) -> None:
    office.filed.troubles["send"] = [*[FiledTrouble()] * 3, UploadMismatch("409")]
    first = office.uploaded()
    for _ in range(4):
        office.clock.advance(300.0)
        office.busy(office.upload)
    assert office.document().stage is Stage.uploaded
    assert office.document().upload_id == first.upload_id


def test_F18_one_read_error_costs_no_byte_that_filed_has(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    office.disk.reads[W2] = iter([None, None, DiskError("one bad read")])
    office.busy(office.upload)
    office.disk.reads.clear()
    office.live(60.0)
    assert office.stages() == {Stage.filed: 1}
    assert office.filed.bytes_taken <= len(CONTENT) + CHUNK  # S10


def test_F18_a_file_that_cannot_be_read_is_held_with_its_reason(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    office.disk.reads[W2] = iter([DiskError("bad disk")] * 999)
    office.live(60.0)
    assert (office.file().state, office.held()) == (FileState.held, "disk-error")
    assert office.document().stage is not Stage.uploaded
    office.disk.reads.clear()
    office.live(200.0)
    assert office.stages() == {Stage.filed: 1}


def test_F17_a_file_that_may_not_be_looked_at_is_not_lost(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    office.disk.troubles[W2] = FileDenied()
    office.live(30.0)
    assert office.held() == "denied"
    del office.disk.troubles[W2]
    office.live(200.0)
    assert office.stages() == {Stage.filed: 1}


def test_F03_a_file_that_shrinks_while_it_is_sent_is_never_attached(office: Office) -> None:
    office.arrive()
    office.busy(office.find)
    reads = iter([None, None])

    def shrink() -> None:
        if next(reads, "now") == "now" and len(office.disk.files[W2].content) > 100:
            office.disk.write(W2, CONTENT[:100])

    office.disk.between = shrink
    office.live(200.0)
    assert office.document().size == 100
    assert office.binder() == [("Ash", office.document().sha256)]


def test_two_workers_share_the_documents_and_take_each_once(
    opened: Callable[..., Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    office = opened(parallel=2)
    for name in (b"a", b"b", b"c"):
        office.write(b"Ash/" + name, CONTENT + name)
    office.rest()
    office.busy(office.find)
    taken = []
    plain = office.filed.create

    def create(name: str, *more: Any) -> Created:
        taken.append(name)
        if len(taken) == 1:  # while the first is on the line, the other worker has its turn
            office.uploads[1].turn()
        return plain(name, *more)

    monkeypatch.setattr(office.filed, "create", create)
    office.uploads[0].turn()
    assert sorted(taken) == ["a", "b"]
    assert len(office.engine.line.waiting) == 0


def test_a_dead_line_closes_the_gate_and_leaves_the_document_due(office: Office) -> None:
    office.filed.troubles["create"] = [FiledUnreachable("no route")]
    document = office.arrive()
    office.busy(office.find)
    assert office.busy(office.upload) > 0
    assert office.document() == replace(document, version=office.document().version)
    assert isinstance(office.gate.trouble, FiledUnreachable)
    office.clock.advance(2.0)
    office.busy(office.upload)
    assert office.document().stage is Stage.uploaded
    trouble: object = office.gate.trouble
    assert trouble is None


def test_a_last_piece_says_nothing_of_the_lines_speed(opened: Callable[..., Office]) -> None:
    office = opened(rules=replace(RULES, chunk_size=MIB))
    office.uploaded(content=bytes(MIB))
    office.uploaded(b"Ash/other.bin", bytes(MIB - 1))
    assert office.filed.bytes_taken == 2 * MIB - 1
    assert office.engine.line.chunk.size == MIB


def test_a_creation_with_more_to_follow_teaches_how_much_a_request_may_carry(
    opened: Callable[..., Office],
) -> None:
    office = opened(rules=replace(RULES, chunk_size=MIB))
    office.uploaded(content=bytes(MIB + 1))
    assert office.engine.line.chunk.size > MIB
