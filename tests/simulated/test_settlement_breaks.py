"""Are exactly the breaks in a settlement file that were asked for, where the header says?

Judged by a bookkeeper who knows what was charged (each payment once, 5000 USD), reads the file with
the csv module, and says of every row what is wrong with it.
"""

from collections import Counter
from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal
from tests.simulated.settlement_desk import OUR_FEE_BASIS_POINTS, Desk, Line, breaks_of, read, sums

FORMATS = ("native", "stripe", "paypal", "adyen")
EVERYWHERE = (
    "amount_mismatch",
    "currency_mismatch",
    "duplicate_row",
    "missing_in_ledger",
    "missing_in_settlement",
    "orphan_refund",
)
NATIVE_ONLY = ("fee_mismatch", "rejected_row")
AMOUNT = 5000
FEE = AMOUNT * OUR_FEE_BASIS_POINTS // 10_000


def judge(lines: list[Line], payment_ids: list[str]) -> list[dict[str, Any]]:
    """What is wrong, row by row; then what is not there."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        kind = None if line.is_payout else _fault(line, payment_ids, seen)
        seen.add(line.payment_id)
        if kind is not None:
            payment_id = None if kind == "rejected_row" else line.payment_id
            found.append({"kind": kind, "payment_id": payment_id, "row": number})
    missing = [each for each in payment_ids if each not in seen]
    return found + [
        {"kind": "missing_in_settlement", "payment_id": each, "row": None} for each in missing
    ]


def _fault(line: Line, payment_ids: list[str], seen: set[str]) -> str | None:
    if line.gross is None:
        return "rejected_row"
    if line.payment_id not in payment_ids:
        return "missing_in_ledger"
    if not line.is_payment:
        return "orphan_refund"
    if line.payment_id in seen:
        return "duplicate_row"
    if line.gross != AMOUNT:
        return "amount_mismatch"
    if line.fee not in {None, FEE}:
        return "fee_mismatch"
    return "currency_mismatch" if line.currency != "USD" else None


def by_place(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(found, key=lambda each: (each["row"] or 0, each["payment_id"] or ""))


@pytest.mark.parametrize("form", FORMATS)
def test_file__no_breaks_are_asked_for__has_none(client: Client, form: str) -> None:
    payment_ids = Desk(client).charges(form, 3)
    reply = Desk(client).file(form)
    assert breaks_of(reply) == []
    assert judge(read(form, reply.body.decode()), payment_ids) == []


@pytest.mark.parametrize(
    ("form", "kind"),
    [*((form, kind) for form in FORMATS for kind in EVERYWHERE)]
    + [("native", kind) for kind in NATIVE_ONLY],
)
def test_kind__is_in_the_file_as_often_as_is_asked_for_and_the_header_says_where(
    client: Client, form: str, kind: str
) -> None:
    payment_ids = Desk(client).charges(form, 5)
    reply = Desk(client).file(form, breaks={kind: 2})
    told = breaks_of(reply)
    assert [each["kind"] for each in told] == [kind, kind]
    assert by_place(told) == by_place(judge(read(form, reply.body.decode()), payment_ids))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(5))
def test_all_kinds_at_once__are_all_there_and_nothing_else(
    client: Client, form: str, seed: int
) -> None:
    payment_ids = Desk(client).charges(form, 12)
    kinds = EVERYWHERE + (NATIVE_ONLY if form == "native" else ())
    wanted = {kind: 1 + number % 2 for number, kind in enumerate(kinds)}
    reply = Desk(client).file(form, breaks=wanted, seed=seed)
    told = breaks_of(reply)
    assert Counter(each["kind"] for each in told) == wanted
    assert by_place(told) == by_place(judge(read(form, reply.body.decode()), payment_ids))


@pytest.mark.parametrize("form", ["stripe", "paypal", "adyen"])
def test_totals__of_a_file_with_breaks__are_those_of_its_rows(client: Client, form: str) -> None:
    Desk(client).charges(form, 8)
    lines = Desk(client).lines(form, breaks=dict.fromkeys(EVERYWHERE, 1))
    assert sums(lines) == {"EUR": 0, "USD": 0}
    assert all(line.gross == (line.net or 0) + line.cost for line in lines if not line.is_payout)


def test_seed__the_same__gives_the_same_file(client: Client) -> None:
    Desk(client).charges("native", 8)
    one, other = (
        Desk(client).file("native", breaks=dict.fromkeys(EVERYWHERE, 1), seed=7) for _ in "ab"
    )
    assert one.body == other.body
    assert breaks_of(one) == breaks_of(other)


def test_seed__another__puts_breaks_into_other_places(client: Client) -> None:
    Desk(client).charges("native", 8)
    wanted = {"amount_mismatch": 4}
    told = [
        breaks_of(Desk(client).file("native", breaks=wanted, seed=seed)) for seed in range(5)
    ]  # fmt: skip
    assert len({tuple(each["row"] for each in breaks) for breaks in told}) == 5


def test_unreadable_row__is_one_more(client: Client) -> None:
    payment_ids = Desk(client).charges("native", 2)
    lines = Desk(client).lines("native", breaks={"rejected_row": 1})
    assert [line.payment_id for line in lines if line.gross is not None] == payment_ids
    assert len(lines) == 3


def test_duplicate__native__has_an_id_of_its_own(client: Client) -> None:
    Desk(client).charges("native", 1)
    rows = Desk(client).text("native", breaks={"duplicate_row": 1}).splitlines()[1:]
    first, second = (row.split(",") for row in rows)
    assert (second[0], second[1:]) == (f"{first[0]}#2", first[1:])


@pytest.mark.parametrize("form", ["stripe", "paypal", "adyen"])
def test_duplicate__elsewhere__is_the_same_row(client: Client, form: str) -> None:
    Desk(client).charges(form, 1)
    rows = Counter(Desk(client).text(form, breaks={"duplicate_row": 1}).splitlines())
    assert sorted(rows.values())[-1] == 2


@pytest.mark.parametrize("form", FORMATS)
def test_unknown_payment__of_an_empty_record__is_the_only_one(client: Client, form: str) -> None:
    reply = Desk(client).file(form, breaks={"missing_in_ledger": 1})
    lines = [line for line in read(form, reply.body.decode()) if not line.is_payout]
    assert [line.payment_id for line in lines] == [breaks_of(reply)[0]["payment_id"]]


@pytest.mark.parametrize("kind", EVERYWHERE)
def test_payment__was_refunded_or_disputed__gets_no_break(client: Client, kind: str) -> None:
    desk = Desk(client)
    client.moved(desk.charge("native", "pay_1"), "refund", key="re_1", amount_minor=1)
    desk.act(f"charges/{desk.charge('native', 'pay_2')}/disputes")
    desk.charge("native", "pay_3")
    told = breaks_of(desk.file("native", breaks={kind: 1}))
    assert (told[0]["payment_id"] == "pay_3") == (kind != "missing_in_ledger")


@pytest.mark.parametrize("kind", [each for each in EVERYWHERE if each != "missing_in_ledger"])
def test_breaks__more_than_there_are_payments__is_400(client: Client, kind: str) -> None:
    Desk(client).charges("native", 2)
    reply = Desk(client).ask("native", breaks={kind: 3})
    assert (reply.status, reply.code) == (400, "invalid_request")
    said = f"there are too few payments for so many breaks: none is left for {kind};"
    assert reply.json["error"]["message"].startswith(said)


def test_currency__no_other_of_as_many_decimals_at_the_face__is_400(client: Client) -> None:
    Desk(client).charge_of(currency="BTC")
    reply = Desk(client).ask("native", breaks={"currency_mismatch": 1})
    assert reply.status == 400
    assert "none is left for currency_mismatch" in reply.json["error"]["message"]


def test_paypal__whole_ones_only__breaks_are_whole_too(client: Client) -> None:
    for number in range(4):
        amount = {"currency_code": "HUF", "value": "1234"}
        PayPal(client).captured(custom_id=f"pay_{number}", amount=amount)
    wanted = {"amount_mismatch": 1, "orphan_refund": 1, "missing_in_ledger": 1}
    lines = Desk(client).lines("paypal", breaks=wanted)
    assert sums(lines) == {"HUF": 0}


def test_header__of_the_most_breaks__is_one_line_that_clients_take(client: Client) -> None:
    reply = Desk(client).file("native", breaks={"missing_in_ledger": 500})
    assert len(breaks_of(reply)) == 500
    assert len(reply.headers["X-Settlement-Breaks"]) < 65_536


def only_break(client: Client, **asked: Any) -> Any:
    (told,) = breaks_of(Desk(client).file("native", breaks={"orphan_refund": 1}, **asked))
    return told["payment_id"]


def test_payment__was_refunded_at_another_time__gets_no_break(
    client: Client, clock: HandClock
) -> None:
    desk = Desk(client)
    charge_ids = [desk.charge("native", f"pay_{number}") for number in range(3)]
    clock.pass_by(3_600)
    for charge_id in charge_ids[:2]:
        desk.act(f"charges/{charge_id}/refund", amount_minor=1)
    assert only_break(client, created_to="2026-11-21T12:30:00Z") == "pay_2"


def test_payment__charged_twice__gets_no_break(client: Client) -> None:
    for payment_id in ("pay_1", "pay_2", "pay_1", "pay_2", "pay_3"):
        Desk(client).charge("native", payment_id)
    assert only_break(client) == "pay_3"


def test_payment__without_a_plain_name__gets_no_break(client: Client) -> None:
    for payment_id in ("pay_é", "pay_" + "x" * 37, "pay 1", "pay_3"):
        Desk(client).charge("native", payment_id)
    assert only_break(client) == "pay_3"


def test_currency__that_paypal_does_not_have__is_not_written(client: Client) -> None:
    amount = {"currency_code": "JPY", "value": "5000"}
    PayPal(client).captured(custom_id="pay_1", amount=amount)
    reply = Desk(client).ask("paypal", breaks={"currency_mismatch": 1})
    assert "none is left for currency_mismatch" in reply.json["error"]["message"]
