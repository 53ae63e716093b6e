"""The emulated line itself: carries packets between two TUN devices; a small program of its own.

`python -I -S link.py FD FD DELAY_MS MBIT QUEUE_KIB`: the two devices are open already. Each
direction has a rate, a queue in front of it that drops what does not fit, and a delay behind it.
It ends when its input is closed, and then says what it carried.
"""

from __future__ import annotations

import gc
import json
import os
import select
import sys
import time
from collections import deque
from contextlib import suppress

TICK = 0.001  # seconds between two looks while packets are on their way
PACKET = 2048  # more than a packet of 1,500 bytes
BURST = 256  # packets taken from one device at a time
FIRST = -15  # niceness: what is measured must not slow the line down
IDLE = 1000.0  # milliseconds between two looks while the line is empty


class Way:
    """One direction: what waits for the rate, and what is on its way."""

    def __init__(self, source: int, sink: int, delay: float, mbit: float, queue: int) -> None:
        self.source, self.sink = source, sink
        self.packets = self.dropped = 0
        self._under_way: deque[tuple[int, bytes]] = deque()
        self._per_byte = 8000.0 / mbit  # nanoseconds
        self._delay = int(delay * 1e9)
        self._most = int(queue * self._per_byte)  # a full queue, as nanoseconds of sending
        self._free_at = 0

    def __bool__(self) -> bool:
        return bool(self._under_way)

    def take(self, since: int) -> None:
        """Queue what the source got since that instant; a packet that finds no room is dropped."""
        now = time.monotonic_ns()
        # a late look must not cost the line any of its rate
        self._free_at = max(self._free_at, since)
        for _ in range(BURST):
            try:
                packet = os.read(self.source, PACKET)
            except BlockingIOError:
                break
            self.queue(packet, now)

    def queue(self, packet: bytes, now: int) -> None:
        """Send it when those before it are sent, or drop it."""
        free_at = self._free_at
        if free_at - now > self._most:
            self.dropped += 1
            return
        self._free_at = free_at = free_at + int(len(packet) * self._per_byte)
        self._under_way.append((free_at + self._delay, packet))

    def give(self) -> None:
        """Hand over what has arrived."""
        now = time.monotonic_ns()
        under_way = self._under_way
        while under_way and under_way[0][0] <= now:
            try:
                os.write(self.sink, under_way.popleft()[1])
            except OSError:  # that end is being taken down
                self.dropped += 1
            self.packets += 1


def carry(first: int, second: int, delay: float, mbit: float, queue: int) -> tuple[Way, Way]:
    """Carry packets both ways until standard input is closed."""
    # what has arrived waits for half a tick until it is handed over
    there = Way(first, second, delay - TICK / 2, mbit, queue)
    back = Way(second, first, delay - TICK / 2, mbit, queue)
    ready = select.poll()
    for descriptor in (first, second, sys.stdin.fileno()):
        ready.register(descriptor, select.POLLIN)
    looked = 0
    while True:
        idle = not (there or back)
        events = ready.poll(IDLE if idle else 0)
        if any(descriptor == sys.stdin.fileno() for descriptor, _ in events):
            return there, back
        since, looked = looked, time.monotonic_ns()
        for way in (there, back):
            way.take(looked if idle else since)
            way.give()
        time.sleep(TICK)


def main() -> None:
    """Read the command line; tell the figures at the end."""
    first, second, delay, mbit, queue = sys.argv[1:]
    gc.disable()
    with suppress(PermissionError):  # root without that right: the line is less exact then
        os.nice(FIRST)
    for descriptor in (int(first), int(second)):
        os.set_blocking(descriptor, False)
    there, back = carry(
        int(first), int(second), float(delay) / 1000, float(mbit), int(queue) * 1024
    )
    told = {"packets": there.packets + back.packets, "dropped": there.dropped + back.dropped}
    print(json.dumps({**told, "cpu": time.process_time()}))


if __name__ == "__main__":
    main()
