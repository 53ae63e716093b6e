"""Placing: which client a folder stands for, and what happens when two folders claim the same.

The right client (S1) rests on this: a folder in doubt never gets a client that documents may go
to. The doubt is judged anew at each call from what the folders still there say (doubts.py), so it
ends by itself when one of them is renamed or taken away.

standing of a folder: `owner` it stands for its client; `doubt` something contradicts it;
`confirmed` a person said that it is right.
"""

from __future__ import annotations

import os
from dataclasses import replace

from agent.ledger.doubts import CLAIM_OF_FOLDER, Claim, Rival, Standing, claim_of, rivals
from agent.ledger.pen import Pen
from agent.ledger.rows import CLIENT, client_of
from agent.model.client import Client, ClientState, Place
from agent.model.naming import same_name
from agent.model.reasons import Reason

UNMOVABLE = -1  # the version of a Client that is no row of the ledger: moving it is StaleRow

_ADD = """
INSERT INTO clients (key, name, external_id, tax_year, return_type, state)
VALUES (?, ?, ?, ?, ?, 'new')
"""
CLAIM_ROW = """
INSERT OR REPLACE INTO client_folders
  (root_id, client_id, standing, folder, key, name, external_id, tax_year, return_type)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_HOLD = """
UPDATE clients SET state = 'held', reason = ?, said = ?, version = version + 1 WHERE id = ?
"""
_RENAME = """
UPDATE clients SET key = ?, name = ?, tax_year = ?, return_type = ?, version = version + 1
WHERE id = ?
"""
_GONE_OF_KIND = """
SELECT o.client_id, o.folder FROM client_folders AS o
JOIN folders AS d ON d.root_id = o.root_id AND d.path = o.folder AND d.gone = 1
WHERE o.root_id = ? AND o.key = ? AND o.tax_year = ? AND o.return_type = ? AND o.folder <> ?
  AND o.standing <> 'doubt'
"""
_LET_GO = "UPDATE client_folders SET standing = 'doubt' WHERE root_id = ? AND folder = ?"
_IN_USE = """
SELECT EXISTS (SELECT 1 FROM documents WHERE client_id = :id)
    OR EXISTS (SELECT 1 FROM operations WHERE client_id = :id)
