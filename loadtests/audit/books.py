"""Do the books verify? The independent prover over the whole stack, if its tables can be read."""

from collections.abc import Callable
from typing import Final

from loadtests.audit.checks import Check, check_of
from ops.verify.report import Report
from ops.verify.tables import CouldNotReadError

BOOKS_CHECK: Final = "the books verify"


def check_books(prove: Callable[[], Report] | None) -> Check:
    """Prove every cent.

    Args:
        prove: `oncepay verify`'s prover; None where there are no tables to be read.
    """
    if prove is None:
        said = "not made: needs --stack-name, and AWS credentials that may read the tables"
        return Check(name=BOOKS_CHECK, ok=True, detail=said)
    try:
        report = prove()
    except CouldNotReadError as error:
        return Check(name=BOOKS_CHECK, ok=False, detail=f"not proved: {error}")
    broken = [finding.line() for finding in report.findings]
    broken += [f"not proved: {line}" for line in report.not_proved]
    broken += [
        f"not in balance: {one.line(currency)}"
        for currency, one in report.sums.items()
        if not one.adds_up
    ]
    return check_of(BOOKS_CHECK, f"{sum(report.checked.values()):,} things looked at", broken)
