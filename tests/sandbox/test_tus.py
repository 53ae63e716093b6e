"""The tus endpoint: what it answers, header by header."""

from __future__ import annotations

import pytest

from agent.sandbox.server import Sandbox
from tests.sandbox.caller import OFFSET_TYPE, Caller, JumpingClock, metadata, upload_id
from tests.sandbox.conftest import switch


def test_an_upload_is_created_sent_and_found_complete(sandbox: Sandbox, caller: Caller) -> None:
    created = caller.create(10)
    url = created.headers["Location"]
    assert created.status_code == 201
    assert url.startswith(sandbox.upload_url + "/")
    assert created.headers["Tus-Resumable"] == "1.0.0"
    assert "Upload-Expires" in created.headers
    first = caller.patch(url, 0, b"01234")
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "5")
    second = caller.patch(url, 5, b"56789")
    assert (second.status_code, second.headers["Upload-Offset"]) == (204, "10")
    assert "Upload-Expires" not in second.headers
    head = caller.head(url)
    assert (head.status_code, head.headers["Upload-Offset"]) == (200, "10")
    assert head.headers["Upload-Length"] == "10"
    assert head.headers["Cache-Control"] == "no-store"
    assert head.headers["Upload-Metadata"].startswith("filename dzIucGRm")
    assert (sandbox.received().bytes_received, sandbox.received().requests["PATCH"]) == (10, 2)


def test_options_names_what_the_server_can_do(sandbox: Sandbox, caller: Caller) -> None:
    answer = caller.http.options(sandbox.upload_url)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "104857600"
    assert answer.headers["Tus-Extension"] == "creation,expiration,termination"
    switch(sandbox, creation_with_upload=True, termination=False)
    extensions = caller.http.options(sandbox.upload_url).headers["Tus-Extension"]
    assert extensions == "creation,expiration,creation-with-upload"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": None}, 412),
        ({"Tus_Resumable": "0.2.2"}, 412),
        ({"Upload_Length": None}, 400),
        ({"Upload_Length": "-1"}, 400),
        ({"Upload_Length": "9" * 30}, 400),
        ({"Upload_Length": "ten"}, 400),
        ({"Upload_Metadata": ""}, 400),
        ({"Upload_Metadata": "filename ***"}, 400),
        ({"Upload_Metadata": metadata(filename="a.pdf") + "," + metadata(filename="b.pdf")}, 400),
        ({"Upload_Metadata": metadata(filename="a.exe")}, 415),
        ({"Upload_Metadata": None}, 415),
        ({"Upload_Length": str(100 * 1024 * 1024 + 1)}, 413),
        ({"Authorization": None}, 401),
        ({"Authorization": "Basic abc"}, 401),
    ],
)
def test_a_wrong_creation_is_refused(
    sandbox: Sandbox, caller: Caller, headers: dict[str, str | None], status: int
) -> None:
    right = {"Upload_Length": "10", "Upload_Metadata": metadata(filename="a.pdf")}
    assert caller.tus("POST", sandbox.upload_url, **{**right, **headers}).status_code == status
    assert sandbox.received().uploads == ()


def test_cap_and_types_are_switches(sandbox: Sandbox, caller: Caller) -> None:
    switch(sandbox, max_upload_size=5, allowed_types=None)
    assert caller.create(6).status_code == 413
    assert caller.create(5, "anything.exe").status_code == 201
    switch(sandbox, allowed_types=frozenset({"heic"}))
    assert caller.create(5, "a.pdf").status_code == 415
    assert caller.create(5, "a.HEIC").status_code == 201


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": None}, 412),
        ({"Content_Type": "application/octet-stream"}, 400),
        ({"Upload_Offset": None}, 403),
        ({"Upload_Offset": "x"}, 400),
        ({"Upload_Offset": "5"}, 409),
        ({"Authorization": None}, 401),
    ],
)
def test_a_wrong_patch_is_refused_and_stores_nothing(
    caller: Caller, headers: dict[str, str | None], status: int
) -> None:
    url = caller.create(10).headers["Location"]
    assert caller.patch(url, 0, b"0123", **headers).status_code == status
    assert caller.head(url).headers["Upload-Offset"] == "0"


