"""What the mutations do and refuse: createClient, addClientDocuments, triggerTaxPrep."""

from __future__ import annotations

from collections.abc import Sequence

from agent.sandbox.records import Client, Task
from agent.sandbox.store import Upload
from agent.sandbox.tokens import Account
from agent.sandbox.world import World

FIRST_YEAR, LAST_YEAR = 1900, 2100


class RefusalError(Exception):
    """A request that Filed would answer with an error; carries ``extensions.code``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _bad(message: str) -> RefusalError:
    return RefusalError("BAD_USER_INPUT", message)


def _staged(world: World, account: Account, upload_id: str) -> Upload:
    upload = world.store.get(upload_id)
    # Another workspace's upload is answered like an unknown one, so that IDs cannot be probed.
    if upload is None or upload.workspace_id != account.workspace_id:
        raise _bad(f"Upload {upload_id} does not exist in this workspace.")
    world.store.age(upload, world.switches.upload_lifetime_seconds)
    if upload.gone:
        raise _bad(f"Upload {upload_id} has expired.")
    if not upload.complete:
        raise _bad(f"Upload {upload_id} was never completed.")
    if upload.attached and not world.switches.reattach_accepted:
        raise _bad(f"Upload {upload_id} is attached already.")
    return upload


def _all_staged(world: World, account: Account, upload_ids: Sequence[str]) -> tuple[Upload, ...]:
    """The uploads of a call, all or none ("rejects an upload ID", guide on uploading documents)."""
    if not 1 <= len(upload_ids) <= world.switches.max_upload_ids:
        raise _bad(f"uploadIds must hold 1 to {world.switches.max_upload_ids} entries.")
    if len(set(upload_ids)) < len(upload_ids) and not world.switches.reattach_accepted:
        raise _bad("uploadIds names an upload twice.")
    return tuple(_staged(world, account, upload_id) for upload_id in upload_ids)


def _file(world: World, account: Account, client: Client, uploads: tuple[Upload, ...]) -> Task:
    for upload in uploads:
        upload.attached = True
    return world.records.start_task("BINDER", client, account, uploads)


def _client(world: World, account: Account, client_id: str) -> Client:
    client = world.records.client(account.workspace_id, client_id)
    if client is None:
        raise RefusalError("NOT_FOUND", f"Client {client_id} does not exist in this workspace.")
    return client


def create_client(
    world: World,
    account: Account,
    name: str,
    external_id: str,
    tax_year: int,
    return_type: str,
    upload_ids: Sequence[str] | None,
) -> tuple[Client, Task | None]:
    """Recipe "onboard a client": a client, and a BINDER task when uploads came along."""
    if not name.strip() or not external_id.strip():
        raise _bad("name and externalId must not be empty.")
    if not FIRST_YEAR <= tax_year <= LAST_YEAR:
        raise _bad(f"taxYear {tax_year} is no tax year.")
    taken = world.records.client_by_external_id(account.workspace_id, external_id)
    if taken and world.switches.unique_external_id:
        raise _bad("externalId is in use in this workspace.")
    uploads: tuple[Upload, ...] = ()
    try:
        if upload_ids:
            uploads = _all_staged(world, account, upload_ids)
    except RefusalError:
        if not world.switches.keep_client_on_bad_upload:
            raise
    client = world.records.add_client(
        account.workspace_id, name, external_id, tax_year, return_type
    )
    return client, _file(world, account, client, uploads) if uploads else None


def add_client_documents(
    world: World, account: Account, client_id: str, upload_ids: Sequence[str]
) -> Task:
    """Guide on uploading documents, "Attach the upload IDs": one BINDER task for one call."""
    client = _client(world, account, client_id)
    return _file(world, account, client, _all_staged(world, account, upload_ids))


def trigger_tax_prep(world: World, account: Account, client_id: str, return_type: str) -> Task:
    """Recipe "run tax prep": the return type must be the client's own."""
    client = _client(world, account, client_id)
    if client.return_type != return_type:
        raise _bad(f"returnType must be {client.return_type}.")
    return world.records.start_task("TAX_PREP", client, account)
