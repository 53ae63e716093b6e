"""The page at the GraphQL origin's root: what arrived; no script, nothing foreign."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from agent.sandbox.received import Received, ReceivedClient

SHOWN = 200
STYLE = """\
:root { color-scheme: light dark; --line: #d9dee5; --soft: #5b6675;
  --good: #1a7f4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #363d47; --soft: #9aa5b4; --good: #5fd39a; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p, .soft { color: var(--soft); margin: .2rem 0; }
.numbers { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.4rem 0; padding: 0;
  list-style: none; }
.numbers li { border: 1px solid var(--line); border-radius: .6rem; padding: .5rem 1rem; }
.numbers b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; } td { overflow-wrap: anywhere; }
td.number, th:nth-child(2) { text-align: right; white-space: nowrap; }
td.number { font-variant-numeric: tabular-nums; }
code { font-size: .85em; } .good { color: var(--good); } .bad { color: var(--bad); }
"""
STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
CLASSES = {"COMPLETED": "good", "attached": "good", "FAILED": "bad", "expired": "bad"}


def _size(count: int) -> str:
    size, units = float(count), iter(("bytes", "KiB", "MiB", "GiB"))
    unit = next(units)
    for larger in units:
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"


def _cell(value: object) -> str:
    text = str(value)
    if isinstance(value, int):
        return f'<td class="number">{escape(_size(value))}</td>'
    return f'<td class="{CLASSES.get(text, "")}">{escape(text)}</td>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    every = list(rows)
    shown = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in every[:SHOWN])
    more = f"<p>And {len(every) - SHOWN} more in /received.json.</p>" if len(every) > SHOWN else ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f'<div class="wide"><table><tr>{head}</tr>{shown}</table></div>{more}'


def _client(client: ReceivedClient) -> str:
    about = f"{client.external_id} · {client.tax_year} · {client.return_type} · {client.status}"
    rows = [
        (document.filename, document.size, (document.sha256 or "")[:16], document.task_status)
        for document in client.documents
    ]
    table = (
        _table(("Document", "Size", "SHA-256", "Task"), rows)
        if rows
        else "<p>No documents yet.</p>"
    )
    return f"<h2>{escape(client.name)}</h2><p>{escape(about)}</p>{table}"


def _numbers(received: Received) -> str:
    numbers = {
        "clients": len(received.clients),
        "documents": len(received.documents),
        "uploads": len(received.uploads),
        "tasks": len(received.tasks),
        "faults fired": len(received.faults_fired),
    }
    items = [f"<li><b>{count}</b>{name}</li>" for name, count in numbers.items()]
    items.append(f"<li><b>{_size(received.bytes_received)}</b>received</li>")
    return f'<ul class="numbers">{"".join(items)}</ul>'


def _list(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li><code>{escape(line)}</code></li>" for line in lines[-SHOWN:])
    return f"<h2>{title}</h2><ul>{items}</ul>" if lines else ""


def render(received: Received) -> str:
    """The whole page; every text that came from a client is escaped."""
    clients = "".join(map(_client, received.clients[:SHOWN])) or "<p>No clients yet.</p>"
    loose = [upload for upload in received.uploads if upload.state != "attached"]
    rows = [(upload.filename, upload.length, upload.offset, upload.state) for upload in loose]
    uploads = (
        f"<h2>Uploads in no binder</h2>{_table(('File', 'Size', 'Received', 'State'), rows)}"
        if rows
        else ""
    )
    counts = [f"{name}: {count}" for name, count in sorted(received.requests.items())]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="refresh" content="5">'
        f"<title>Sandbox of Filed</title><style>{STYLE}</style></head><body>"
        "<h1>Sandbox of Filed</h1>"
        "<p>An imitation on this computer. Nothing here has reached Filed.</p>"
        f"{_numbers(received)}{clients}{uploads}"
        f"{_list('Faults fired', received.faults_fired)}{_list('Requests', counts)}</body></html>"
    )
