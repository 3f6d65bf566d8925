"""Who signed this? Stripe's own library as the signer, and, for what both must refuse, as a second
judge."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import SignatureVerificationError, WebhookSignature

from oncepay.domain.errors import InvalidSignature
from oncepay.processors import stripe_signature
from oncepay.processors.stripe_signature import MAX_ENTRIES, MAX_HEADER_CHARACTERS
from tests.stripe_events import SECRET, an_event_of_stripe, sign

SIGNED_AT = 1_700_000_000
NOW = datetime.fromtimestamp(SIGNED_AT, UTC)
BODY = an_event_of_stripe()
FORGED = "0" * 64

# Published with the format: the secret, the second, the body, and its signature.
VECTOR_BODY = (
    '{"id":"evt_test_0001","object":"event","type":"payment_intent.succeeded","created":1700000000'
    ',"data":{"object":{"id":"pi_test_0001","object":"payment_intent","amount":2500,'
    '"currency":"usd","status":"succeeded"}}}'
)
VECTOR_V1 = "d45db74188d797b3873c3de76b7c771f89a0028dc101e52f8e1e1b5b87062301"


def verify(
    headers: Sequence[str],
    *,
    body: bytes | str = BODY,
    secrets: Sequence[str] = (SECRET,),
    now: datetime = NOW,
) -> None:
    raw = body if isinstance(body, bytes) else body.encode()
    signature = stripe_signature.read_header(headers)
    stripe_signature.verify(signature, raw, secrets=[s.encode() for s in secrets], now=now)


def is_refused(*args: object, **kwargs: object) -> bool:
    try:
        verify(*args, **kwargs)  # type: ignore[arg-type]
    except InvalidSignature as error:
        assert error.param == "Stripe-Signature"
        return True
    return False


def v1_of(body: str | bytes, *, t: str = str(SIGNED_AT), secret: str = SECRET) -> str:
    raw = body if isinstance(body, bytes) else body.encode()
    return hmac.new(secret.encode(), t.encode() + b"." + raw, hashlib.sha256).hexdigest()


GOOD = sign(BODY, at=SIGNED_AT)
V1 = v1_of(BODY)


def test_vector__is_accepted() -> None:
    verify([f"t={SIGNED_AT},v1={VECTOR_V1}"], body=VECTOR_BODY, secrets=["whsec_test_secret"])


def test_vector__is_what_the_tests_own_signer_makes() -> None:
    assert sign(VECTOR_BODY, at=SIGNED_AT) == f"t={SIGNED_AT},v1={VECTOR_V1}"


@pytest.mark.parametrize("position", [0, 1, len(VECTOR_BODY) // 2, len(VECTOR_BODY) - 1])
def test_body__one_byte_changed__is_refused(position: int) -> None:
    changed = bytearray(BODY.encode().ljust(len(VECTOR_BODY)))
    header = sign(changed.decode(), at=SIGNED_AT)
    verify([header], body=bytes(changed))
    changed[position] ^= 1
    assert is_refused([header], body=bytes(changed))


@pytest.mark.parametrize(
    "changed",
    [BODY + "\n", " " + BODY, json.dumps(json.loads(BODY), indent=1), "\ufeff" + BODY, ""],
    ids=["newline", "blank", "other layout", "byte order mark", "empty"],
)
def test_body__same_json_but_other_bytes__is_refused(changed: str) -> None:
    assert is_refused([GOOD], body=changed)


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"\xef\xbb\xbf{}"])
def test_body__any_bytes__can_be_signed(body: bytes) -> None:
    # Whether it is text is not the signature's question.
    verify([f"t={SIGNED_AT},v1={v1_of(body)}"], body=body)


@pytest.mark.parametrize("seconds", [-300, -299, 0, 299, 300])
def test_time__within_the_tolerance__is_accepted(seconds: int) -> None:
    verify([GOOD], now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "seconds", [-301, -300.000001, 300.000001, 301, 86_400, -86_400, 31_536_000, -31_536_000]
)
def test_time__outside_of_it_either_way__is_refused(seconds: float) -> None:
    assert is_refused([GOOD], now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "t",
    [
        "", "-1", "+1700000000", " 1700000000", "1700000000 ", "1_700_000_000", "1700000000.0",
        "1e9", "0x1", "1" * 13, "9" * 400, "soon", "\u0661\u0667", "\u00b2", "1700000000=", "NaN",
    ],
)  # fmt: skip
def test_time__not_digits_alone__is_refused_even_if_signed(t: str) -> None:
    assert is_refused([f"t={t},v1={v1_of(BODY, t=t)}"])


@pytest.mark.parametrize("t", ["0", "9" * 12])
def test_time__extreme__is_refused_as_any_other(t: str) -> None:
    assert is_refused([f"t={t},v1={v1_of(BODY, t=t)}"])


def test_time__twice__is_refused_however_it_is_ordered() -> None:
    assert is_refused([f"{GOOD},t={SIGNED_AT}"])
    assert is_refused([f"t={SIGNED_AT},{GOOD}"])
    assert is_refused([f"t=1,{GOOD}"])
    assert is_refused([f"{GOOD},t=1"])


def test_time__not_the_signed_one__is_refused() -> None:
    assert is_refused([f"t={SIGNED_AT + 1},v1={V1}"])


@pytest.mark.parametrize(
    "header",
    [
        f"t={SIGNED_AT},v1={FORGED},v1={V1}",
        f"t={SIGNED_AT},v1={V1},v1={FORGED}",
        f"v1={V1},t={SIGNED_AT}",
        f"t={SIGNED_AT},v0={FORGED},v1={V1},v2=whatever,x=",
        f"t={SIGNED_AT},v1={V1.upper()},v1=,v1=zz,v1={V1}",
    ],
    ids=["second", "first", "before the time", "among other schemes", "among unreadable ones"],
)
def test_signature__one_of_several_matches__is_accepted(header: str) -> None:
    verify([header])


@pytest.mark.parametrize(
    "header",
    [
        f"t={SIGNED_AT},v1={FORGED}",
        f"t={SIGNED_AT},v1={V1.upper()}",
        f"t={SIGNED_AT},v1={V1[:-1]}",
        f"t={SIGNED_AT},v1={V1}0",
        f"t={SIGNED_AT},v1= {V1}",
        f"t={SIGNED_AT}, v1={V1}",
        f"t={SIGNED_AT},v1={V1}\n",
        f"t={SIGNED_AT},v0={V1}",
        f"t={SIGNED_AT},V1={V1}",
        f"T={SIGNED_AT},v1={V1}",
        f"t={SIGNED_AT},v1",
        f"t={SIGNED_AT}",
        f"v1={V1}",
        f"{GOOD},",
        f",{GOOD}",
        f"{GOOD},nonsense",
        f"{GOOD}, {GOOD}",
        f"{GOOD}, v1={FORGED}",
        f"{GOOD},x=é",
        f"t={SIGNED_AT};v1={V1}",
        V1,
        "",
        ",",
        "=",
        "t=,v1=",
        "\ud800",
        "käse",
        f"t={SIGNED_AT},v1={'é' * 64}",
        f"t={SIGNED_AT},v1={'\u0661' * 64}",
    ],
)
def test_header__wrong__is_refused(header: str) -> None:
    assert is_refused([header])


def test_header__missing__is_refused() -> None:
    assert is_refused([])


def test_header__sent_twice__is_refused_even_if_both_are_right() -> None:
    assert is_refused([GOOD, GOOD])
    assert is_refused(["", GOOD])


def test_header__longer_than_any_of_stripes__is_refused() -> None:
    fits = f"{GOOD},x=".ljust(MAX_HEADER_CHARACTERS, "x")
    verify([fits])
    assert is_refused([fits + "x"])


def test_header__more_entries_than_any_of_stripes__is_refused() -> None:
    fits = GOOD + ",x=" * (MAX_ENTRIES - 2)
    verify([fits])
    assert is_refused([fits + ",x="])


@pytest.mark.parametrize("secret", ["whsec_current", "whsec_previous"])
def test_secret__any_of_those_that_are_valid__is_accepted(secret: str) -> None:
    verify([sign(BODY, at=SIGNED_AT, secret=secret)], secrets=["whsec_current", "whsec_previous"])


@pytest.mark.parametrize(
    "secrets",
    [["whsec_other"], [SECRET.upper()], [SECRET + " "], [SECRET[6:]], []],
    ids=["other", "case", "blank", "without its prefix", "none"],
)
def test_secret__not_the_one__is_refused(secrets: list[str]) -> None:
    assert is_refused([GOOD], secrets=secrets)


def test_comparison__all_of_them_are_made_and_in_constant_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    verify([f"t={SIGNED_AT},v1={V1},v1={FORGED}"], secrets=[SECRET, "whsec_previous"])
    assert len(compared) == 4


ENTRY = st.one_of(
    st.text(max_size=20),
    st.sampled_from([f"t={SIGNED_AT}", f"v1={V1}", "t=1", f"v0={V1}", f"v1={FORGED}", "x=1", ""]),
    st.builds("{}={}".format, st.sampled_from(["t", "v1", "v0", " t"]), st.text(max_size=70)),
)


@given(
    headers=st.lists(st.lists(ENTRY, max_size=5).map(",".join), max_size=2),
    body=st.one_of(st.just(BODY.encode()), st.binary(max_size=50)),
)
def test_anything__whatever_it_is__is_accepted_only_if_stripes_library_does_too(
    headers: list[str], body: bytes
) -> None:
    if is_refused(headers, body=body):
        return
    (header,) = headers
    assert WebhookSignature.verify_header(body, header, SECRET)


@given(secret=st.text("abcdef_0123456789", min_size=1), body=st.text(st.characters(codec="utf-8")))
def test_anything_that_stripes_library_signs__is_accepted(secret: str, body: str) -> None:
    verify([sign(body, at=SIGNED_AT, secret=secret)], body=body, secrets=[secret])


@pytest.mark.parametrize("header", [f"t={SIGNED_AT},v1={FORGED}", "", "t=x,v1=y", f"v1={V1}"])
def test_refused_by_stripes_library__is_refused_here(header: str) -> None:
    with pytest.raises(SignatureVerificationError):
        WebhookSignature.verify_header(BODY, header, SECRET)
    assert is_refused([header])
