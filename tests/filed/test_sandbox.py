"""The real edges against the imitation of Filed, once through."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import KeyRefused, ReadOnlyKey, UploadGone
from agent.filed.binders import Binders
from agent.filed.endpoint import Endpoint
from agent.filed.exchange import Exchange
from agent.filed.graphql import Graph
from agent.filed.sign_in import SignIn
from agent.filed.transport import Transport
from agent.filed.uploads import Uploads
from agent.model.ingestion import Verdict
from agent.sandbox.server import Sandbox
from tests.filed.kit import CLIENT, Chunk, JumpingClock

pytestmark = pytest.mark.slow

DATA = b"%PDF-1.7\n" + b"x" * 5000


def edges(transport: Transport, sandbox: Sandbox, key: str) -> tuple[Uploads, Binders]:
    """Uploads and binders with one key."""
    graph = Endpoint.parse(sandbox.graphql_url)
    sign_in = SignIn(Exchange(transport, graph), lambda: key, JumpingClock(), transport.server_time)
    return (
        Uploads(transport, Endpoint.parse(sandbox.upload_url), sign_in),
        Binders(Graph(transport, graph, sign_in)),
    )


def test_a_document_is_filed(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        endpoints = [Endpoint.parse(url) for url in (sandbox.upload_url, sandbox.graphql_url)]
        with Transport(endpoints, JumpingClock()) as transport:
            uploads, binders = edges(transport, sandbox, sandbox.api_key)
            assert binders.workspace().id
            assert list(binders.clients()) == []
            record = binders.create_client(CLIENT)
            assert [client.id for client in binders.clients()] == [record.id]

            upload = uploads.create("w2.pdf", "application/pdf", len(DATA))
            assert upload.offset == uploads.offset(upload.upload_id, len(DATA)) == 0
            middle = uploads.send(upload.upload_id, 0, len(DATA), Chunk(DATA[:2000], 999))
            assert middle == uploads.offset(upload.upload_id, len(DATA)) == 2000
            end = uploads.send(upload.upload_id, 2000, len(DATA), Chunk(DATA[2000:], 999))
            assert end == len(DATA)

            task_id = binders.add_documents(record.id, [upload.upload_id])
            verdicts = []
            for _ in range(20):
                (task,) = binders.tasks([record.id], 20).tasks[record.id]
                assert task.id == task_id
                verdicts.append(task.verdict)
                if task.verdict is not Verdict.working:
                    break
            assert verdicts[-1] is Verdict.filed
            with pytest.raises(UploadGone):
                uploads.offset("00000000-0000-7000-8000-000000000000", 10)


def test_keys_that_may_not(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        endpoints = [Endpoint.parse(url) for url in (sandbox.upload_url, sandbox.graphql_url)]
        with Transport(endpoints, JumpingClock()) as transport:
            uploads, binders = edges(transport, sandbox, sandbox.read_only_key)
            assert binders.workspace().id
            with pytest.raises(ReadOnlyKey):
                binders.create_client(CLIENT)
            with pytest.raises(ReadOnlyKey):
                uploads.create("w2.pdf", "application/pdf", 10)
            _, strangers = edges(transport, sandbox, "no-such-key")
            with pytest.raises(KeyRefused):
                strangers.workspace()
