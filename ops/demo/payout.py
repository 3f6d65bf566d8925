"""When may a merchant spend what its customers paid by card? Once the processor's settlement file
has come: pending becomes available.
"""

import secrets
from collections.abc import Sequence

from ops.demo.bank_file import Line, write_file
from ops.demo.control import Control
from ops.demo.desk import Desk, Document
from ops.demo.scene import Scene, expected_fee_minor
from ops.demo.settlements import check_run, follow
from ops.demo.shop import Shop
from ops.demo.story import balance_is, pending_is


def pay_out(
    scene: Scene, desk: Desk, control: Control, takings: Sequence[tuple[Shop, Sequence[str]]]
) -> str:
    """Chapter: the processor's file, made of its own record. Returns the settlement's id.

    Args:
        scene: where.
        desk: drops the file.
        control: knows the record.
        takings: merchants without a deposit, each with all of its payments that took money.
    """
    check = scene.checks
    payment_ids = [payment_id for _, ids in takings for payment_id in ids]
    lines = [line for charge in control.record(payment_ids).charges for line in _lines(charge)]
    file = write_file(lines)
    scene.chapter(
        f"The processor settles: {file.rows} rows about these payments, from its own record",
        "Each payment's share becomes available; in one transaction with the mark on the payment.",
    )
    pending = [int(shop.pending_minor() or 0) for shop, _ in takings]
    key = f"incoming/demo-{secrets.token_hex(4)}/cards.csv"
    desk.upload(key, file.content)
    run = follow(scene, desk, key, file)
    check_run(scene, run, file)
    for (shop, _), pending_minor in zip(takings, pending, strict=True):
        pending_is(scene, shop, 0)
        balance_is(scene, shop, pending_minor)
    check.equal(
        "every payment names this settlement",
        expected={run["id"]},
        seen={
            payment.get("settlement_id") for shop, ids in takings for payment in shop.payments(ids)
        },
    )
    check.end_chapter()
    return str(run["id"])


def _lines(charge: Document) -> list[Line]:
    if charge["status"] != "succeeded" or charge["idempotency_key"] != charge["payment_id"]:
        return []
    captured_minor = charge["captured_minor"]
    payment = Line(
        type="payment",
        payment_id=charge["payment_id"],
        amount_minor=captured_minor,
        fee_minor=expected_fee_minor(captured_minor),
        occurred_at=charge["created_at"],
        currency=charge["currency"],
    )
    refunds = [
        Line(
            type="refund",
            payment_id=charge["payment_id"],
            amount_minor=refund["amount_minor"],
            fee_minor=0,
            occurred_at=refund["created_at"],
            currency=refund["currency"],
        )
        for refund in charge["refunds"]
        if refund["status"] == "succeeded"
    ]
    return [payment, *refunds]
