"""A schedule that the simulator found: a person asks again for a folder that cannot be listed."""

from __future__ import annotations

from agent.errors import FileDenied
from agent.model.file import FileState, Kind
from tests.engine.kit import Office
from tests.kit.disk import ROOT
from tests.life.regressions.origin import Origin, met

SHUT = b"Ash/2024"
K1 = SHUT + b"/k1.bin"
TRIED_AGAIN = Origin(
    seed=None,
    world="a simulator's schedule whose seed was not noted, cut down by hand; 1,500 seeds of "
    "9c89501 without the mend do not meet it",
    failed_at="6bbc759",
    mended_by="f4c9388",
)


@met(TRIED_AGAIN)
def test_a_shut_folder_that_is_tried_again_does_not_settle_for_ever() -> None:
    """Its row stayed in `settling`, which nothing ended: `sync` waited for it for ever."""
    with Office() as office:
        office.disk.troubles[SHUT] = FileDenied()
        office.write(K1)
        office.live(120.0)
        root = office.ledger.root(ROOT)
        (shut,) = office.ledger.shut_folders(root.id)
        office.ledger.retry(files=[shut.id], who="somebody")
        office.live(10.0)
        assert office.ledger.unfinished([root.id]).nothing
        office.look.scan_now()
        office.live(10.0)
        assert [(row.path, row.kind) for row in office.ledger.shut_folders(root.id)] == [
            (SHUT, Kind.folder)
        ]
        office.disk.troubles.clear()
        office.look.scan_now()
        office.live(120.0)
        assert office.file(K1).state is FileState.known
        assert office.ledger.shut_folders(root.id) == ()
