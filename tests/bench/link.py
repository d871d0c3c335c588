"""A slow connection between a phone and a server, in real time: a TCP proxy that shapes bytes.

A packet takes its turn at the link's rate, then half a round trip; a lost one comes a round trip
later, and what is behind it waits, as TCP does that repairs a hole at once. Connecting costs a
round trip, closing nothing. Where the kernel has netem, that is nearer to a radio's truth.
"""

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

_PACKET_BYTES = 1_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Its rate in bit/s, its way there and back in seconds, and the share of packets it loses."""

    rate: float
    round_trip_s: float
    lost: float = 0.0


@contextmanager
def shaped(target_url: str, link: Link) -> Iterator[str]:
    """Put the link in front of a server; give the address to use instead."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(_listen(target_url, link), loop).result()
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        asyncio.run_coroutine_threadsafe(_close(server), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(target_url: str, link: Link) -> asyncio.Server:
    target = urlsplit(target_url)
    rng = random.Random(7)
    # One radio: all connections take turns, each way by itself.
    up, down = _Direction(link, rng), _Direction(link, rng)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(link.round_trip_s)  # the handshake, before the first byte
        there, there_writer = await asyncio.open_connection(target.hostname, target.port)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await asyncio.gather(up.pump(reader, there_writer), down.pump(there, writer))
        for end in (writer, there_writer):
            end.close()

    return await asyncio.start_server(carry, "127.0.0.1", 0)


async def _close(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Direction:
    """One way of the link."""

    def __init__(self, link: Link, rng: random.Random) -> None:
        self._link = link
        self._rng = rng
        self._free_at = 0.0

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry packets in their order until the sender has said all."""
        underway: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send(reader, underway))
            tasks.create_task(self._deliver(underway, writer))

    async def _send(
        self, reader: asyncio.StreamReader, underway: asyncio.Queue[tuple[float, bytes]]
    ) -> None:
        clock = asyncio.get_running_loop()
        while True:
            packet = await reader.read(_PACKET_BYTES)
            self._free_at = max(self._free_at, clock.time()) + len(packet) * 8 / self._link.rate
            arrival = self._free_at + self._link.round_trip_s / 2
            while self._rng.random() < self._link.lost:
                arrival += self._link.round_trip_s
            underway.put_nowait((arrival, packet))
            if not packet:
                return
            await asyncio.sleep(self._free_at - clock.time())

    async def _deliver(
        self, underway: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        clock = asyncio.get_running_loop()
        while True:
            arrival, packet = await underway.get()
            await asyncio.sleep(arrival - clock.time())
            if not packet:
                writer.write_eof()
                return
            writer.write(packet)
            await writer.drain()
