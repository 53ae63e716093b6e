"""Schedules that the simulator found: a bit that is read wrongly once, on its way to Filed."""

from __future__ import annotations

import pytest

from tests.engine.kit import CONTENT, W2, Office
from tests.kit.faults import Aim, Fate
from tests.kit.filed import MemorySwitches
from tests.life.regressions.origin import Origin, met

READ_WELL_LATER = Origin(
    seed=423,
    world="simulator of 9c89501 without 2c9502f, found there again; 535 fails likewise",
    broke="torn: birch 34f1ec3b",
    failed_at="cad8834",
    mended_by="2c9502f",
)


@met(READ_WELL_LATER)
@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        pytest.param(1, Aim("filed.send", 2, Fate.lost), id="a chunk before the lost answer"),
        pytest.param(2, Aim("filed.send", 2, Fate.lost), id="the chunk whose answer was lost"),
        pytest.param(1, Aim("filed.send", 2, Fate.refused_connection), id="then the line was dead"),
    ],
)
def test_an_upload_that_goes_on_is_judged_by_what_left(wrong: int, broken: Aim) -> None:
    """The prefix was hashed from the disk again, which had read well by then; Filed had not."""
    switches = MemorySwitches(with_creation=False)
    with Office(switches=switches, aims=(broken,)) as office:
        document = office.arrive()
        office.busy(office.find)
        reads = 0

        def spoil(block: bytes) -> bytes:
            nonlocal reads
            reads += 1
            return bytes([block[0] ^ 1]) + block[1:] if reads == wrong else block

        office.disk.spoil = spoil
        office.live(400.0)
        assert reads > 3
        assert office.binder() == [("Ash", document.sha256)]
        assert office.disk.files[W2].content == CONTENT
