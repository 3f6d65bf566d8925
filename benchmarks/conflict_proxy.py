"""How is AWS's conflict rule put in front of a local engine? A thin HTTP proxy on a free port.

It reads of a request what `benchmarks.conflict_rule` wants to know, and otherwise hands it on as it
is, over connections that it keeps. One thread serves all: what the proxy adds is a fraction of what
an engine takes.
"""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from benchmarks.conflict_rule import ConflictRule, Counts, Reply

type Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_END_OF_HEAD = b"\r\n\r\n"
_START_SECONDS = 10


class Proxy:
    """A rule between clients and an engine.

    Args:
        upstream: the engine's URL.
        rule: that is kept.

    Attributes:
        url: that clients are given, once the proxy is there.
    """

    def __init__(self, upstream: str, rule: ConflictRule) -> None:
        parts = urlsplit(upstream)
        self._host, self._port = str(parts.hostname), parts.port or 80
        self._rule = rule
        self._idle: list[Stream] = []
        self.url = ""

    @property
    def counts(self) -> Counts:
        """What has been let through and turned away so far."""
        return self._rule.counts

    async def serve(self, ready: threading.Event, ended: asyncio.Event) -> None:
        """Serve until that event; the other one says when clients may come."""
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        async with server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ready.set()
            await ended.wait()
            server.close_clients()
        for _, writer in self._idle:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever loses a connection, client or engine, the other one is told by losing its own.
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    head = await reader.readuntil(_END_OF_HEAD)
                    body = await reader.readexactly(int(_header(head, b"content-length") or 0))
                    status, answer = await self._answer(head, body)
                    writer.write(
                        b"HTTP/1.1 %d \r\nContent-Type: application/x-amz-json-1.0\r\n"
                        b"Content-Length: %d\r\n\r\n" % (status, len(answer)) + answer
                    )
                    await writer.drain()
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes) -> Reply:
        operation = _header(head, b"x-amz-target").rpartition(b".")[2].decode()
        return await self._rule.answer(
            operation, json.loads(body), lambda: self._forward(head + body)
        )

    async def _forward(self, request: bytes) -> Reply:
        reader, writer = await self._connection()
        try:
            writer.write(request)
            head = await reader.readuntil(_END_OF_HEAD)
            if _header(head, b"transfer-encoding").lower() == b"chunked":
                body = await _read_chunks(reader)
            else:
                body = await reader.readexactly(int(_header(head, b"content-length") or 0))
        except BaseException:
            writer.close()
            raise
        if _header(head, b"connection").lower() == b"close":
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(head.split(b" ", 2)[1]), body

    async def _connection(self) -> Stream:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port)


@contextmanager
def open_proxy(upstream: str, rule: ConflictRule) -> Iterator[Proxy]:
    """The proxy, in a thread of its own until the end.

    Raises:
        RuntimeError: it did not come up.
    """
    proxy = Proxy(upstream, rule)
    loop = asyncio.new_event_loop()
    ready, ended = threading.Event(), asyncio.Event()
    thread = threading.Thread(target=_run, args=(loop, proxy, ready, ended), daemon=True)
    thread.start()
    try:
        if not ready.wait(_START_SECONDS):
            raise RuntimeError("the proxy of the conflict rule did not come up")
        yield proxy
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


def _run(
    loop: asyncio.AbstractEventLoop, proxy: Proxy, ready: threading.Event, ended: asyncio.Event
) -> None:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(proxy.serve(ready, ended))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body


def _header(head: bytes, name: bytes) -> bytes:
    """A header's value, or nothing; its name in lower case."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return b""