"""
_AT_FILED = (ClientState.known, ClientState.creating)
_FREE = (ClientState.new, ClientState.absent)


class Placing(Pen):
    """The writing of clients and their folders in one transaction."""

    _doubted: set[int]

    def place_client(self, root_id: int, place: Place) -> Client:
        """The client of this client folder, found or inserted; see engine.ledger_port.Writing.

        A value that is held as two_folders while the ledger's row is not has the version UNMOVABLE.
        """
        placed = self._place(root_id, place)
        if placed.state is ClientState.held and placed.reason == Reason.two_folders:
            self._doubted.add(placed.id)
        else:
            self._doubted.discard(placed.id)
        return placed

    def _place(self, root_id: int, place: Place) -> Client:
        claim = self._claim(root_id, place)
        respelled = self._respelled(root_id, place, claim)
        if respelled is not None:
            return respelled
        client = self._client_of(claim, place)
        if claim is not None and _settled(claim, client):
            return client
        owner = claim is not None and claim.standing == "owner"
        against = rivals(self._rows, root_id, place, client.id if owner else None)
        if against:
            return self._doubt(root_id, place, client, against, owner=owner)
        if _says_other(client, place):
            if client.state in _AT_FILED or client.filed_id or self._in_use(client):
                self._stand(root_id, place, client, "doubt")
                return _held_here(client, _other_said(client, place))
            client = self._rename(client, place)
        self._stand(root_id, place, client, "owner")
        return client

    def _respelled(self, root_id: int, place: Place, claim: Claim | None) -> Client | None:
        """The client at Filed whose folder is gone and lies here in other letters: case, or NFC.

        Nothing else may contradict it. The old spelling is in doubt when it comes back (N8).
        """
        if claim is not None and claim.standing != "doubt":
            return None
        kind = (place.key, place.tax_year, place.return_type)
        rows = self._rows(_GONE_OF_KIND, (root_id, *kind, place.folder))
        gone = [row for row in rows if _spelled_alike(row[1], place.folder)]
        if len({row[0] for row in gone}) != 1:
            return None
        client = self._client("c.id", gone[0][0])
        against = rivals(self._rows, root_id, place, None)
        others = any(rival.folder is not None or rival.client_id != client.id for rival in against)
        if others or client.state not in _AT_FILED:
            return None
        for _, folder in gone:
            self._execute(_LET_GO, (root_id, folder))
        self._stand(root_id, place, client, "confirmed")
        state = client.state.value
        self._remember("client", client.id, state, state, "its folder is spelled in other letters")
        return client

    def _claim(self, root_id: int, place: Place) -> Claim | None:
        """What the folder said before, if it still says the same."""
        rows = self._rows(CLAIM_OF_FOLDER, (root_id, place.folder))
        claim = claim_of(rows[0]) if rows else None
        return claim if claim is not None and claim.place == place else None

    def _client_of(self, claim: Claim | None, place: Place) -> Client:
        if claim is not None and claim.standing == "confirmed":
            return self._client("c.id", claim.client_id)
        if self._rows("SELECT 1 FROM clients WHERE external_id = ?", (place.external_id,)):
            return self._client("c.external_id", place.external_id)
        values = (place.key, place.name, place.external_id, place.tax_year, place.return_type)
        client_id = self._insert(_ADD, values)
        self._remember("client", client_id, None, "new", "a folder stands for this client")
        return self._client("c.id", client_id)

    def _client(self, column: str, value: object) -> Client:
        rows = self._rows(f"SELECT {CLIENT} FROM clients AS c WHERE {column} = ?", (value,))  # noqa: S608
        return client_of(rows[0])

    def _doubt(
        self, root_id: int, place: Place, client: Client, against: list[Rival], *, owner: bool
    ) -> Client:
        """Hold whatever Filed does not know yet; what it knows stays for its own folder only."""
        said = _said(place, against[0])
        self._stand(root_id, place, client, "owner" if owner else "doubt")
        for client_id in sorted({rival.client_id for rival in against} | {client.id}):
            other = self._client("c.id", client_id)
            if other.state in _FREE:
                self._execute(_HOLD, (Reason.two_folders.value, said, client_id))
                self._remember("client", client_id, other.state.value, "held", said)
        return _held_here(self._client("c.id", client.id), said)

    def _in_use(self, client: Client) -> bool:
        return bool(self._rows(_IN_USE, {"id": client.id})[0][0])

    def _rename(self, client: Client, place: Place) -> Client:
        """Take over what the only folder says: nothing was sent for this client yet."""
        says = (place.key, place.name, place.tax_year, place.return_type)
        self._execute(_RENAME, (*says, client.id))
        state = client.state.value
        self._remember("client", client.id, state, state, "its folder was renamed")
        return self._client("c.id", client.id)

    def _stand(self, root_id: int, place: Place, client: Client, standing: Standing) -> None:
        self._execute(
            CLAIM_ROW,
            (
                root_id,
                client.id,
                standing,
                place.folder,
                place.key,
                place.name,
                place.external_id,
                place.tax_year,
                place.return_type,
            ),
        )


def _spelled_alike(one: bytes, other: bytes) -> bool:
    """Whether two paths differ in nothing but case and the form of their accents."""
    return same_name(os.fsdecode(one), os.fsdecode(other))


def _settled(claim: Claim, client: Client) -> bool:
    """Whether no doubt can arise: a person said so, or the owner's client is at Filed."""
    if claim.standing == "confirmed":
        return True
    return claim.standing == "owner" and client.state in _AT_FILED


def _says_other(client: Client, place: Place) -> bool:
    return (client.key, client.name, client.tax_year, client.return_type) != (
        place.key,
        place.name,
        place.tax_year,
        place.return_type,
    )


def _held_here(client: Client, said: str) -> Client:
    """What holds for a folder in doubt: its client is held, whatever the ledger's row is."""
    if client.state is ClientState.held and client.reason == Reason.two_folders:
        return client
    held = ClientState.held
    return replace(client, state=held, reason=Reason.two_folders, said=said, version=UNMOVABLE)


def _said(place: Place, rival: Rival) -> str:
    ours = _shown(place.folder)
    if rival.folder is None:
        return (
            f'The folder "{ours}" stands for a client that Filed has under the external ID '
            f'"{rival.external_id}", not "{place.external_id}".'
        )
    theirs = _shown(rival.folder)
    return f'The folders "{theirs}" and "{ours}" stand for the same client.'


def _other_said(client: Client, place: Place) -> str:
    return (
        f'The folder "{_shown(place.folder)}" has the external ID "{place.external_id}" of the '
        f'client "{client.name}" ({client.tax_year}, {client.return_type}), '
        "but says another name, year or type."
    )


def _shown(folder: bytes) -> str:
    """A folder's path for a sentence; what is no text in it shows as a replacement mark."""
    return folder.decode("utf-8", "replace")
