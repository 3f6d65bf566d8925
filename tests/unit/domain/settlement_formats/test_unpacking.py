"""Bytes as they are, or as gzip unpacks them; a bomb, a cut and damage end in a reason."""

import gzip
import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats import unpacking
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.unpacking import BLOCK_BYTES, unpack

NOUGHTS = bytes(10 * BLOCK_BYTES)


def unpacked(content: bytes) -> bytes:
    return b"".join(unpack(io.BytesIO(content)))


def refusal_of(content: bytes) -> tuple[int, str]:
    """How many bytes were given before, and the reason."""
    given_bytes = 0
    with pytest.raises(FileRefused) as refused:
        for block in unpack(io.BytesIO(content)):
            given_bytes += len(block)
    return given_bytes, refused.value.reason


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", b"", id="empty"),
        pytest.param(b"\x1f", b"\x1f", id="half_a_gzip_mark"),
        pytest.param(b"a,b\n", b"a,b\n", id="plain"),
        pytest.param(NOUGHTS, NOUGHTS, id="plain_of_many_blocks"),
        pytest.param(gzip.compress(b""), b"", id="gzip_of_nothing"),
        pytest.param(gzip.compress(b"a,b\n"), b"a,b\n", id="gzip"),
        pytest.param(gzip.compress(NOUGHTS), NOUGHTS, id="gzip_of_many_blocks"),
        pytest.param(gzip.compress(b"a") + gzip.compress(b"b"), b"ab", id="two_members"),
        pytest.param(gzip.compress(b"a") + bytes(99), b"a", id="filled_up_with_noughts"),
        pytest.param(
            gzip.compress(b"a") + bytes(9) + gzip.compress(b"b"), b"ab", id="noughts_between"
        ),
    ],
)
def test_unpack__plain_or_gzip__gives_what_is_in_it(content: bytes, expected: bytes) -> None:
    assert unpacked(content) == expected


def test_unpack__gzip__gives_no_block_that_is_larger_than_one() -> None:
    blocks = list(unpack(io.BytesIO(gzip.compress(NOUGHTS))))
    assert max(map(len, blocks)) == BLOCK_BYTES


@given(st.binary(max_size=300), st.integers(1, 40))
@settings(max_examples=60)
def test_unpack__blocks_of_any_size__give_the_same(content: bytes, size: int) -> None:
    packed = gzip.compress(content[:100]) + gzip.compress(content[100:])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "BLOCK_BYTES", size)
        assert unpacked(packed) == content
        assert unpacked(b"." + content) == b"." + content


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_unpack__as_much_as_may_be__is_given(
    monkeypatch: pytest.MonkeyPatch, pack: type[bytes]
) -> None:
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 1024 * 1024)
    content = bytes(1024 * 1024)
    assert unpacked(pack(content)) == content


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_unpack__a_byte_more_than_may_be__is_refused_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, pack: type[bytes]
) -> None:
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 1024 * 1024 + 5)
    assert refusal_of(pack(bytes(1024 * 1024 + 6))) == (
        1024 * 1024 + 5,
        "the file holds more than 1 MB of text; split it",
    )


def test_unpack__bomb__ends_at_the_limit_and_is_never_unpacked_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unpacking, "MAX_TEXT_BYTES", 1024 * 1024)
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 100_000
    assert refusal_of(bomb)[0] == 1024 * 1024


def test_unpack__more_members_than_may_be__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MAX_GZIP_MEMBERS", 3)
    member = gzip.compress(b"a")
    assert unpacked(member * 3) == b"aaa"
    assert refusal_of(member * 4) == (3, "the gzip file has more than 3 members; pack it as one")


@pytest.mark.parametrize("kept", [2, 9, 15, -9, -1])
def test_unpack__gzip_cut_off__is_refused(kept: int) -> None:
    packed = gzip.compress(b"row_id,type\n" * 3)
    assert refusal_of(packed[:kept])[1] == (
        "the gzip file is cut off before its end; send it again"
    )


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(gzip.compress(b"a,b\n")[:-8] + bytes(8), id="checksum"),
        pytest.param(gzip.compress(b"a,b\n") + b"a,b\n", id="something_else_follows"),
        pytest.param(gzip.compress(b"a,b\n") + b"a", id="one_byte_follows"),
        pytest.param(b"\x1f\x8b" + b"row_id,type,payment_id", id="not_gzip_after_the_mark"),
    ],
)
def test_unpack__damaged_gzip__is_refused(content: bytes) -> None:
    assert refusal_of(content)[1] == (
        "the gzip file is damaged, or something else follows it; pack it again"
    )
