"""The tables of the ledger, as the steps by which they came to be.

A step that was released is never changed; a new one is appended to STEPS. CHECK, UNIQUE and the
triggers repeat what agent.model says, so that no other path into the file can break it (design.md
section 3). Paths and names are bytes (BLOB), times are wall clock seconds (REAL), enums are TEXT.
Numbers of a file system may need more than 64 bits (ReFS file IDs, far dates): see rows.whole;
their columns are ANY.
"""

from __future__ import annotations

APPLICATION_ID = 0x46_41_4C_31  # "FAL1" in the file's header: this SQLite file is a ledger

_ROOTS = """
CREATE TABLE roots (
  id INTEGER PRIMARY KEY,
  path BLOB NOT NULL UNIQUE CHECK (length(path) > 0),
  dev ANY,
  ino ANY,
  unavailable TEXT,
  scanned_at REAL,
  CHECK ((dev IS NULL) = (ino IS NULL))
) STRICT;

-- `gone` is set when a complete scan did not find the folder; its files stay, they are history
CREATE TABLE folders (
  id INTEGER PRIMARY KEY,
  root_id INTEGER NOT NULL REFERENCES roots (id),
  path BLOB NOT NULL,
  mtime_ns ANY,
  digest BLOB,
  quiet_seconds REAL CHECK (quiet_seconds >= 0),
  gone INTEGER NOT NULL DEFAULT 0 CHECK (gone IN (0, 1)),
  UNIQUE (root_id, path),
  CHECK ((mtime_ns IS NULL) = (digest IS NULL)),
  CHECK (gone = 0 OR digest IS NULL)
) STRICT;
"""

_CLIENTS = """
CREATE TABLE clients (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  external_id TEXT NOT NULL UNIQUE CHECK (external_id <> ''),
  tax_year INTEGER NOT NULL,
  return_type TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('new', 'absent', 'creating', 'known', 'held')),
  filed_id TEXT UNIQUE CHECK (filed_id <> ''),
  reason TEXT,
  said TEXT,
  due_at REAL NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  version INTEGER NOT NULL DEFAULT 0,
  CHECK (state <> 'known' OR filed_id IS NOT NULL),
  CHECK (state <> 'held' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX clients_state ON clients (state, due_at);
CREATE INDEX clients_key ON clients (key, tax_year, return_type);

-- what each client folder says of its client; `confirmed`: a person said it stands for client_id
CREATE TABLE client_folders (
  root_id INTEGER NOT NULL REFERENCES roots (id),
  folder BLOB NOT NULL,
  client_id INTEGER NOT NULL REFERENCES clients (id),
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  external_id TEXT NOT NULL,
  tax_year INTEGER NOT NULL,
  return_type TEXT NOT NULL,
  standing TEXT NOT NULL CHECK (standing IN ('owner', 'doubt', 'confirmed')),
  PRIMARY KEY (root_id, folder)
) STRICT, WITHOUT ROWID;
CREATE INDEX client_folders_client ON client_folders (client_id);
CREATE INDEX client_folders_external_id ON client_folders (external_id);
CREATE INDEX client_folders_key ON client_folders (key, tax_year, return_type);

CREATE TABLE records (
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  external_id TEXT NOT NULL,
  status TEXT NOT NULL,
  return_type TEXT NOT NULL,
  tax_year INTEGER NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
"""

_OPERATIONS = """
CREATE TABLE operations (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('createClient', 'addClientDocuments')),
  client_id INTEGER NOT NULL REFERENCES clients (id),
  upload_ids TEXT NOT NULL CHECK (upload_ids LIKE '[%]'),
  state TEXT NOT NULL CHECK (state IN ('announced', 'unknown', 'done', 'refused')),
  sent_at REAL NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  doubts INTEGER NOT NULL DEFAULT 0 CHECK (doubts >= 0),
  task_id TEXT,
  version INTEGER NOT NULL DEFAULT 0,
  CHECK ((kind = 'createClient') = (upload_ids = '[]'))
) STRICT;
CREATE UNIQUE INDEX operations_open ON operations (client_id)
  WHERE state = 'announced' OR state = 'unknown';
CREATE INDEX operations_client ON operations (client_id);
"""

