"""Does the simulated PayPal's report say what its record says, in PayPal's form?

Source: PayPal, "Settlement report", version 9, and "Transaction event codes", as of 2026-11: types
of records, names of columns, whole numbers with CR or DR beside them. The order of SF's fields is
that of a published example.
"""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal
from tests.simulated.settlement_desk import Desk, Line, paypal_refund, read, records

COLUMNS = (
    '"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type",'
    '"Transaction Event Code","Transaction Initiation Date","Transaction Completion Date",'
    '"Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency",'
    '"Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Consumer ID",'
    '"Payment Tracking ID","Store ID","Bank Reference ID","Credit Transactional Fee",'
    '"Credit Promotional Fee","Credit Term"\n'
)
HEAD = (
    '"RH",2026/11/22 00:00:00 +0000,"A","SIMULATEDSHOP",009,\n'
    '"FH",01\n'
    '"SH",2026/11/21 00:00:00 +0000,2026/11/21 23:59:59 +0000,"SIMULATEDSHOP",""\n' + COLUMNS
)


def time(clock: str) -> str:
    return f"2026/11/21 {clock} +0000,2026/11/21 {clock} +0000"


def totals(text: str, kind: str) -> dict[str, list[int]]:
    """The four sums of each currency."""
    return {row[1]: [int(each) for each in row[2:6]] for row in records(text) if row[0] == kind}


def recomputed(lines: list[Line]) -> dict[str, list[int]]:
    """The same from the rows: gross credits and debits, fee credits and debits."""
    found: dict[str, list[int]] = {}
    for line in lines:
        assert line.gross is not None
        sums = found.setdefault(line.currency, [0, 0, 0, 0])
        sums[line.gross < 0] += abs(line.gross)
        sums[2 + (line.cost > 0)] += abs(line.cost)
    return found


def counts(text: str) -> dict[str, str]:
    return {row[0]: row[1] for row in records(text) if row[0] in {"SC", "RC", "FF"}}


def test_file__of_a_payment_with_a_refund__is_this_text(client: Client, clock: HandClock) -> None:
    paypal = PayPal(client)
    _, capture = paypal.captured(custom_id="pay_1", invoice_id="pay_1")
    clock.pass_by(3600)
    refund = paypal_refund(paypal, capture, "10.00", key="re_1")
    text = Desk(client).text("paypal")
    # The withdrawal is in no record: its id is made up.
    withdrawal = records(text)[6][1]
    assert len(withdrawal) == 17
    sums = '"USD",5000,4825,0,175,"CR",0,"CR",0,"CR",0,"CR",0,"CR",0,"CR",0,3\n'
    assert text == (
        HEAD
        + f'"SB","{capture}","pay_1","","","T0006",{time("12:00:00")},'
        + '"CR",5000,"USD","DR",175,"USD","pay_1","","","","",,,\n'
        + f'"SB","{refund}","re_1","{capture}","TXN","T1107",{time("13:00:00")},'
        + '"DR",1000,"USD","CR",0,"USD","pay_1","","","","",,,\n'
        + f'"SB","{withdrawal}","","","","T0400",{time("23:59:59")},'
        + '"DR",3825,"USD","CR",0,"USD","","","","","",,,\n'
        + f'"SF",{sums}"SC",3\n"RF",{sums}"RC",3\n"FF",3\n'
    )


def test_file__of_nothing__has_headers_and_totals(client: Client) -> None:
    assert Desk(client).text("paypal") == HEAD + '"SC",0\n"RC",0\n"FF",0\n'


def test_payment__of_an_authorization__is_named_by_its_capture(client: Client) -> None:
    paypal = PayPal(client)
    _, authorization = paypal.authorized(custom_id="pay_1", invoice_id="pay_1")
    captured = paypal.act(authorization, "capture", {"invoice_id": "cap_1"}, key="cap_1")
    row = records(Desk(client).text("paypal"))[4]
    assert row[:3] == ["SB", captured.json["id"], "cap_1"]
    assert row[14] == "pay_1"


@pytest.mark.parametrize(
    ("outcome", "rows"),
    [
        (None, [("T0006", 5000, 175), ("T1110", -5000, 1500)]),
        ("lost", [("T0006", 5000, 175), ("T1110", -5000, 1500)]),
        (
            "won",
            [
                ("T0006", 5000, 175),
                ("T1110", -5000, 1500),
                ("T1111", 5000, -1500),
                ("T0400", -4825, 0),
            ],
        ),
    ],
)
def test_dispute__is_a_hold__and_if_it_is_won_a_release(
    client: Client, outcome: str | None, rows: list[Any]
) -> None:
    desk = Desk(client)
    dispute = desk.act(f"charges/{desk.charge('paypal', 'pay_1')}/disputes")
    if outcome is not None:
        desk.act(f"disputes/{dispute['id']}", outcome=outcome)
    lines = desk.lines("paypal")
    assert [(line.kind, line.gross, line.cost) for line in lines] == rows


