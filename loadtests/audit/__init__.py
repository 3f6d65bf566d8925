"""Is every cent where it belongs? The money audit of a load test, from what its record says was
asked for and answered, and from what the stack says is there.

    money_audit.py  which checks there are, and when what does not agree is read again
    asked.py        the record: what was asked for under each key, and answered
    sources.py      where what is there can be read
    api_reading.py  what the API says is there
    view.py         both beside each other
    booked.py       the ledger entries that a payment has, and those of deposits
    recorded.py     the idempotency record of a key
    unasked.py      what no request made, and what explains it
    answered.py     what was acknowledged is there; every key acted once
    sent.py         nothing that was not asked for; what was not acknowledged is absent or complete
    balances.py     what each merchant has, counted twice
    books.py        the independent prover
    processor.py    the processor's own record
    events.py       every event once
    checks.py       what a check says
    __main__.py     a run audited again, later
"""

from loadtests.audit.checks import Check
from loadtests.audit.money_audit import audit

__all__ = ["Check", "audit"]
