"""Addresses, folders and secrets in the configuration: what is refused, and what is fine."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.config.desk import Desk


@pytest.mark.parametrize("key", ["graphql_url", "upload_url"])
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://router.apps.filed.com/graphql", "use https://"),
        ("http://localhost.evil.example/", "use https://"),
        ("http://128.0.0.1/", "use https://"),
        ("http://[::2]/", "use https://"),
        ("http://10.0.0.5/", "use https://"),
        ("http://0.0.0.0/", "use https://"),
        ("ftp://filed.example/", "begins with https://"),
        ("filed.example/graphql", "begins with https://"),
        ("", "begins with https://"),
        ("https:///graphql", "a host"),
    ],
)
def test_C04_plain_http_is_for_this_machine_alone(
    desk: Desk, key: str, address: str, said: str
) -> None:
    problem = desk.problem(desk.good(f"[filed]\n{key} = '{address}'\n"))
    assert problem.startswith(f"{desk.file}:6: filed.{key} ")
    assert said in problem


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8123", "http://127.8.9.1/x", "http://[::1]:9", "http://localhost:1"],
)
def test_C04_plain_http_to_this_machine_is_taken(desk: Desk, address: str) -> None:
    made = desk.load(desk.good(f"[filed]\ngraphql_url = '{address}'\n"))
    assert made.filed.graphql_url == address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://me:canary@filed.example/graphql", "user name or password"),
        ("https://canary@filed.example/graphql", "user name or password"),
        ("https://@filed.example/graphql", "user name or password"),
        ("https://filed.example/graphql?key=canary", "query"),
        ("https://filed.example/graphql?", "query"),
        ("https://filed.example/graphql#canary", "query or fragment"),
        ("https://filed.example:canary/", "is not an address"),
        ("https://filed.example\\\\@canary.example/", "no address has"),
        ("https://canary .example/", "no address has"),
        ("https://can_ary.example/", "cannot exist"),
        ("https://fïled.example/", "no address has"),
    ],
)
def test_C05_an_address_with_more_than_a_place_is_refused_and_not_repeated(
    desk: Desk, address: str, said: str
) -> None:
    problem = desk.problem(desk.good(f'[filed]\nupload_url = "{address}"\n'))
    assert said in problem
    assert "canary" not in problem


def test_C05_addresses_are_normalised_and_may_be_of_two_hosts(desk: Desk) -> None:
    made = desk.load(
        desk.good(
            "[filed]\ngraphql_url = 'https://Router.Example:443/graphql/'\n"
            "upload_url = 'https://web.example:8443/Api/uploads///'\n"
        )
    )
    assert made.filed.graphql_url == "https://router.example/graphql"
    assert made.filed.upload_url == "https://web.example:8443/Api/uploads"


def test_C06_a_root_that_is_not_there_is_no_problem(desk: Desk) -> None:
    assert not desk.root.exists()
    assert desk.load(desk.good()).folder[0].path == desk.root


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (["/"], "whole disk"),
        (["/home/roe/own"], "home folder"),
        (["/home"], "home folder"),
        (["{agent}"], "own folder"),
        (["{agent}/.."], "own folder"),
        (["/srv/a", "/srv/a/"], "folder[2].path is the same folder as folder[1]"),
        (["/srv/a", "/srv/x/../a"], "the same folder as folder[1]"),
        (["/srv/a", "/srv/a/b"], "folder[2].path lies within folder[1]"),
        (["/srv/a/b", "/srv/x", "/srv/a"], "folder[3].path contains folder[1]"),
        (["{link}", "{agent}x"], "the same folder"),
        (["{agent}x", "{link}/b"], "folder[2].path lies within folder[1]"),
        (["clients"], "not a full path"),
        ([""], "not a full path"),
    ],
)
def test_C07_folders_that_cannot_be_watched_are_refused(
    desk: Desk, paths: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/roe/own")
    target = Path(f"{desk.home}x")
    target.mkdir()
    link = desk.file.parent / "link"
    link.symlink_to(target)
    text = ""
    for path in paths:
        named = path.replace("{agent}", str(desk.home)).replace("{link}", str(link))
        text += desk.good().replace(desk.root.as_posix(), named)
    assert said in desk.problem(text)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_C07_neighbours_are_fine(desk: Desk) -> None:
    text = desk.good() + desk.good().replace("clients", "clients2")
    assert len(desk.load(text).folder) == 2


def test_C07_a_folder_is_known_again_by_the_disk_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a bind mount: two paths, no link, one folder."""
    (desk.file.parent / "one").mkdir()
    stat = (desk.file.parent / "one").stat()
    monkeypatch.setattr(Path, "stat", lambda _path, **_given: stat)
    text = desk.good() + desk.good().replace("clients", "elsewhere")
    assert "is the same folder" in desk.problem(text)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")
def test_C08_a_root_on_a_share_is_fine(desk: Desk) -> None:
    made = desk.load(desk.good().replace(desk.root.as_posix(), "/mnt/nas/clients"))
    assert made.folder[0].path == Path("/mnt/nas/clients")


@pytest.mark.parametrize("name", ["api_key", "token", "API-KEY", "password", "refresh_token"])
@pytest.mark.parametrize("place", ["", "[filed]\n", "[upload]\nparallel = 0\n"])
def test_C09_a_secret_is_refused_by_its_name_and_never_shown(
    desk: Desk, name: str, place: str
) -> None:
    problems = desk.problems(desk.good(f"{place}{name} = 'canary'\n"))
    about = [problem for problem in problems if name in problem]
    assert len(about) == 1
    assert "filed-agent login" in about[0]
    assert "canary" not in "".join(problems)