_DOCUMENTS = """
CREATE TABLE documents (
  id INTEGER PRIMARY KEY,
  client_id INTEGER NOT NULL REFERENCES clients (id),
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  size INTEGER NOT NULL CHECK (size >= 0),
  name TEXT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN
    ('ready', 'uploading', 'uploaded', 'attaching', 'ingesting', 'filed', 'lost', 'failed')),
  upload_id TEXT UNIQUE CHECK (upload_id <> ''),
  offset INTEGER NOT NULL DEFAULT 0 CHECK (offset >= 0),
  source TEXT,
  operation_id INTEGER REFERENCES operations (id),
  task_id TEXT CHECK (task_id <> ''),
  problem TEXT,
  remedy TEXT,
  replaces INTEGER REFERENCES documents (id),
  due_at REAL NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  version INTEGER NOT NULL DEFAULT 0,
  UNIQUE (client_id, sha256, size),
  CHECK (CASE stage
    WHEN 'ready' THEN upload_id IS NULL AND operation_id IS NULL AND task_id IS NULL
    WHEN 'uploading' THEN upload_id IS NOT NULL AND source IS NOT NULL
    WHEN 'uploaded' THEN upload_id IS NOT NULL
    WHEN 'attaching' THEN upload_id IS NOT NULL AND operation_id IS NOT NULL
    WHEN 'ingesting' THEN task_id IS NOT NULL
    WHEN 'filed' THEN task_id IS NOT NULL
    WHEN 'failed' THEN problem IS NOT NULL
    ELSE 1 END)
) STRICT;
CREATE INDEX documents_due ON documents (stage, due_at)
  WHERE stage = 'ready' OR stage = 'uploading' OR stage = 'uploaded' OR stage = 'attaching'
  OR stage = 'ingesting' OR stage = 'failed';
CREATE INDEX documents_sending ON documents (id, due_at, client_id)
  WHERE stage = 'ready' OR stage = 'uploading';
CREATE INDEX documents_uploaded ON documents (client_id, due_at) WHERE stage = 'uploaded';
CREATE INDEX documents_attaching ON documents (operation_id) WHERE stage = 'attaching';
"""

_FILES = """
CREATE TABLE files (
  id INTEGER PRIMARY KEY,
  folder_id INTEGER NOT NULL REFERENCES folders (id),
  name BLOB NOT NULL CHECK (length(name) > 0 AND instr(name, x'2f') = 0),
  state TEXT NOT NULL CHECK (state IN ('settling', 'held', 'ignored', 'known', 'missing')),
  kind TEXT NOT NULL CHECK (kind IN ('regular', 'link', 'other', 'folder', 'online-only')),
  size INTEGER NOT NULL CHECK (size >= 0),
  mtime_ns ANY NOT NULL,
  ctime_ns ANY NOT NULL,
  dev ANY NOT NULL,
  ino ANY NOT NULL,
  reason TEXT,
  document_id INTEGER REFERENCES documents (id),
  client_id INTEGER REFERENCES clients (id),
  due_at REAL NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  version INTEGER NOT NULL DEFAULT 0,
  UNIQUE (folder_id, name),
  CHECK (CASE state
    WHEN 'known' THEN document_id IS NOT NULL AND client_id IS NOT NULL
    WHEN 'held' THEN reason IS NOT NULL
    WHEN 'ignored' THEN reason IS NOT NULL
    ELSE 1 END)
) STRICT;
CREATE INDEX files_settling ON files (id, due_at) WHERE state = 'settling';
CREATE INDEX files_settling_size ON files (size) WHERE state = 'settling';
CREATE INDEX files_held ON files (due_at) WHERE state = 'held';
CREATE INDEX files_document ON files (document_id) WHERE document_id IS NOT NULL;
"""

