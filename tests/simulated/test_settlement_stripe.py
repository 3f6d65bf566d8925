"""Does the simulated Stripe's report say what its record says, in Stripe's form?

Source: Stripe, "Payout reconciliation report", as of 2026-11: names of columns, decimals in major
units, net is gross less fee, what a refund or a dispute takes is below zero.
"""

import re

from tests.simulated.client import Client, HandClock
from tests.simulated.settlement_desk import Desk, records, sums
from tests.simulated.stripe_client import Shop

HEADER = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
    "available_on_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id,"
    "customer_facing_amount,customer_facing_currency,payment_metadata[payment_id]\n"
)
PAID = "2026-11-22 00:00:00"


def without_made_up_ids(text: str) -> str:
    """A payout and a balance transaction are in no record: their ids are made up."""
    return re.sub(r"\b(po|txn)_[a-z2-7]{24}\b", r"\1_X", text)


def test_file__of_all_kinds__is_this_text(client: Client, clock: HandClock) -> None:
    shop, desk = Shop(client.processor), Desk(client)
    first = shop.charge(key="pay_1")
    clock.pass_by(60)
    refund = shop.refund(first.id, amount=1000, key="re_1")
    clock.pass_by(60)
    desk.act("operations/stripe:re_1/fail")
    second_id = desk.charge("stripe", "pay_2")
    clock.pass_by(60)
    dispute = desk.act(f"charges/{second_id}/disputes", amount_minor=2500)
    clock.pass_by(60)
    desk.act(f"disputes/{dispute['id']}", outcome="won")
    text = desk.text("stripe")
    row = f"po_X,{PAID},txn_X,2026-11-21 12:0"
    one, two = f"{first.id},%s,usd,pay_1\n", f"{second_id},%s,usd,pay_2\n"
    refunded, disputed = refund.id, dispute["id"]
    assert without_made_up_ids(text) == (
        HEADER
        + f"{row}0:00,{PAID},usd,50.00,1.75,48.25,charge,{first.latest_charge},{one % '50.00'}"
        + f"{row}1:00,{PAID},usd,-10.00,0.00,-10.00,refund,{refunded},{one % '-10.00'}"
        + f"{row}2:00,{PAID},usd,10.00,0.00,10.00,refund_failure,{refunded},{one % '10.00'}"
        + f"{row}2:00,{PAID},usd,50.00,1.75,48.25,charge,"
        + f"{shop.intent(second_id).latest_charge},{two % '50.00'}"
        + f"{row}3:00,{PAID},usd,-25.00,15.00,-40.00,dispute,{disputed},{two % '-25.00'}"
        + f"{row}4:00,{PAID},usd,25.00,-15.00,40.00,dispute_reversal,{disputed},{two % '25.00'}"
        + f"po_X,{PAID},txn_X,{PAID},{PAID},usd,-96.50,0.00,-96.50,payout,po_X,,,,\n"
    )


def test_file__of_nothing__is_its_header(client: Client) -> None:
    assert Desk(client).text("stripe") == HEADER


def test_dispute__lost__stays_taken_with_its_cost(client: Client) -> None:
    desk = Desk(client)
    dispute = desk.act(f"charges/{desk.charge('stripe', 'pay_1')}/disputes")
    desk.act(f"disputes/{dispute['id']}", outcome="lost")
    assert [(line.kind, line.net) for line in desk.lines("stripe")] == [
        ("charge", 4825),
        ("dispute", -6500),
    ]


def test_payout__nothing_is_left_above_zero__has_no_row(client: Client) -> None:
    desk = Desk(client)
    desk.act(f"charges/{desk.charge('stripe', 'pay_1')}/disputes")
    assert [line for line in desk.lines("stripe") if line.is_payout] == []


def test_totals__of_two_currencies__each_has_a_payout_and_comes_to_nothing(
    client: Client,
) -> None:
    desk, shop = Desk(client), Shop(client.processor)
    desk.charges("stripe", 3)
    for key in ("pay_4", "pay_5"):
        shop.charge(key=key, currency="eur", amount=777, metadata={"payment_id": key})
    lines = desk.lines("stripe")
    assert [(line.currency, line.net) for line in lines if line.is_payout] == [
        # 777 less 23 and 30 is 724.
        ("EUR", -2 * 724),
        ("USD", -3 * 4825),
    ]
    assert sums(lines) == {"EUR": 0, "USD": 0}
    names = {(row[0], row[5]) for row in records(desk.text("stripe"))[1:]}
    assert len(names) == 2


def test_row__currency_without_decimals__has_none(client: Client) -> None:
    Shop(client.processor).charge(key="pay_1", currency="jpy", amount=5000)
    row = records(Desk(client).text("stripe"))[1]
    # 2.9 % and nothing else.
    assert row[5:9] == ["jpy", "5000", "145", "4855"]


def test_row__three_decimals__has_three(client: Client) -> None:
    Shop(client.processor).charge(key="pay_1", currency="kwd", amount=5010)
    row = records(Desk(client).text("stripe"))[1]
    assert row[5:9] == ["kwd", "5.010", "0.145", "4.865"]


def test_fee__of_half_a_cent__is_rounded_up(client: Client) -> None:
    # 2.9 % of 50 is 1.45, of 150 is 4.35, of 500 is 14.5.
    for number, amount in enumerate((50, 150, 500)):
        Shop(client.processor).charge(key=f"pay_{number}", amount=amount)
    costs = [line.cost for line in Desk(client).lines("stripe") if line.is_payment]
    assert costs == [31, 34, 45]


def test_row__charge_without_our_metadata__names_no_payment(client: Client) -> None:
    Shop(client.processor).charge(key="pay_1", metadata={"order": "7"})
    assert Desk(client).lines("stripe")[0].payment_id == ""


def test_file__every_row_has_an_id_of_its_own(client: Client) -> None:
    Desk(client).charges("stripe", 5)
    ids = [row[2] for row in records(Desk(client).text("stripe"))[1:]]
    assert len(set(ids)) == len(ids) == 6


def test_wrong_totals__payout_is_not_the_sum_of_its_rows(client: Client) -> None:
    Desk(client).charges("stripe", 2)
    Shop(client.processor).charge(key="pay_9", currency="eur")
    right, wrong = (Desk(client).lines("stripe", wrong_totals=each) for each in (False, True))
    assert (sums(right), sums(wrong)) == ({"EUR": 0, "USD": 0}, {"EUR": -1, "USD": 0})
    assert [line for line in wrong if not line.is_payout] == right[:3]
