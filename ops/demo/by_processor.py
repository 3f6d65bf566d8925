"""Which chapters tell of payments through processors? Those of each processor in turn; a stack that
has no simulated one leaves them out.
"""

from dataclasses import dataclass, field

from rich.text import Text

from ops.demo import (
    card_crowd,
    cards,
    checkout,
    disputes,
    events,
    payout,
    paypal,
    processor_files,
    stripe,
    stripe_cards,
    unknowns,
)
from ops.demo.bill import bill_of_cards, bill_of_events
from ops.demo.control import Control
from ops.demo.costs import Cost
from ops.demo.desk import Desk
from ops.demo.scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class ByProcessor:
    """What the payments through processors leave: their costs, and which they were."""

    bill: list[Cost] = field(default_factory=list)
    payment_ids: frozenset[str] = frozenset()


def tell_of_processors(scene: Scene, desk: Desk) -> ByProcessor:
    """All of them, where there is a simulated processor."""
    if scene.stack.simulated_processor is None:
        said = "This stack has no simulated processor: the chapters about cards are left out."
        scene.console.print(Text(f"\n{said}", style="dim"))
        return ByProcessor()
    control = Control(scene.stack.simulated_processor)
    by_card = _tell_of_cards(scene, control, desk)
    others = _tell_of_stripe_and_paypal(scene, control, desk)
    reconciled = processor_files.reconcile_all(scene, control, desk)
    return ByProcessor(
        bill=by_card.bill + others.bill,
        payment_ids=by_card.payment_ids | others.payment_ids | reconciled,
    )


def _tell_of_cards(scene: Scene, control: Control, desk: Desk) -> ByProcessor:
    shop = scene.open_shop("Card Shop")
    told = cards.pay_by_card(scene, control, shop)
    # Before a settlement marks them.
    bill = bill_of_cards(scene, control, shop, told)
    found_out = unknowns.lose_answers(scene, control, shop, told.declined_id)
    crowd = card_crowd.crowd_the_processor(scene, control)
    own = [told.charged_id, told.captured_id, told.approved_id, *found_out]
    payout.pay_out(scene, desk, control, [(shop, own), (crowd.shop, crowd.paid_ids)])
    payment_ids = frozenset((*own, told.declined_id, *crowd.paid_ids))
    return ByProcessor(bill=bill, payment_ids=payment_ids)


def _tell_of_stripe_and_paypal(scene: Scene, control: Control, desk: Desk) -> ByProcessor:
    shop = scene.open_shop("Shop at Stripe")
    payment_ids = stripe_cards.pay_at_stripe(scene, control, shop)
    told = stripe.tell_of_payment(scene, control, desk, shop)
    payment_ids += [told.payment_id]
    payment_ids += paypal.pay_at_paypal(scene, control, scene.open_shop("Shop at PayPal"))
    payment_ids += checkout.check_out(scene, control, scene.open_shop("Shoe Shop"))
    owing = scene.open_shop("Disputed Shop")
    disputed = disputes.dispute(scene, control, owing)
    paid_out = events.read_events(scene, control, desk, owing, disputed)
    bill = bill_of_events(scene, told, paid_out)
    return ByProcessor(bill=bill, payment_ids=frozenset((*payment_ids, *disputed)))
