"""What did the server say? One HTTP/1.1 reply, read from a stream to its last byte and no further.

The standard library reads a reply's headers as those of an e-mail, which takes more than twice as
long as all the rest of an exchange. DynamoDB's are plain; what is not plain HTTP/1.1 is refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

MAX_LINE_BYTES = 65_536
MAX_LINES = 100
"""As the standard library's: more is no reply of any server that we talk to."""

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([2-5][0-9]{2})(?: .*)?\r?\n")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*\r?\n")
_LENGTH = re.compile(r"[0-9]{1,15}", re.ASCII)
_CHUNK_LENGTH = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?\r?\n")


class BrokenReply(Exception):
    """The stream ended within a reply, or what it holds is none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    keeps_alive: bool = True


def read_reply(stream: BinaryIO) -> Reply:
    """Read one reply to a POST.

    Raises:
        BrokenReply: it is not whole, or not to be understood.
    """
    found = _STATUS_LINE.fullmatch(_read_line(stream))
    if found is None:
        raise BrokenReply("the reply does not begin like one of HTTP/1.1")
    headers = _read_headers(stream)
    keeps_alive = found[1] == b"1" and "close" not in headers.get("connection", "").lower()
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked":
            raise BrokenReply("the reply is encoded in an unknown way")
        body = b"".join(_read_chunks(stream))
    elif length is not None:
        if not _LENGTH.fullmatch(length):
            raise BrokenReply("the length of the reply is no number")
        body = _read_exactly(stream, int(length))
    else:
        # Without a length it ends with the connection, and whether it is whole cannot be known.
        raise BrokenReply("the reply does not say how long it is")
    return Reply(int(found[2]), headers, body, keeps_alive)


def _read_headers(stream: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(MAX_LINES):
        line = _read_line(stream)
        if line in {b"\r\n", b"\n"}:
            return headers
        found = _HEADER.fullmatch(line)
        if found is None:
            raise BrokenReply("a line of the reply is no header")
        name, value = found[1].decode().lower(), found[2].decode("latin-1")
        if name == "content-length" and headers.get(name, value) != value:
            raise BrokenReply("the reply has two lengths")
        headers[name] = value
    raise BrokenReply(f"the reply has more than {MAX_LINES} headers")


def _read_chunks(stream: BinaryIO) -> Iterator[bytes]:
    while True:
        found = _CHUNK_LENGTH.fullmatch(_read_line(stream))
        if found is None:
            raise BrokenReply("a part of the reply does not say how long it is")
        length = int(found[1], 16)
        if length == 0:
            _read_headers(stream)
            return
        yield _read_exactly(stream, length)
        if _read_line(stream) not in {b"\r\n", b"\n"}:
            raise BrokenReply("a part of the reply is longer than it says")


def _read_line(stream: BinaryIO) -> bytes:
    line = stream.readline(MAX_LINE_BYTES)
    if not line.endswith(b"\n"):
        raise BrokenReply("the reply ends within a line" if line else "there is no reply")
    return line


def _read_exactly(stream: BinaryIO, length: int) -> bytes:
    body = stream.read(length)
    if len(body) != length:
        raise BrokenReply(f"{len(body)} of {length} bytes came")
    return body
