"""A schedule that the simulator found: a folder is renamed in its letters where names fold."""

from __future__ import annotations

from agent.model.file import FileState
from tests.engine.kit import Office
from tests.kit.habits_of_disks import DiskHabits
from tests.life.regressions.origin import Origin, met

RENAMED = b"ASH/w2.bin"
STILL_FOUND = Origin(
    seed=None,
    world="from 65d0fcd itself: a folder that was renamed on a disk that folds names, while its "
    "event was lost; the seed was not noted",
    failed_at="b1a18cf",
    mended_by="65d0fcd",
)


@met(STILL_FOUND)
def test_a_folder_renamed_in_its_letters_is_gone_under_its_old_name() -> None:
    """It was still found there, though not listed: its files stayed known under both names."""
    with Office() as office:
        office.disk.habits = DiskHabits(folds=True)
        document = office.arrive()
        office.look.turn()
        office.disk.rename_folder(b"Ash", b"ASH")
        office.disk.take()  # its event is lost
        office.look.scan_now()
        office.look.turn()
        assert office.file().state is FileState.missing
        office.live(120.0)
        assert office.file(RENAMED).state is FileState.known
        assert office.binder() == [("ASH", document.sha256)]