def test_bytes_that_are_stored_already_are_refused(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    caller.patch(url, 0, b"0123")
    assert caller.patch(url, 2, b"234567").status_code == 409
    assert caller.patch(url, 4, b"456789").status_code == 204
    assert (sandbox.state_dir / upload_id(url)).read_bytes() == b"0123456789"


def test_bytes_past_the_end_are_refused(caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    assert caller.patch(url, 0, b"01234").status_code == 413
    assert caller.head(url).headers["Upload-Offset"] == "0"
    # Without a Content-Length the server learns it only when the bytes come.
    assert caller.patch(url, 0, iter([b"012", b"345"])).status_code == 413
    assert caller.head(url).headers["Upload-Offset"] == "4"


def test_empty_patches_change_nothing(caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    assert caller.patch(url, 0, b"").headers["Upload-Offset"] == "0"
    caller.patch(url, 0, b"0123")
    assert caller.patch(url, 4, b"").headers["Upload-Offset"] == "4"


def test_unknown_and_foreign_uploads_are_not_found(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    assert caller.head(sandbox.upload_url + "/unknown").status_code == 404
    assert caller.patch(sandbox.upload_url + "/unknown", 0, b"x").status_code == 404
    caller.sign_in("sandbox-other-key")
    assert caller.head(url).status_code == 404


def test_other_methods_and_paths_are_refused(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    assert caller.tus("GET", url).status_code == 405
    assert caller.tus("PATCH", sandbox.upload_url).status_code == 405
    assert caller.tus("GET", url.replace("/api/uploads", "/files")).status_code == 404
    assert caller.head(url + "/").status_code == 200


@pytest.mark.parametrize("status", [404, 410])
def test_an_upload_expires_after_its_last_byte(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock, status: int
) -> None:
    switch(sandbox, upload_lifetime_seconds=60, expired_status=status)
    url = caller.create(4).headers["Location"]
    clock.jump(59)
    assert caller.patch(url, 0, b"01").status_code == 204
    clock.jump(59)
    assert caller.head(url).status_code == 200
    clock.jump(1)
    assert caller.head(url).status_code == status
    assert caller.patch(url, 2, b"23").status_code == status
    assert sandbox.received().upload(upload_id(url)).state == "expired"


def test_an_upload_can_be_expired_at_once(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    sandbox.expire_upload(upload_id(url))
    assert caller.head(url).status_code == 404
    with pytest.raises(KeyError):
        sandbox.expire_upload("unknown")


def test_upload_expires_is_an_http_date(caller: Caller, clock: JumpingClock) -> None:
    assert caller.create(4).headers["Upload-Expires"] == "Sat, 16 Jan 2027 08:00:00 GMT"
    assert clock.now == 1_800_000_000


def test_an_upload_can_be_deleted_or_not_by_switch(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(4).headers["Location"]
    switch(sandbox, termination=False)
    assert caller.tus("DELETE", url).status_code == 405
    switch(sandbox, termination=True)
    assert caller.tus("DELETE", url).status_code == 204
    assert caller.head(url).status_code == 404
    assert sandbox.received().upload(upload_id(url)).state == "deleted"


def test_the_location_takes_many_forms(sandbox: Sandbox, caller: Caller) -> None:
    host = sandbox.upload_url.removeprefix("http://").removesuffix("/api/uploads")
    expected = {
        "absolute": f"http://{host}/api/uploads/ID",
        "relative": "/api/uploads/ID",
        "other_host": "http://uploads.elsewhere.example/api/uploads/ID",
        "other_scheme": f"https://{host}/api/uploads/ID",
        "trailing_slash": f"http://{host}/api/uploads/ID/",
        "query": f"http://{host}/api/uploads/ID?part=1",
        "unsafe": f"http://{host}/api/uploads/..%2F..%2FID",
    }
    for form, location in expected.items():
        switch(sandbox, location=form)
        found = caller.create(1).headers["Location"]
        assert found == location.replace("ID", sandbox.received().uploads[-1].id)
    switch(sandbox, location="missing")
    assert "Location" not in caller.create(1).headers


def test_creation_takes_bytes_only_when_switched_on(sandbox: Sandbox, caller: Caller) -> None:
    off = caller.create(4, data=b"0123")
    assert off.status_code == 201
    assert "Upload-Offset" not in off.headers
    assert caller.head(off.headers["Location"]).headers["Upload-Offset"] == "0"
    switch(sandbox, creation_with_upload=True)
    whole, part = caller.create(4, data=b"0123"), caller.create(4, data=b"01")
    assert (whole.headers["Upload-Offset"], part.headers["Upload-Offset"]) == ("4", "2")
    assert caller.create(4, data=b"01234").status_code == 413
    assert caller.patch(part.headers["Location"], 2, b"23").headers["Upload-Offset"] == "4"


def test_direct_upload_is_not_there_until_switched_on(sandbox: Sandbox, caller: Caller) -> None:
    url = sandbox.upload_url.replace("/uploads", "/upload/direct")
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/pdf"}
    assert caller.http.post(url, content=b"abc", headers=headers).status_code == 404
    switch(sandbox, direct_upload=True)
    answer = caller.http.post(url, content=b"abc", headers=headers)
    assert sandbox.received().upload(answer.json()["uploadId"]).offset == 3


def test_requests_over_the_limit_are_turned_away_on_both_origins(
    sandbox: Sandbox, caller: Caller, clock: JumpingClock
) -> None:
    switch(sandbox, rate_limit=2, retry_after_seconds=7)
    answers = [caller.create(1) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].headers["Retry-After"] == "7"
    query = {"query": "{ health { id } }"}
    statuses = [caller.http.post(sandbox.graphql_url, json=query).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    clock.jump(1)
    assert caller.create(1).status_code == 201


def test_a_second_patch_meets_a_lock(sandbox: Sandbox, caller: Caller) -> None:
    url = caller.create(10).headers["Location"]
    first = caller.raw(
        "PATCH", url, b"0123", Upload_Offset="0", Content_Type=OFFSET_TYPE, Content_Length="10"
    )
    try:
        _wait_for_offset(sandbox, 4)
        assert caller.patch(url, 4, b"456789").status_code == 423
        assert caller.tus("DELETE", url).status_code == 423
        assert caller.head(url).headers["Upload-Offset"] == "4"
        first.sendall(b"456789")
        assert first.recv(100).startswith(b"HTTP/1.1 204")
    finally:
        first.close()
    assert caller.patch(url, 10, b"").status_code == 204


def test_a_second_patch_takes_the_lock_over_when_switched_on(
    sandbox: Sandbox, caller: Caller
) -> None:
    switch(sandbox, hand_over_lock=True)
    url = caller.create(10).headers["Location"]
    first = caller.raw(
        "PATCH", url, b"0123", Upload_Offset="0", Content_Type=OFFSET_TYPE, Content_Length="10"
    )
    try:
        _wait_for_offset(sandbox, 4)
        assert caller.patch(url, 4, b"456789").headers["Upload-Offset"] == "10"
        assert first.recv(100) == b""
    finally:
        first.close()


def _wait_for_offset(sandbox: Sandbox, offset: int) -> None:
    for _ in range(10_000):
        if sandbox.received().uploads[-1].offset >= offset:
            return
    raise AssertionError("the bytes did not arrive")
