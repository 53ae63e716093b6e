"""tuspy as its README shows it, over some files, in so many threads.

`python -m tests.bench.peers.tuspy URL LIST COUNT THREADS`; LIST is a JSON array of paths.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tusclient.client import TusClient


def main() -> None:
    """Send them all."""
    url, listed, count, threads = sys.argv[1:]
    paths = json.loads(Path(listed).read_text())[: int(count)]
    client = TusClient(url, headers={"Authorization": f"Bearer {os.environ['UPLOAD_TOKEN']}"})

    def send(path: str) -> None:
        metadata = {"filename": os.path.basename(path), "filetype": "text/csv"}
        client.uploader(path, metadata=metadata).upload()

    with ThreadPoolExecutor(int(threads)) as lanes:
        list(lanes.map(send, paths))


if __name__ == "__main__":
    main()
