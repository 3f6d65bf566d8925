"""Which bytes does a settlement file have? Its own, or those that gzip packed, told apart by how
the file begins, never by its name. Counted is what comes out: a small file that unpacks to a huge
one ends at the limit, and not in a full memory.
"""

import io
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from oncepay.domain.settlement_formats.row import FileRefused

BLOCK_BYTES = 32 * 1024
"""What is held at once. A block of lines is then shorter than the longest line may be."""

MAX_TEXT_BYTES = 512 * 1024 * 1024
"""Counted once unpacked. A million rows of the widest format, PayPal's, are some 215 MB: as many
rows of any format fit, and may have twice as many characters."""

MAX_GZIP_MEMBERS = 10_000
"""Packers that work in parallel write a member for each 64 KB or more; each costs a new start."""

# Source: RFC 1952, section 2.3.1 "Member header and trailer".
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

_DAMAGED = "the gzip file is damaged, or something else follows it; pack it again"


def unpack(stream: io.BufferedIOBase | BinaryIO) -> Iterator[bytes]:
    """The bytes of a file, block by block, none of them empty.

    Args:
        stream: the file.

    Raises:
        FileRefused: there are more than may be, or they cannot be unpacked; all bytes before the
            limit have been given then.
    """
    left = MAX_TEXT_BYTES
    blocks = _blocks_of(stream)
    start = next(blocks, b"")
    if len(start) < len(_GZIP):
        start += next(blocks, b"")
    if not start:
        return
    whole = chain((start,), blocks)
    for block in _unzip(whole) if start.startswith(_GZIP) else whole:
        if len(block) > left:
            yield block[:left]
            raise FileRefused(
                f"the file holds more than {MAX_TEXT_BYTES // 1024 // 1024} MB of text; split it"
            )
        left -= len(block)
        yield block


def _blocks_of(stream: io.BufferedIOBase | BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK_BYTES):
        yield block


def _unzip(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """A file may be several members, which unpack to what they hold one after another."""
    member = None
    members = 0
    for block in blocks:
        packed = block
        while packed:
            if member is None:
                # Noughts may fill up what a tape or a disk has left, and are no member.
                packed = packed.lstrip(b"\0")
                if not packed:
                    break
                if not _GZIP.startswith(packed[: len(_GZIP)]):
                    raise FileRefused(_DAMAGED)
                members += 1
                if members > MAX_GZIP_MEMBERS:
                    raise FileRefused(
                        f"the gzip file has more than {MAX_GZIP_MEMBERS} members; pack it as one"
                    )
                member = zlib.decompressobj(wbits=_GZIP_WINDOW)
            unpacked = _decompress(member, packed)
            if unpacked:
                yield unpacked
            if member.eof:
                packed, member = member.unused_data, None
            else:
                # What was taken and has not come out yet comes with the next block: the checksum
                # at a member's end is taken last.
                packed = member.unconsumed_tail
    if member is not None:
        raise FileRefused("the gzip file is cut off before its end; send it again")


def _decompress(member: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return member.decompress(packed, BLOCK_BYTES)
    except zlib.error:
        raise FileRefused(_DAMAGED) from None
