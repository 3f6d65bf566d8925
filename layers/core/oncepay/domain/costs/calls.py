"""What does each kind of call use? Its requests to DynamoDB, item by item, as the code makes them;
a test counts the same from items that were really written.

An item of a transaction costs twice its units, a place in an index once, and a read as much as it
finds. Items are named as in docs/data-model.md; their sizes are in `item_sizes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from oncepay.domain.capacity import Consistency

PROCESS_PAYMENT: Final = "process_payment"
QUERY: Final = "query"
WEBHOOK: Final = "webhook"
RECONCILE: Final = "reconcile"
BEHIND_THE_API: Final = frozenset({PROCESS_PAYMENT, QUERY, WEBHOOK})
BEHIND_THE_AUTHORIZER: Final = frozenset({PROCESS_PAYMENT, QUERY})
"""An event is signed, and nobody is asked who brings it."""

ABSENT: Final = "absent"
"""What is looked for and is not there; the least that is counted."""
LISTED: Final = "listed keys"
"""A place in an index that shows keys only."""

ROWS_PER_CHUNK: Final = 75
"""Rows of a settlement file that are booked in one transaction, about."""


@dataclass(frozen=True, slots=True)
class Read:
    """One read: the items that it finds together, and how."""

    items: tuple[str, ...]
    consistency: Consistency


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What one call of a kind uses.

    Attributes:
        title: in a bill.
        function: that does it.
        transacted: how often each kind of item is written in transactions.
        indexed: how often each is written into an index.
        reads: of DynamoDB.
        requests: round trips to DynamoDB that are no transaction.
        transactions: round trips that write.
        processor_calls: round trips to a payment processor.
        kept: what it leaves in tables; `kept_indexed` in indexes.
        answer: the item that its answer is as large as; None if there is next to none.
    """

    title: str
    function: str
    transacted: Mapping[str, int] = field(default_factory=dict)
    indexed: Mapping[str, int] = field(default_factory=dict)
    reads: tuple[Read, ...] = ()
    requests: int = 0
    transactions: int = 0
    processor_calls: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    kept_indexed: Mapping[str, int] = field(default_factory=dict)
    answer: str | None = None


_PAID: Final = {"record": 1, "payment": 1, "entry": 1, "balance": 1}
_PICTURE: Final = tuple(Read((item,), Consistency.TRANSACTIONAL) for item in
                        ("card payment", ABSENT, ABSENT))  # fmt: skip
"""A payment, its record and what is to be made of it, at one moment."""
_FAMILY: Final = (Read((ABSENT,), Consistency.STRONG),
                  Read(("card payment", "operation"), Consistency.STRONG))  # fmt: skip
"""Is the event known? And its payment with all beside it."""

