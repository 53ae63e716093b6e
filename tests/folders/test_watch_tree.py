"""Watch descriptors as a tree of names."""

from __future__ import annotations

from agent.folders.watch_tree import WatchTree


def family() -> WatchTree:
    tree = WatchTree()
    tree.add(1, -1, b"")
    tree.add(2, 1, b"a")
    tree.add(3, 2, b"b")
    tree.add(4, 1, b"c")
    return tree


def test_paths_are_relative_to_the_root() -> None:
    tree = family()
    assert [tree.path(watch) for watch in (1, 2, 3, 4)] == [b"", b"a", b"a/b", b"c"]
    assert tree.path(9) is None
    assert tree.below(2, b"b") == 3
    assert tree.below(2, b"x") is tree.below(9, b"b") is None


def test_a_moved_folder_takes_what_is_below_it_along() -> None:
    tree = family()
    tree.add(2, 4, b"moved")
    assert tree.path(3) == b"c/moved/b"
    assert tree.below(1, b"a") is None
    assert len(tree) == 4


def test_a_dropped_folder_takes_what_is_below_it_along() -> None:
    tree = family()
    assert sorted(tree.drop(2)) == [2, 3]
    assert tree.path(3) is None
    assert tree.below(1, b"a") is None
    assert tree.drop(2) == []
    assert len(tree) == 2


def test_a_name_taken_over_by_another_folder_is_not_dropped_with_the_first() -> None:
    tree = family()
    tree.add(5, 1, b"a")
    tree.drop(2)
    assert tree.below(1, b"a") == 5
    assert tree.path(5) == b"a"
