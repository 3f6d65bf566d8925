"""Are the record's charges written as Adyen writes its own?

Source: Adyen, "Settlement details report", as of 2026-11: names of columns, decimals in major
units, debits and credits in columns of their own, both unsigned; net is gross less commission, and
a batch's nets come to nothing.
"""

import re

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.settlement_desk import Desk, records, sums
from tests.simulated.stripe_client import Shop

HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
    "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
    "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),"
    "Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,"
    "Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,"
    "Reserved8,Reserved9,Reserved10\n"
)
ENDS = ",2517,,,,,,,\n"
"""The batch is that of the day."""


def test_file__of_all_kinds__is_this_text(client: Client, clock: HandClock) -> None:
    desk = Desk(client)
    first_id = desk.charge("native", "pay_1")
    clock.pass_by(60)
    client.moved(first_id, "refund", key="re_1", amount_minor=1000)
    clock.pass_by(60)
    desk.act("operations/re_1/fail")
    second_id = desk.charge("native", "pay_2")
    clock.pass_by(60)
    dispute = desk.act(f"charges/{second_id}/disputes", amount_minor=2500)
    clock.pass_by(60)
    desk.act(f"disputes/{dispute['id']}", outcome="won")
    text = desk.text("adyen")
    rows = records(text)[1:]
    # References are made up, one for each charge, and one for each thing done to it.
    assert all(re.fullmatch("88[0-9]{14}", name) for row in rows[:6] for name in (row[2], row[8]))
    assert [len({row[2] for row in some}) for some in (rows[:3], rows[3:6], rows[:6])] == [1, 1, 2]
    assert rows[1][8] == rows[2][8]
    assert len({row[8] for row in rows}) == 6

    def begin(number: int, payment_id: str, at: str, kind: str) -> str:
        row = rows[number]
        when = f"2026-11-21 12:0{at},UTC"
        return f"Simulated,SimulatedShop,{row[2]},{payment_id},visa,{when},{kind},{row[8]},"

    card = "visaclassic"
    assert text == (
        HEADER
        + begin(0, "pay_1", "0:00", "Settled")
        + f"USD,,50.00,1,USD,,48.25,1.75,,,,{card},{ENDS}"
        + begin(1, "pay_1", "1:00", "Refunded")
        + f"USD,10.00,,1,USD,10.00,,,,,,{card},re_1{ENDS}"
        + begin(2, "pay_1", "2:00", "RefundedReversed")
        + f"USD,,10.00,1,USD,,10.00,,,,,{card},re_1{ENDS}"
        + begin(3, "pay_2", "2:00", "Settled")
        + f"USD,,50.00,1,USD,,48.25,1.75,,,,{card},{ENDS}"
        + begin(4, "pay_2", "3:00", "Chargeback")
        + f"USD,25.00,,1,USD,40.00,,15.00,,,,{card},{ENDS}"
        + begin(5, "pay_2", "4:00", "ChargebackReversed")
        + f"USD,,25.00,1,USD,,40.00,-15.00,,,,{card},{ENDS}"
        + f"Simulated,SimulatedShop,,,,2026-11-22 00:00:00,UTC,MerchantPayout,{rows[6][8]},"
        + f",,,,USD,96.50,,,,,,,{ENDS}"
    )


def test_file__of_nothing__is_its_header(client: Client) -> None:
    assert Desk(client).text("adyen") == HEADER


@pytest.mark.parametrize("whose", ["native", "stripe", "paypal"])
def test_totals__of_any_face__come_to_nothing(client: Client, whose: str) -> None:
    Desk(client).charges(whose, 3)
    lines = Desk(client).lines("adyen", processor=whose)
    assert [(line.kind, line.payment_id, line.net) for line in lines] == [
        *(("Settled", f"pay_{number}", 4825) for number in (1, 2, 3)),
        ("MerchantPayout", "", -3 * 4825),
    ]


def test_every_row__net_is_gross_less_commission(client: Client) -> None:
    desk = Desk(client)
    won = desk.act(f"charges/{desk.charge('native', 'pay_1')}/disputes")
    desk.act(f"disputes/{won['id']}", outcome="won")
    lines = [line for line in desk.lines("adyen") if not line.is_payout]
    assert [line.net for line in lines] == [4825, -6500, 6500]
    assert all(line.gross == (line.net or 0) + line.cost for line in lines)


def test_balance__below_zero__is_carried_over(client: Client) -> None:
    desk = Desk(client)
    desk.act(f"charges/{desk.charge('native', 'pay_1')}/disputes")
    lines = desk.lines("adyen")
    assert (lines[-1].kind, lines[-1].net) == ("Balancetransfer", 1675)
    assert sums(lines) == {"USD": 0}


def test_payment__that_costs_more_than_it_is__is_a_net_debit(client: Client) -> None:
    Desk(client).charge_of(amount_minor=10)
    row = records(Desk(client).text("adyen"))[1]
    assert row[7] == "Settled"
    assert row[9:17] == ["USD", "", "0.10", "1", "USD", "0.20", "", "0.30"]


def test_wrong_totals__batch_does_not_come_to_nothing(client: Client) -> None:
    Desk(client).charges("adyen", 2)
    Desk(client).charge_of(currency="EUR")
    right, wrong = (Desk(client).lines("adyen", wrong_totals=each) for each in (False, True))
    assert (sums(right), sums(wrong)) == ({"EUR": 0, "USD": 0}, {"EUR": -1, "USD": 0})
    assert [line for line in wrong if not line.is_payout] == right[:3]


def test_refund__of_another_face__is_named_by_its_own_key(client: Client) -> None:
    shop = Shop(client.processor)
    shop.refund(shop.charge().id, key="re_7")
    assert records(Desk(client).text("adyen", processor="stripe"))[2][21] == "re_7"
