"""Why a file or a client waits: stable codes that the ledger stores.

The sentences that people read for each are in agent.words.catalogue.
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Codes of doubts and rules; never renamed once released, the ledger holds them."""

    # a file waits
    in_use = "in-use"
    empty = "empty"
    incomplete = "incomplete"
    online_only = "online-only"
    link = "link"
    not_regular = "not-regular"
    second_name = "second-name"  # a hard link to what the folder's people may not read
    denied = "denied"
    disk_error = "disk-error"
    no_client = "no-client"
    unexpected = "unexpected"  # an error nobody foresaw; the log has it
    layout = "layout"  # the path does not say what the layout needs
    name_unusable = "name-unusable"
    # a file is ignored
    name_rule = "name-rule"
    person = "person"
    # a client waits
    two_folders = "two-folders"  # two folders stand for the same client
    same_name = "same-name"  # Filed has that name under another external ID
    other_year = "other-year"  # same external ID, another tax year
    other_type = "other-type"  # same external ID, another return type
    archived = "archived"
    not_allowed = "create-not-allowed"
    unconfirmed = "create-unconfirmed"
    refused = "refused"
    renamed = "renamed"  # its folder may be another client's, renamed
    record_taken = "record-taken"  # Filed's record is already another client of ours
