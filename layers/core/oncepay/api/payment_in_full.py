"""How does a payment look on the wire with all that became of it? To the letter of the contract."""

from typing import Any

from oncepay.api.processor_representations import dispute_json
from oncepay.api.representations import entry_json, payment_json, refund_json
from oncepay.services.get_payment import PaymentInFull


def payment_in_full_json(found: PaymentInFull) -> dict[str, Any]:
    """A payment with its refunds, disputes and ledger entries."""
    return {
        **payment_json(found.payment),
        "refunds": [refund_json(refund) for refund in found.refunds],
        "disputes": [dispute_json(dispute) for dispute in found.disputes],
        "ledger_entries": [entry_json(entry) for entry in found.entries],
    }
