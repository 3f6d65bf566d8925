"""What did the story cost? The bill of each kind of call, from the items that it left."""

from rich.text import Text

from oncepay.storage.payouts import payout_id
from ops.demo import cards, costs, event_costs, file_costs, processor_costs, story
from ops.demo.cards import Cards
from ops.demo.control import Control, PaidOut
from ops.demo.costs import Cost
from ops.demo.crowds import Race
from ops.demo.scene import Scene
from ops.demo.settlements import Settled
from ops.demo.shop import CURRENCY, Shop
from ops.demo.story import Paid
from ops.demo.stripe import TOLD_KEY, Told
from ops.demo.stripe_cards import STRIPE

PAYMENTS = "/v1/payments"


def bill_of_calls(scene: Scene, shop: Shop, paid: Paid, race: Race) -> list[Cost]:
    deposit = _left(scene, shop, "/v1/deposits", story.DEPOSIT_KEY)
    refund = _left(scene, shop, f"{PAYMENTS}/{paid.payment_id}/refunds", story.REFUND_KEY)
    payment = _left(scene, race.shop, PAYMENTS, race.paid_key)
    declined = _left(scene, race.shop, PAYMENTS, race.declined_key)
    scene.checks.equal(
        "the payments are where their keys say",
        expected=(race.paid_id, race.declined_id),
        seen=(payment.item["id"]["S"], declined.item["id"]["S"]),
    )
    return [
        costs.cost_of_deposit(deposit),
        costs.cost_of_payment(payment),
        costs.cost_of_replay(payment),
        costs.cost_of_decline(payment, declined),
        costs.cost_of_refund(refund, costs.read_payment(scene.database, paid.payment_id)),
        costs.cost_of_look_up(*costs.read_owner_and_key(scene.database, shop.api_key)),
    ]


def bill_of_cards(scene: Scene, control: Control, shop: Shop, told: Cards) -> list[Cost]:
    """Payments through a processor."""

    def left(path: str, key: str, prefix: str) -> processor_costs.LeftByOperation:
        return processor_costs.read_left_by_operation(
            scene.database,
            merchant_id=shop.merchant_id,
            currency=CURRENCY,
            path=path,
            key=key,
            prefix=prefix,
        )

    charged, held = (
        left(PAYMENTS, cards.CHARGE_KEY, "pay"),
        left(PAYMENTS, cards.AUTHORIZED_KEY, "pay"),
    )
    captured = left(f"{PAYMENTS}/{told.captured_id}/capture", cards.CAPTURE_KEY, "cap")
    refunded = left(f"{PAYMENTS}/{told.charged_id}/refunds", cards.REFUND_KEY, "re")
    event_id = control.events(told.charged_id)[0]["event"]["id"]
    event = event_costs.read_event(scene.database, f"simulated#{event_id}")
    return [
        processor_costs.cost_of_charge(charged),
        processor_costs.cost_of_authorization(held),
        processor_costs.cost_of_capture(captured),
        processor_costs.cost_of_refund(refunded),
        event_costs.cost_of_known_event(scene.database, event, told.charged_id),
    ]


def bill_of_events(scene: Scene, told: Told, paid_out: PaidOut) -> list[Cost]:
    """Events of Stripe."""
    event = event_costs.read_event(scene.database, told.event_id)
    left = processor_costs.read_left_by_operation(
        scene.database,
        merchant_id=told.shop.merchant_id,
        currency=CURRENCY,
        path=PAYMENTS,
        key=TOLD_KEY,
        prefix="pay",
    )
    of_payout = event_costs.read_event(scene.database, f"{STRIPE}#{paid_out.event_id}")
    payout = event_costs.read_payout(scene.database, payout_id(STRIPE, paid_out.reference))
    return [
        event_costs.cost_of_settling_event(event, left),
        event_costs.cost_of_same_event(event),
        event_costs.cost_of_payout_event(of_payout, payout),
    ]


def bill_of_files(scene: Scene, settled: Settled) -> list[Cost]:
    file = file_costs.read_file(scene.database, settled)
    return [
        file_costs.cost_of_file(file),
        file_costs.cost_of_payment_row(file),
        file_costs.cost_of_refund_row(file),
        file_costs.cost_of_break(file),
    ]


def present_the_bill(scene: Scene, bill: list[Cost]) -> None:
    costs.tell_costs(scene, bill)
    prices = f"{costs.WRITE_USD_PER_MILLION} and {costs.READ_USD_PER_MILLION} $ per million"
    notes = (
        f"On demand in us-east-1: {prices} write and read units (November 2026).",
        "A key is looked up once a minute at most. A settlement file costs its line once, and one",
        "line for each of its rows. Lambda, API Gateway, S3 and SQS come on top.",
    )
    for note in notes:
        scene.console.print(Text(f"    {note}", style="dim"))
    scene.checks.end_chapter()


def _left(scene: Scene, shop: Shop, path: str, key: str) -> costs.Left:
    return costs.read_left(
        scene.database, merchant_id=shop.merchant_id, currency=CURRENCY, path=path, key=key
    )