def test_dispute__names_itself_and_the_capture(client: Client) -> None:
    desk, paypal = Desk(client), PayPal(client)
    order, capture = paypal.captured(custom_id="pay_1", invoice_id="pay_1")
    desk.act(f"charges/{order}/disputes")
    events = client.answered("GET", "/control/events").json["data"]
    told = next(
        each["event"]["resource"]
        for each in events
        if each["event"].get("event_type") == "CUSTOMER.DISPUTE.CREATED"
    )
    row = records(desk.text("paypal"))[5]
    assert row[1:6] == [told["dispute_id"], "pay_1", capture, "TXN", "T1110"]


def test_totals__nothing_is_left_above_zero__end_in_a_debit_balance(client: Client) -> None:
    desk = Desk(client)
    desk.act(f"charges/{desk.charge('paypal', 'pay_1')}/disputes")
    (footer,) = [row for row in records(desk.text("paypal")) if row[0] == "SF"]
    assert footer[2:] == [
        *("5000", "5000", "0", "1675"),
        *("CR", "0", "DR", "1675", "CR", "0", "DR", "1675", "CR", "0", "CR", "0", "2"),
    ]


def test_refund__came_back__is_reversed(client: Client) -> None:
    desk, paypal = Desk(client), PayPal(client)
    _, capture = paypal.captured(custom_id="pay_1", invoice_id="pay_1")
    refund = paypal_refund(paypal, capture, "10.00", key="re_1")
    desk.act("operations/paypal:re_1/fail")
    rows = records(desk.text("paypal"))[5:7]
    assert [(row[1], row[3], row[5], row[8], row[9]) for row in rows] == [
        (refund, capture, "T1107", "DR", "1000"),
        (refund, capture, "T1100", "CR", "1000"),
    ]


def test_totals__of_two_currencies_and_all_kinds__are_those_of_the_rows(client: Client) -> None:
    desk, paypal = Desk(client), PayPal(client)
    orders = [desk.charge("paypal", f"pay_{number}") for number in range(4)]
    paypal.captured(custom_id="pay_9", amount={"currency_code": "EUR", "value": "7.77"})
    paypal_refund(paypal, paypal.payments(orders[0])["captures"][0]["id"], "1.23", key="re_1")
    won = desk.act(f"charges/{orders[1]}/disputes")
    desk.act(f"disputes/{won['id']}", outcome="won")
    desk.act(f"charges/{orders[2]}/disputes", amount_minor=99)
    text = desk.text("paypal")
    lines = read("paypal", text)
    assert set(recomputed(lines)) == {"EUR", "USD"}
    assert totals(text, "SF") == totals(text, "RF") == recomputed(lines)
    assert counts(text) == dict.fromkeys(("SC", "RC", "FF"), str(len(lines)))
    assert [int(row[-1]) for row in records(text) if row[0] == "SF"] == [2, 9]


@pytest.mark.parametrize(
    ("whole", "cost"),
    # 2.9 % and 0.30 are 36.09, and 37.97.
    [(1234, 36), (1299, 38)],
)
def test_row__currency_that_has_no_decimals_here__is_in_whole_ones(
    client: Client, whole: int, cost: int
) -> None:
    paypal = PayPal(client)
    paypal.captured(custom_id="pay_1", amount={"currency_code": "HUF", "value": f"{whole}"})
    text = Desk(client).text("paypal")
    assert records(text)[4][8:13] == ["CR", f"{whole}", "HUF", "DR", f"{cost}"]
    assert totals(text, "SF") == {"HUF": [whole, whole - cost, 0, cost]}


def test_row__name_with_quotes__has_them_twice(client: Client) -> None:
    PayPal(client).captured(custom_id='pay_"1",x')
    assert ',"pay_""1"",x",' in Desk(client).text("paypal")
    assert Desk(client).lines("paypal")[0].payment_id == 'pay_"1",x'


def test_wrong_totals__one_sum_is_not_that_of_the_rows(client: Client) -> None:
    Desk(client).charges("paypal", 2)
    PayPal(client).captured(custom_id="pay_9", amount={"currency_code": "EUR", "value": "7.77"})
    right, wrong = (Desk(client).text("paypal", wrong_totals=each) for each in (False, True))
    assert totals(wrong, "SF") != recomputed(read("paypal", wrong))
    differing = [
        (a, b) for a, b in zip(records(right), records(wrong), strict=True) if a != b
    ]  # fmt: skip
    assert len(differing) == 1
    before, after = differing[0]
    assert (before[0], int(after[2]) - int(before[2])) == ("SF", 1)
    assert before[3:] == after[3:]


def test_wrong_totals__of_nothing__the_count_is_wrong(client: Client) -> None:
    text = Desk(client).text("paypal", wrong_totals=True)
    assert counts(text) == {"SC": "1", "RC": "0", "FF": "0"}
