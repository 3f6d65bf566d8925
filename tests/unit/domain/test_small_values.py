"""Ids, times, keys and callers."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.api_key import ApiKey, hash_secret, parse_key, secret_matches, write_key
from oncepay.domain.errors import Forbidden, InvalidRequest, Unauthorized
from oncepay.domain.identifiers import entry_id
from oncepay.domain.principal import Principal
from oncepay.domain.times import format_time, from_stored, parse_time
from tests.builders import DAY, MERCHANT, NOW

moments = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, moments)
def test_times__sort_as_strings_and_come_back(a: datetime, b: datetime) -> None:
    assert (format_time(a) < format_time(b)) == (a < b)
    assert from_stored(format_time(a)) == a
    assert parse_time(format_time(a), param="t") == a


@given(moments, moments)
def test_entry_ids__sort_by_the_millisecond(a: datetime, b: datetime) -> None:
    if (b - a) >= timedelta(milliseconds=1):
        assert entry_id(a, b"\xff" * 10) < entry_id(b, b"\x00" * 10)


def test_entry_id__wants_ten_random_bytes() -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        entry_id(NOW, b"")


def test_time__other_zone__is_read_as_utc() -> None:
    assert parse_time("2026-11-21T14:00:00+02:00", param="t") == datetime(
        2026, 11, 21, 12, tzinfo=UTC
    )
    fine = parse_time("2026-11-21T12:00:00.123456789Z", param="t")
    assert fine == datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert format_time(datetime(2026, 11, 21, 14, tzinfo=east)) == "2026-11-21T12:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-21", "2026-11-21T12:00:00", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
     "2026-11-21 12:00:00Z", "2026-11-21T12:00:00123Z",
     "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00 00:00", "9999-12-31T23:59:59-23:59",
     "٢٠٢٦-11-21T12:00:00Z"],
)  # fmt: skip
def test_time__not_one__is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_time(text, param="created_from")
    assert caught.value.param == "created_from"


def test_time__without_a_zone__is_not_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        format_time(datetime(2026, 1, 1))  # noqa: DTZ001


def test_key__written_and_parsed__is_the_same() -> None:
    secret = "a" * 32
    api_key = ApiKey(
        owner_id=MERCHANT,
        key_id="abcdefgh",
        secret_sha256=hash_secret(secret),
        scopes=("payments:read",),
        name="",
        created_at=NOW,
    )
    presented = parse_key(write_key("local", api_key, secret))
    assert presented is not None
    assert (presented.owner_id, presented.key_id) == (MERCHANT, "abcdefgh")
    assert secret_matches(presented, api_key.secret_sha256)
    assert not secret_matches(presented, hash_secret("b" * 32))


@given(st.text(max_size=80) | st.from_regex(r"sk_[a-z]*_[a-z-]*_[a-z2-7]*", fullmatch=True))
def test_key__any_text__is_parsed_or_none(text: str) -> None:
    parsed = parse_key(text)
    assert parsed is None or len(parsed.secret) == 32


def a_principal(**overrides: Any) -> Principal:
    values: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "scopes": frozenset({"payments:read"}),
        "fee_basis_points": None,
        "expires_at": None,
        "key_id": "k",
    }
    return Principal(**(values | overrides))


def test_principal__with_the_scope__is_its_merchant() -> None:
    assert a_principal(expires_at=NOW + DAY).require_merchant("payments:read", now=NOW) == MERCHANT


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        ({"expires_at": NOW}, Unauthorized),
        ({"scopes": frozenset()}, Forbidden),
        ({"merchant_id": None}, Forbidden),
    ],
    ids=["expired since", "no scope", "no merchant"],
)
def test_principal__otherwise__is_refused(
    overrides: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        a_principal(**overrides).require_merchant("payments:read", now=NOW)


def an_operators_key(**overrides: Any) -> Principal:
    values = {"merchant_id": None, "scopes": frozenset({"settlements:read"})}
    return a_principal(**(values | overrides))


def test_principal__of_no_merchant__is_an_operator_with_its_scopes() -> None:
    principal = an_operators_key(expires_at=NOW + DAY)
    principal.require_operator("settlements:read", now=NOW)
    with pytest.raises(Forbidden, match=r"^the API key lacks the scope settlements:write$"):
        principal.require_operator("settlements:write", now=NOW)


def test_principal__of_a_merchant__is_no_operator_whatever_it_holds() -> None:
    with pytest.raises(Forbidden, match=r"^this API key belongs to a merchant$"):
        an_operators_key(merchant_id=MERCHANT).require_operator("settlements:read", now=NOW)


def test_principal__operator_expired_since__is_nobody() -> None:
    with pytest.raises(Unauthorized):
        an_operators_key(expires_at=NOW).require_operator("settlements:read", now=NOW)
