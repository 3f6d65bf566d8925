"""How does PayPal tell of a dispute? By its own id, the capture that is disputed and, once it is
over, in whose favour it was decided.
"""

import hashlib
from datetime import datetime

from ops.simulated.paypal_money import write_money
from ops.simulated.paypal_wire import MERCHANT_ID, Json, PayPalWire, given, write_time
from ops.simulated.records import Charge, Dispute, DisputeStatus

OPEN, UNDER_REVIEW, RESOLVED = "OPEN", "UNDER_REVIEW", "RESOLVED"
_OUTCOMES = {
    DisputeStatus.WON: "RESOLVED_SELLER_FAVOUR",
    DisputeStatus.LOST: "RESOLVED_BUYER_FAVOUR",
}
_REASONS = {
    "fraudulent": "UNAUTHORISED",
    "product_not_received": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "product_unacceptable": "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "duplicate": "DUPLICATE_TRANSACTION",
    "credit_not_processed": "CREDIT_NOT_PROCESSED",
}


def write_dispute(
    wire: PayPalWire, dispute: Dispute, charge: Charge, *, status: str, now: datetime
) -> Json:
    """A dispute.

    Args:
        status: PayPal's, which has a review between the opening and the end.
        now: when it came to be so.
    """
    name = dispute_id_of(dispute.id)
    amount = write_money(dispute.amount_minor, dispute.currency)
    capture = wire.capture_of(charge)
    outcome = _OUTCOMES.get(dispute.status) if status == RESOLVED else None
    return {
        "dispute_id": name,
        "create_time": write_time(dispute.created_at),
        "update_time": write_time(now),
        "disputed_transactions": [
            {
                "seller_transaction_id": capture["id"],
                **given(
                    custom=dispute.payment_id or None, invoice_number=capture.get("invoice_id")
                ),
                "create_time": capture["create_time"],
                "transaction_status": "COMPLETED",
                "gross_amount": capture["amount"],
                "seller": {"merchant_id": MERCHANT_ID},
            }
        ],
        "reason": _REASONS.get(dispute.reason, "OTHER"),
        "status": status,
        "dispute_amount": amount,
        **given(dispute_outcome=outcome and {"outcome_code": outcome, "amount_refunded": amount}),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "EXTERNAL",
        "links": [
            {"href": f"{wire.base_url}/v1/customer/disputes/{name}", "rel": "self", "method": "GET"}
        ],
    }


def dispute_id_of(dispute_id: str) -> str:
    """PayPal's id of a dispute of the engine."""
    digest = hashlib.sha256(dispute_id.encode()).hexdigest().upper()
    return f"PP-R-{digest[:3]}-{int(digest[3:16], 16) % 100_000_000:08}"
