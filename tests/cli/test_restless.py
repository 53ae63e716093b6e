"""Files that never come to rest, by looking again and again."""

from __future__ import annotations

from pathlib import Path

from agent.cli.restless import Looked, Restless, size_and_time


def test_all_of_them_must_have_changed_within_the_time() -> None:
    sizes: dict[bytes, Looked] = {b"grows": (1, 1), b"rests": (1, 1)}
    restless, changed = Restless(sizes.get), True
    for at in range(0, 120, 5):
        sizes[b"grows"] = (at, at)
        changed = restless.all_changed(lambda: sizes, float(at), 60.0)
    assert not changed
    del sizes[b"rests"]
    assert restless.all_changed(lambda: sizes, 120.0, 60.0)


def test_nothing_is_not_restless() -> None:
    assert not Restless().all_changed(list, 0.0, 60.0)


def test_the_disk_is_looked_at_every_few_seconds_only() -> None:
    asked: list[float] = []
    restless = Restless(lambda path: None)
    for tenth in range(100):

        def paths(at: float = tenth / 10) -> list[bytes]:
            asked.append(at)
            return [b"a"]

        restless.all_changed(paths, tenth / 10, 60.0)
    assert asked == [0.0, 5.0]


def test_size_and_time_of_a_real_file(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    found = size_and_time(bytes(file))
    assert found is not None
    assert found[0] == 5
    assert size_and_time(bytes(tmp_path / "none")) is None
