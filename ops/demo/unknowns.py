"""What happens when the processor does not answer, or says nothing of use? Nobody is told
"declined" whose card was charged, nobody is charged twice, what nobody asked for goes back.
"""

from ops.demo.control import Control
from ops.demo.http_client import Reply
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.schedule import resting_schedule
from ops.demo.shop import CURRENCY, Shop
from ops.demo.story import eventually, pending_is
from ops.operations import read_work, run_sweep

TIMEOUT_MINOR = 2_500
LATER_MINOR = 1_500
ERROR_MINOR = 3_500
BY_HAND_MINOR = 4_000
LANDS_AFTER_SECONDS = 61

PATIENCE_SECONDS = 15.0
"""The schedule may be sweeping at the same moment: then it is the one that ends it."""


def lose_answers(scene: Scene, control: Control, shop: Shop, declined_id: str) -> list[str]:
    """Chapters: a time-out, a charge that lands late, a server error, a charge that nobody asked
    for. Returns the payments' ids.
    """
    # Either would tell the truth before it is asked for, and there would be nothing to find out.
    with control.holding_events_back(), resting_schedule(scene.stack):
        payment_ids = [
            _time_out(scene, control, shop),
            _land_late(scene, control, shop),
            _fail(scene, control, shop),
        ]
    _tell_events(scene, control, shop, payment_ids)
    _give_back(scene, control, shop, declined_id)
    return payment_ids


def _time_out(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the charge is made, and its answer never comes."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "The processor charges the card, and its answer never comes",
        "After the time-out the outcome is unknown, which is not the same as declined.",
    )
    first = _charge(scene, shop, TIMEOUT_MINOR, "pm_timeout_after", key="card-timeout")
    payment_id = str(first.member("id"))
    charges = control.record([payment_id]).charges
    check.equal(
        "at the processor the card is charged already",
        expected=[("succeeded", TIMEOUT_MINOR)],
        seen=[(charge["status"], charge["captured_minor"]) for charge in charges],
    )
    pending_is(scene, shop, before_minor)
    again = shop.charge(TIMEOUT_MINOR, "pm_timeout_after", key="card-timeout")
    _is_truth(scene, again, payment_id, "the same key tells the truth: 201, succeeded")
    _is_charged_once(scene, control, payment_id, sent=[None])
    pending_is(scene, shop, before_minor + TIMEOUT_MINOR - expected_fee_minor(TIMEOUT_MINOR))
    check.end_chapter()
    return payment_id


def _land_late(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the charge is made a minute after the time-out."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "The charge is made a minute after the time-out",
        "Asked in between, the processor knows of nothing: that decides nothing.",
    )
    first = _charge(scene, shop, LATER_MINOR, "pm_lands_later", key="card-later")
    payment_id = str(first.member("id"))
    check.equal(
        "the processor has no such charge",
        expected=0,
        seen=len(control.record([payment_id]).charges),
    )
    again = shop.charge(LATER_MINOR, "pm_lands_later", key="card-later")
    check.equal(
        "the same key: still 202, processing",
        expected=(202, "processing"),
        seen=(again.status, again.member("status")),
    )
    with control.running_ahead(LANDS_AFTER_SECONDS):
        _sweep_until(scene, shop, payment_id)
    answer = shop.charge(LATER_MINOR, "pm_lands_later", key="card-later")
    _is_truth(scene, answer, payment_id, "and the same key is answered 201")
    # The second send was told that the key is in use.
    _is_charged_once(scene, control, payment_id, sent=[None, 409])
    pending_is(scene, shop, before_minor + LATER_MINOR - expected_fee_minor(LATER_MINOR))
    check.end_chapter()
    return payment_id


def _fail(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the charge is made, and answered with a server error."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "The processor charges the card, and answers 500",
        "It would repeat its 500 for ever: it is not asked to charge again, but what became of it.",
    )
    first = _charge(scene, shop, ERROR_MINOR, "pm_error_after", key="card-error")
    payment_id = str(first.member("id"))
    again = shop.charge(ERROR_MINOR, "pm_error_after", key="card-error")
    _is_truth(scene, again, payment_id, "the same key tells the truth: 201, succeeded")
    _is_charged_once(scene, control, payment_id, sent=[500])
    pending_is(scene, shop, before_minor + ERROR_MINOR - expected_fee_minor(ERROR_MINOR))
    check.end_chapter()
    return payment_id


