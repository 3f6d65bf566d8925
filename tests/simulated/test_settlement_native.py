"""Does the processor's own settlement file say what its record says?

Its form is that of the contract for settlement files: see docs/data-model.md.
"""

from tests.simulated.client import Client, HandClock
from tests.simulated.settlement_desk import Desk

HEADER = "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at\n"


def test_file__of_a_payment_with_a_refund__is_this_text(client: Client, clock: HandClock) -> None:
    charge_id = Desk(client).charge("native", "pay_1")
    clock.pass_by(60.25)
    refund_id = client.moved(charge_id, "refund", key="re_1", amount_minor=1000).json["id"]
    assert Desk(client).text("native") == (
        HEADER
        + f"{charge_id},payment,pay_1,5000,100,USD,2026-11-21T12:00:00.000000Z\n"
        + f"{refund_id},refund,pay_1,1000,0,USD,2026-11-21T12:01:00.250000Z\n"
    )


def test_file__of_nothing__is_its_header(client: Client) -> None:
    assert Desk(client).text("native") == HEADER


def test_payment__captured_in_part__is_of_that_part_and_its_fee(
    client: Client, clock: HandClock
) -> None:
    charge_id = client.charged(manual=True).json["id"]
    clock.pass_by(5)
    client.moved(charge_id, "capture", key="cap_1", amount_minor=1999)
    assert Desk(client).text("native") == (
        HEADER + f"{charge_id},payment,pay_1,1999,39,USD,2026-11-21T12:00:05.000000Z\n"
    )


def test_payment__other_fee_is_asked_for__has_that_fee(client: Client) -> None:
    Desk(client).charge("native", "pay_1")
    (line,) = Desk(client).lines("native", fee_basis_points=333)
    assert line.fee == 166


def test_charge__that_took_no_money__is_not_there(client: Client) -> None:
    client.charged("decline_x", key="pay_1")
    client.charged(manual=True, key="pay_2")
    client.charged("requires_action", key="pay_3")
    assert Desk(client).text("native") == HEADER


def test_refund__pending__is_not_there(client: Client) -> None:
    charge_id = client.charged("approve__refund_pending").json["id"]
    client.moved(charge_id, "refund", key="re_1")
    assert [line.kind for line in Desk(client).lines("native")] == ["payment"]


def test_refund__came_back__is_not_there(client: Client) -> None:
    charge_id = client.charged().json["id"]
    client.moved(charge_id, "refund", key="re_1")
    Desk(client).act("operations/re_1/fail")
    assert [line.kind for line in Desk(client).lines("native")] == ["payment"]


def test_dispute__has_no_row(client: Client) -> None:
    Desk(client).act(f"charges/{client.charged().json['id']}/disputes")
    assert [line.kind for line in Desk(client).lines("native")] == ["payment"]


def test_payment__name_with_a_comma_and_quotes__is_quoted(client: Client) -> None:
    Desk(client).charge("native", 'pay_"1",x')
    (line,) = Desk(client).lines("native")
    assert line.payment_id == 'pay_"1",x'


def test_payment__name_with_half_a_pair__is_written_with_a_question_mark(client: Client) -> None:
    Desk(client).charge("native", "pay_\ud800")
    (line,) = Desk(client).lines("native")
    assert line.payment_id == "pay_?"


def test_file__charges_of_stripe__under_their_intents(client: Client) -> None:
    intent_id = Desk(client).charge("stripe", "pay_1")
    Desk(client).charge("native", "pay_2")
    assert Desk(client).text("native", processor="stripe") == (
        HEADER + f"{intent_id},payment,pay_1,5000,100,USD,2026-11-21T12:00:00.000000Z\n"
    )