CALLS: Final[Mapping[str, Call]] = {
    "payments": Call(
        title="payments", function=PROCESS_PAYMENT,
        transacted=_PAID, indexed={"payment": 1}, transactions=1,
        kept={"payment": 1, "entry": 1}, kept_indexed={"payment": 1}, answer="payment",
    ),
    "replays": Call(
        title="replays", function=PROCESS_PAYMENT,
        transacted=_PAID, transactions=1, answer="payment",
    ),
    "declines": Call(
        title="declined payments", function=PROCESS_PAYMENT,
        transacted={**_PAID, "record": 2, "payment": 2}, indexed={"payment": 1}, transactions=2,
        kept={"payment": 1}, kept_indexed={"payment": 1}, answer="payment",
    ),
    "deposits": Call(
        title="deposits", function=PROCESS_PAYMENT,
        transacted={"record": 1, "deposit": 1, "entry": 1, "balance": 1}, transactions=1,
        kept={"deposit": 1, "entry": 1}, answer="deposit",
    ),
    "refunds": Call(
        title="refunds to the balance", function=PROCESS_PAYMENT,
        transacted={"record": 1, "payment": 1, "refund": 1, "entry": 1, "balance": 1},
        indexed={"payment": 1}, reads=_PICTURE, requests=1, transactions=1,
        kept={"refund": 1, "entry": 1}, answer="refund",
    ),
    "charges": Call(
        title="charges", function=PROCESS_PAYMENT,
        transacted={"record": 2, "card payment": 2, "operation": 2, "pointer": 1, "entry": 1,
                    "balance": 1},
        # The operation enters and leaves what is due; the payment waits for a settlement file.
        indexed={"card payment": 2, LISTED: 3}, transactions=2, processor_calls=1,
        kept={"card payment": 1, "operation": 1, "pointer": 1, "entry": 1},
        kept_indexed={"card payment": 1, LISTED: 1}, answer="card payment",
    ),
    "unknown_charges": Call(
        title="charges whose outcome is not known at once", function=PROCESS_PAYMENT,
        transacted={"record": 1, "card payment": 1, "operation": 2},
        indexed={"card payment": 1, LISTED: 3}, reads=(Read((ABSENT,), Consistency.STRONG),),
        requests=1, transactions=2, processor_calls=2,
        kept={"card payment": 1, "operation": 1}, kept_indexed={"card payment": 1, LISTED: 1},
        answer="card payment",
    ),
    "authorizations": Call(
        title="authorizations", function=PROCESS_PAYMENT,
        transacted={"record": 2, "card payment": 2, "operation": 2, "pointer": 1},
        indexed={"card payment": 2, LISTED: 3}, transactions=2, processor_calls=1,
        kept={"card payment": 1, "operation": 1, "pointer": 1},
        kept_indexed={"card payment": 1, LISTED: 1}, answer="card payment",
    ),
    "captures": Call(
        title="captures", function=PROCESS_PAYMENT,
        transacted={"record": 2, "card payment": 2, "operation": 2, "pointer": 1, "entry": 1,
                    "balance": 1},
        # The payment's place among what is due moves: one is taken away, one is put.
        indexed={"card payment": 2, LISTED: 4}, reads=_PICTURE, requests=1, transactions=2,
        processor_calls=1, kept={"operation": 1, "pointer": 1, "entry": 1}, answer="card payment",
    ),
    "voids": Call(
        title="voids", function=PROCESS_PAYMENT,
        transacted={"record": 2, "card payment": 2, "operation": 2, "pointer": 1},
        indexed={"card payment": 2, LISTED: 3}, reads=_PICTURE, requests=1, transactions=2,
        processor_calls=1, kept={"operation": 1, "pointer": 1}, answer="card payment",
    ),
    "processor_refunds": Call(
        title="refunds to a card", function=PROCESS_PAYMENT,
        transacted={"record": 2, "card payment": 2, "refund": 2, "operation": 2, "pointer": 1,
                    "entry": 2, "balance": 2},
        indexed={"card payment": 2, LISTED: 2}, reads=_PICTURE, requests=1, transactions=2,
        processor_calls=1, kept={"refund": 1, "operation": 1, "pointer": 1, "entry": 2},
        answer="refund",
    ),
    "checkout_sessions": Call(
        title="checkout sessions", function=PROCESS_PAYMENT,
        # Its page's address makes the operation longer than 1 KB once it is known.
        transacted={"record": 2, "card payment": 2, "page": 2, "pointer": 1},
        indexed={"card payment": 2, LISTED: 1}, transactions=2, processor_calls=1,
        kept={"card payment": 1, "page": 1, "pointer": 1},
        kept_indexed={"card payment": 1, LISTED: 1}, answer="page",
    ),
    "events_settling": Call(
        title="events that end a charge", function=WEBHOOK,
        transacted={"event": 1, "card payment": 1, "operation": 1, "pointer": 1, "record": 1,
                    "entry": 1, "balance": 1},
        indexed={"card payment": 1, LISTED: 3}, reads=_FAMILY, requests=2, transactions=1,
        kept={"event": 1, "pointer": 1, "entry": 1}, kept_indexed={LISTED: 1},
    ),
    "events_known": Call(
        title="events of what is known", function=WEBHOOK,
        transacted={"event": 1}, indexed={LISTED: 1}, reads=_FAMILY, requests=2, transactions=1,
        kept={"event": 1}, kept_indexed={LISTED: 1},
    ),
    "events_repeated": Call(
        title="events sent again", function=WEBHOOK,
        reads=(Read(("event",), Consistency.STRONG),), requests=1,
    ),
    "payout_events": Call(
        title="events of payouts", function=WEBHOOK,
        transacted={"event": 1, "payout": 1}, indexed={LISTED: 1},
        reads=(Read((ABSENT,), Consistency.STRONG),), requests=1, transactions=1,
        kept={"event": 1, "payout": 1}, kept_indexed={LISTED: 1},
    ),
    "settlement_files": Call(
        title="settlement files", function=RECONCILE,
        transacted={"run": 3, "source": 1, "claim": 1, "latest": 1}, indexed={LISTED: 1},
        reads=(Read((ABSENT,), Consistency.STRONG),) * 2, requests=2, transactions=3,
        kept={"run": 1, "source": 1, "claim": 1}, kept_indexed={LISTED: 1},
    ),
    "settlement_chunks": Call(
        title="transactions of rows", function=RECONCILE,
        transacted={"run": 1}, requests=2, transactions=1,
    ),
    "payment_rows": Call(
        title="rows of payments from the balance", function=RECONCILE,
        transacted={"payment": 1}, indexed={"payment": 1},
        reads=(Read(("payment",), Consistency.STRONG), Read((ABSENT,), Consistency.STRONG)),
    ),
    "charge_rows": Call(
        title="rows of charges", function=RECONCILE,
        # It leaves what waits for a settlement file.
        transacted={"card payment": 1}, indexed={"card payment": 1, LISTED: 1},
        reads=(Read(("card payment",), Consistency.STRONG), Read((ABSENT,), Consistency.STRONG)),
    ),
    "charge_chunks": Call(
        title="transactions of rows that post", function=RECONCILE,
        transacted={"entry": 1, "balance": 1}, kept={"entry": 1},
    ),
    "refund_rows": Call(
        title="rows of refunds", function=RECONCILE,
        transacted={"refund": 1},
        reads=(Read(("payment", "refund"), Consistency.STRONG),
               Read((ABSENT,), Consistency.STRONG)),
    ),
    "break_rows": Call(
        title="rows that are breaks", function=RECONCILE,
        transacted={"break": 1}, indexed={LISTED: 1},
        reads=(Read(("payment",), Consistency.STRONG), Read((ABSENT,), Consistency.STRONG)),
        kept={"break": 1}, kept_indexed={LISTED: 1},
    ),
    "list_reads": Call(
        title="pages of a list", function=QUERY,
        reads=(Read(("page of a list",), Consistency.EVENTUAL),), requests=1,
        answer="page of a list",
    ),
    "payment_reads": Call(
        title="payments read by id", function=QUERY,
        reads=(Read(("payment",), Consistency.STRONG), Read(("entry",), Consistency.STRONG)),
        requests=2, answer="payment",
    ),
    "balance_reads": Call(
        title="balances read", function=QUERY,
        reads=(Read((LISTED,), Consistency.EVENTUAL), Read(("balance",), Consistency.STRONG)),
        requests=2, answer="balance",
    ),
    "statement_reads": Call(
        title="pages of the statement", function=QUERY,
        reads=(Read((LISTED,), Consistency.EVENTUAL), Read(("page of a list",),
                                                           Consistency.STRONG)),
        requests=2, answer="page of a list",
    ),
}  # fmt: skip
"""By the name of the count in a workload."""