def _tell_events(scene: Scene, control: Control, shop: Shop, payment_ids: list[str]) -> None:
    """Chapter: the events that were held back come after all."""
    check = scene.checks
    scene.chapter(
        "The processor's events of these charges come late",
        "They tell what is known already: they are stored, and change nothing.",
    )
    before = shop.payments(payment_ids)
    _all_are_taken(scene, control, "all of them are taken")
    check.equal("every payment is as it was", expected=before, seen=shop.payments(payment_ids))
    check.end_chapter()


def _give_back(scene: Scene, control: Control, shop: Shop, declined_id: str) -> None:
    """Chapter: a charge that nobody asked for any more."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "A charge of the declined payment turns up at the processor",
        "We called it declined, and the merchant sold nothing: the card gets its money back.",
    )
    orphan = control.charge_by_hand(declined_id, BY_HAND_MINOR, currency=CURRENCY)
    _all_are_taken(scene, control, "its event is taken")

    def refunded() -> list[int]:
        run_sweep(scene.stack)
        charges = control.record([declined_id]).charges
        return [one["refunded_minor"] for one in charges if one["id"] == orphan["id"]]

    check.equal(
        f"the sweep gives {money(BY_HAND_MINOR)} back, at the processor",
        expected=[BY_HAND_MINOR],
        seen=eventually(refunded, lambda seen: seen == [BY_HAND_MINOR], seconds=PATIENCE_SECONDS),
    )

    def kinds() -> list[str]:
        entries = shop.get("/v1/ledger/entries?limit=100").member("data") or []
        return sorted(one["kind"] for one in entries if one["payment_id"] == declined_id)

    check.equal(
        "both are in the books",
        expected=["orphan_charge", "orphan_returned"],
        seen=eventually(kinds, lambda seen: len(seen) > 1),
    )
    payment = shop.get(f"/v1/payments/{declined_id}")
    check.equal(
        "the payment is declined as before", expected="declined", seen=payment.member("status")
    )
    pending_is(scene, shop, before_minor)
    check.end_chapter()


def _charge(scene: Scene, shop: Shop, amount_minor: int, method: str, *, key: str) -> Reply:
    with scene.console.status("    waiting for the processor..."):
        reply = shop.charge(amount_minor, method, key=key)
    scene.checks.equal(
        "it is answered 202, processing",
        expected=(202, "processing", 0),
        seen=(reply.status, reply.member("status"), reply.member("captured_minor")),
    )
    listed = [
        work.state
        for work in read_work(scene.database, scene.now())
        if work.payment_id == reply.member("id")
    ]
    scene.checks.equal("oncepay operations lists it", expected=["unknown"], seen=listed)
    return reply


def _all_are_taken(scene: Scene, control: Control, what: str) -> None:
    waiting = eventually(control.flush, lambda left: left == 0, seconds=PATIENCE_SECONDS)
    scene.checks.equal(what, expected=0, seen=waiting)


def _is_truth(scene: Scene, reply: Reply, payment_id: str, what: str) -> None:
    scene.checks.equal(
        what,
        expected=(201, payment_id, "succeeded"),
        seen=(reply.status, reply.member("id"), reply.member("status")),
    )


def _is_charged_once(
    scene: Scene, control: Control, payment_id: str, *, sent: list[int | None]
) -> None:
    record = control.record([payment_id])
    scene.checks.equal(
        "the processor's own record has ONE charge of it",
        expected=(1, sent),
        seen=(len(record.charges), record.statuses_sent(payment_id)),
    )


def _sweep_until(scene: Scene, shop: Shop, payment_id: str) -> None:
    def swept() -> object:
        run_sweep(scene.stack)
        return shop.get(f"/v1/payments/{payment_id}").member("status")

    scene.checks.equal(
        "a minute later the sweep finds it: succeeded, and nobody has asked",
        expected="succeeded",
        seen=eventually(swept, lambda status: status == "succeeded", seconds=PATIENCE_SECONDS),
    )
