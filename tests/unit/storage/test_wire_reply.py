"""Replies, read to their last byte and no further."""

import io
from http.client import HTTPResponse
from typing import Any

import pytest

from oncepay.storage.wire_reply import BrokenReply, read_reply

HEAD = b"HTTP/1.1 200 OK\r\n"
NEXT = b"HTTP/1.1 400 Bad Request\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + b"Content-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 400 \r\ncontent-length:2\r\nX-Amzn-RequestId:  a b \r\n\r\n{}",
        b"HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\nContent-Length: 2\n\n{}",
        HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X-Name: \xe4\r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}",
        CHUNKED + b"1\r\n{\r\nA;x=y\r\n0123456789\r\n1\r\n}\r\n0\r\nX-Late: 1\r\n\r\n",
    ],
    ids=["plain", "400", "empty", "HTTP/1.0", "closing", "odd headers", "in parts"],
)
def test_reply__is_read_as_the_standard_library_reads_it(text: bytes) -> None:
    class Socket:
        def makefile(self, _mode: str) -> io.BytesIO:
            return io.BytesIO(text)

    any_socket: Any = Socket()
    theirs = HTTPResponse(any_socket, method="POST")
    theirs.begin()
    body, headers = theirs.read(), {name.lower(): value for name, value in theirs.getheaders()}
    stream = io.BytesIO(text + NEXT)
    ours = read_reply(stream)
    assert (ours.status, ours.body, ours.keeps_alive) == (
        theirs.status, body, not theirs.will_close,
    )  # fmt: skip
    assert ours.headers == {name: value.strip() for name, value in headers.items()}
    assert stream.read() == NEXT


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "there is no reply"),
        (b"HTTP/1.1 200", "ends within a line"),
        (b"HTTP/2 200 OK\r\n\r\n", "does not begin"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "does not begin"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "does not begin"),
        (HEAD, "there is no reply"),
        (HEAD + b"\r\n{}", "how long it is"),
        (HEAD + b"no header\r\n\r\n", "no header"),
        (HEAD + b"Content-Length : 2\r\n\r\n{}", "no header"),
        (HEAD + b"Content-Length: -1\r\n\r\n", "no number"),
        (HEAD + "Content-Length: \u00b2\r\n\r\n{}".encode("latin-1"), "no number"),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "two lengths"),
        (HEAD + b"Content-Length: 3\r\n\r\n{}", "2 of 3 bytes"),
        (HEAD + b"A: b\r\n" * 100 + b"\r\n", "more than 100"),
        (HEAD + b"A: " + b"b" * 65_536 + b"\r\n\r\n", "within a line"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", "unknown way"),
        (CHUNKED + b"x\r\n", "does not say"),
        (CHUNKED + b"1\r\n{}\r\n", "longer than it says"),
        (CHUNKED + b"2\r\n{", "1 of 2 bytes"),
        (CHUNKED + b"2\r\n{}\r\n", "there is no reply"),
    ],
)
def test_reply__that_is_not_whole_or_not_plain__is_broken(text: bytes, why: str) -> None:
    with pytest.raises(BrokenReply, match=why):
        read_reply(io.BytesIO(text))


def test_reply__cut_anywhere__is_broken() -> None:
    whole = CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"
    for end in range(len(whole)):
        with pytest.raises(BrokenReply):
            read_reply(io.BytesIO(whole[:end]))