# S1: neither a file nor a call may join one client's document to another client
_RIGHT_CLIENT = """
CREATE TRIGGER files_right_client_new BEFORE INSERT ON files
WHEN NEW.state = 'known'
 AND NEW.client_id IS NOT (SELECT client_id FROM documents WHERE id = NEW.document_id)
BEGIN SELECT RAISE(ABORT, 'the file is known as a document of another client'); END;

CREATE TRIGGER files_right_client BEFORE UPDATE OF state, document_id, client_id ON files
WHEN NEW.state = 'known'
 AND NEW.client_id IS NOT (SELECT client_id FROM documents WHERE id = NEW.document_id)
BEGIN SELECT RAISE(ABORT, 'the file is known as a document of another client'); END;

CREATE TRIGGER documents_right_client BEFORE UPDATE OF stage, operation_id ON documents
WHEN NEW.stage = 'attaching'
 AND NEW.client_id IS NOT (SELECT client_id FROM operations WHERE id = NEW.operation_id)
BEGIN SELECT RAISE(ABORT, 'the document is attached by a call for another client'); END;

CREATE TRIGGER documents_content BEFORE UPDATE OF client_id, sha256, size ON documents
BEGIN SELECT RAISE(ABORT, 'the content and the client of a document never change'); END;
"""

# how many rows stand where: asked every second by the tray, so never counted anew
_TALLY = """
CREATE TABLE tally (
  subject TEXT NOT NULL CHECK (subject IN ('file', 'document', 'client')),
  state TEXT NOT NULL,
  number INTEGER NOT NULL CHECK (number >= 0),
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  PRIMARY KEY (subject, state)
) STRICT, WITHOUT ROWID;
"""


def _tally(subject: str, table: str, column: str, size: str) -> str:
    """The triggers that keep the tally of one table; its rows are never deleted."""
    old_size, new_size = size.replace("@", "OLD"), size.replace("@", "NEW")
    add = (
        f"INSERT INTO tally VALUES ('{subject}', NEW.{column}, 1, {new_size}) "  # noqa: S608
        "ON CONFLICT (subject, state) DO UPDATE SET "
        "number = number + 1, bytes = bytes + excluded.bytes;"
    )
    return f"""
CREATE TRIGGER {table}_counted AFTER INSERT ON {table} BEGIN {add} END;
CREATE TRIGGER {table}_recounted AFTER UPDATE OF {column} ON {table}
WHEN NEW.{column} <> OLD.{column}
BEGIN
  UPDATE tally SET number = number - 1, bytes = bytes - {old_size}
  WHERE subject = '{subject}' AND state = OLD.{column};
  {add}
END;
"""  # noqa: S608


_TALLIES = (
    _tally("file", "files", "state", "0")
    + _tally("document", "documents", "stage", "@.size")
    + _tally("client", "clients", "state", "0")
)

_MEMORY = """
CREATE TABLE history (
  id INTEGER PRIMARY KEY,
  at REAL NOT NULL,
  subject TEXT NOT NULL CHECK (subject IN ('file', 'document', 'client', 'operation', 'agent')),
  subject_id INTEGER NOT NULL,
  before TEXT,
  after TEXT NOT NULL,
  why TEXT NOT NULL
) STRICT;
CREATE INDEX history_subject ON history (subject_id);  -- a handful of lines for each: enough

CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

# In order of their due times: while thousands of files rest, a look at those that are due, and at
# when the next one is, must not pass by all the others.
_DUE_FIRST = """
DROP INDEX files_settling;
CREATE INDEX files_settling ON files (due_at) WHERE state = 'settling';
"""

# What a page of a list needs, and what is asked every second: none of it may look at all rows.
# `documents_lost`: hardly any, among a million that are filed. A column that is the same in all of
# a partial index stands in it so that no row has to be read beside it.
_PAGES = """
CREATE INDEX clients_name ON clients (name COLLATE NOCASE);
CREATE INDEX documents_problem ON documents (stage) WHERE problem IS NOT NULL;
CREATE INDEX documents_lost ON documents (stage) WHERE stage = 'lost';
CREATE INDEX files_held_reason ON files (reason, state) WHERE state = 'held';
CREATE INDEX history_filed ON history (at, subject_id, subject, after)
  WHERE subject = 'document' AND after = 'filed';
"""

STEPS: tuple[tuple[str, str], ...] = (
    (
        "0001_first_tables",
        "\n".join(
            (
                _ROOTS,
                _CLIENTS,
                _OPERATIONS,
                _DOCUMENTS,
                _FILES,
                _RIGHT_CLIENT,
                _TALLY,
                _TALLIES,
                _MEMORY,
            )
        ),
    ),
    ("0002_settling_by_due_time", _DUE_FIRST),
    ("0003_pages", _PAGES),
)
NAMES: tuple[str, ...] = tuple(name for name, _ in STEPS)
