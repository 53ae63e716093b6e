"""The bounded set of hints."""

from __future__ import annotations

from agent.folders.hints import FOLDER_LIMIT, ROOT_LIMIT, DirtySet
from agent.model.hints import Hints

ROOT = b"/clients"


def test_hints_are_given_once() -> None:
    dirty = DirtySet()
    dirty.path(ROOT, b"a/b", b"x.pdf")
    dirty.path(ROOT, b"", b"y.pdf")
    dirty.folder(ROOT, b"c")
    dirty.tree(ROOT, b"d")
    dirty.gap(b"/other")
    assert dirty.take() == Hints(
        frozenset({(ROOT, b"a/b/x.pdf"), (ROOT, b"y.pdf")}),
        frozenset({(ROOT, b"c")}),
        frozenset({(ROOT, b"d")}),
        frozenset({b"/other"}),
    )
    assert dirty.take() == Hints()


def test_many_files_of_a_folder_become_the_folder() -> None:
    dirty = DirtySet()
    for number in range(FOLDER_LIMIT):
        dirty.path(ROOT, b"a", b"%d" % number)
    dirty.path(ROOT, b"b", b"x")
    dirty.path(ROOT, b"a", b"0")
    assert len(dirty.take().paths) == FOLDER_LIMIT + 1
    for number in range(FOLDER_LIMIT + 50):
        dirty.path(ROOT, b"a", b"%d" % number)
    hints = dirty.take()
    assert hints.folders == {(ROOT, b"a")}
    assert not hints.paths


def test_many_places_of_a_root_become_a_gap_that_covers_the_root_only() -> None:
    dirty = DirtySet()
    dirty.path(b"/other", b"", b"x")
    for number in range(ROOT_LIMIT):
        dirty.path(ROOT, b"%d" % number, b"x")
    assert len(dirty.take().paths) == ROOT_LIMIT + 1
    dirty.path(b"/other", b"", b"x")
    for number in range(ROOT_LIMIT + 1):
        dirty.tree(ROOT, b"%d" % number)
    dirty.path(ROOT, b"", b"late")
    dirty.folder(ROOT, b"late")
    dirty.tree(ROOT, b"late")
    assert dirty.take() == Hints(frozenset({(b"/other", b"x")}), gaps=frozenset({ROOT}))


def test_files_that_became_their_folder_make_room_for_others() -> None:
    dirty = DirtySet()
    for folder in range(100):
        for number in range(FOLDER_LIMIT + 1):
            dirty.path(ROOT, b"%d" % folder, b"%d" % number)
    hints = dirty.take()
    assert not hints.gaps
    assert len(hints.folders) == 100


def test_the_bell_rings_once_between_two_takes() -> None:
    dirty, rung = DirtySet(), []
    dirty.path(ROOT, b"", b"before anybody listens")
    dirty.take()
    dirty.on_hint = lambda: rung.append(1)
    for name in (b"a", b"b"):
        dirty.path(ROOT, b"", name)
        dirty.tree(ROOT, name)
        dirty.folder(ROOT, name)
        dirty.gap(ROOT)
    assert len(rung) == 1
    dirty.take()
    dirty.gap(ROOT)
    assert len(rung) == 2
