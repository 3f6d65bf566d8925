"""What does a month bring? Counts of calls of each kind, and what else a bill depends on.

A month has 30 days here. Every member may be left out; `Workload.of` takes them as a query string,
a YAML file or a load test's record has them, and says what is wrong with one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from oncepay.domain.costs.calls import CALLS
from oncepay.domain.errors import InvalidRequest

DAYS: Final = 30
MINUTES: Final = DAYS * 24 * 60

DERIVED: Final = frozenset({"settlement_chunks", "charge_chunks"})
"""Counts that follow from others."""
COUNTED: Final = tuple(name for name in CALLS if name not in DERIVED)
"""What may be counted in a workload."""
MAX_COUNT: Final = 10**12
MAX_DIGITS: Final = 30
MAX_PLACES: Final = 6
"""Digits of a number in all, and after its point."""

_NUMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "queries_per_payment": ("0", "10000"),
    "retention_days": ("1", "36500"),
    "merchants": ("1", "1000000"),
    "extra_bytes": ("0", "40000"),
    "event_bytes": ("200", "1000000"),
    "page_bytes": ("100", "1000000"),
    "memory_mb": ("128", "10240"),
    "cpu_ms": ("0", "60000"),
    "dynamodb_ms": ("0", "60000"),
    "transaction_ms": ("0", "60000"),
    "processor_ms": ("0", "30000"),
    "cold_percent": ("0", "100"),
    "cold_ms": ("0", "60000"),
    "log_bytes": ("0", "1000000"),
    "log_retention_days": ("1", "3653"),
    "sampled_one_in": ("0", "1000000"),
}
_WHOLE: Final = frozenset({"retention_days", "merchants", "extra_bytes", "event_bytes",
                           "page_bytes", "memory_mb", "log_bytes", "log_retention_days",
                           "sampled_one_in"})  # fmt: skip
_CHOICES: Final = {"architecture": ("arm64", "x86_64"), "api": ("rest", "http")}
_SWITCHES: Final = frozenset({"backups", "detailed_metrics"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A month's work, and how the stack is set up for it.

    Attributes:
        counts: of calls, by the names of `COUNTED`.
        queries_per_payment: pages of a list read for each payment of any kind, beside `counts`.
        retention_days: of how many days payments and what belongs to them are there; the bill is
            that of a month once so many have passed. Nothing deletes them by itself.
        merchants: whose backends call; the authorizer is asked for each at most once a minute.
        extra_bytes: of description, metadata and customer in a payment's body.
        event_bytes: of a processor's event; Stripe's have 2 to 3 KB.
        page_bytes: of the items that a page of a list reads, two more than it shows: 4 KB are a
            page of five plain payments.
        region: of AWS.
        architecture: of the functions.
        memory_mb: of each function.
        api: REST, as template.yaml has it, or HTTP.
        cpu_ms: of a whole processor that a call takes; `make bench` measures 0.87.
        dynamodb_ms, transaction_ms, processor_ms: of one call to DynamoDB, one transaction, one
            call to a payment processor; assumed.
        cold_percent, cold_ms: of all calls so many start a function anew, which is assumed, and
            how long that is billed: 301 ms of a whole processor by `make bench-cold`, on the 0.58
            of one that 1024 MB give.
        log_bytes: of the logs of one call: the function's own line, and Lambda's two.
        log_retention_days: how long logs are kept.
        sampled_one_in: of so many calls one reports its usage as metrics; 0 for none.
        backups: whether tables can be restored to any second.
        detailed_metrics: whether the gateway has metrics of each method.
    """

    counts: Mapping[str, Decimal] = field(default_factory=dict)
    queries_per_payment: Decimal = Decimal(0)
    retention_days: Decimal = Decimal(90)
    merchants: Decimal = Decimal(1)
    extra_bytes: Decimal = Decimal(0)
    event_bytes: Decimal = Decimal(2500)
    page_bytes: Decimal = Decimal(4096)
    region: str = "us-east-1"
    architecture: str = "arm64"
    memory_mb: Decimal = Decimal(1024)
    api: str = "rest"
    cpu_ms: Decimal = Decimal("0.9")
    dynamodb_ms: Decimal = Decimal(4)
    transaction_ms: Decimal = Decimal(8)
    processor_ms: Decimal = Decimal(500)
    cold_percent: Decimal = Decimal("0.1")
    cold_ms: Decimal = Decimal(520)
    log_bytes: Decimal = Decimal(1300)
    log_retention_days: Decimal = Decimal(30)
    sampled_one_in: Decimal = Decimal(10)
    backups: bool = True
    detailed_metrics: bool = True

    @classmethod
    def of(cls, members: Mapping[str, Any], *, region: str | None = None) -> "Workload":
        """Read a workload from text or numbers.

        Args:
            members: by name; counts stand beside the rest.
            region: if no member says so.

        Raises:
            InvalidRequest: names the member that is unknown or wrong, and its rule.
        """
        known = {one.name for one in fields(cls)} - {"counts"}
        unknown = [name for name in members if name not in known and name not in COUNTED]
        if unknown:
            raise InvalidRequest(
                f"unknown: {unknown[0]}; there are: {', '.join((*COUNTED, *sorted(known)))}",
                param=str(unknown[0]),
            )
        counts = {
            name: _number(name, members[name], Decimal(0), Decimal(MAX_COUNT), whole=True)
            for name in COUNTED
            if name in members
        }
        rest = {name: _read(name, value) for name, value in members.items() if name in known}
        if region is not None:
            rest.setdefault("region", region)
        return cls(counts=counts, **rest)

    def count(self, name: str) -> Decimal:
        """How many calls of a kind, those that follow from others too."""
        if name == "list_reads":
            asked = (self.queries_per_payment * self.paid).to_integral_value()
            return self.counts.get(name, Decimal(0)) + asked
        return self.counts.get(name, Decimal(0))

    @property
    def paid(self) -> Decimal:
        """Payments of any kind."""
        kinds = ("payments", "charges", "unknown_charges", "authorizations", "checkout_sessions")
        return sum((self.counts.get(kind, Decimal(0)) for kind in kinds), Decimal(0))


def _read(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        minimum, maximum = map(Decimal, _NUMBERS[name])
        return _number(name, value, minimum, maximum, whole=name in _WHOLE)
    if name in _SWITCHES:
        if str(value).lower() not in {"true", "false"}:
            raise InvalidRequest(f"{name} must be true or false", param=name)
        return str(value).lower() == "true"
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        raise InvalidRequest(f"{name} must be one of: {', '.join(choices)}", param=name)
    if not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a string", param=name)
    return value


def _number(name: str, value: Any, minimum: Decimal, maximum: Decimal, *, whole: bool) -> Decimal:
    kind = "a whole number" if whole else "a number"
    error = InvalidRequest(f"{name} must be {kind} of {minimum} to {maximum}", param=name)
    if isinstance(value, bool):
        raise error
    text = str(value)
    # Python takes 1_000_000 for a number, and 0E-999999999 for one that is short to write and long
    # to print.
    if len(text) > MAX_DIGITS or "_" in text:
        raise error
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise error from None
    if not number.is_finite() or not minimum <= number <= maximum:
        raise error
    if number.as_tuple().exponent < -MAX_PLACES:  # type: ignore[operator] # of a finite one
        raise error
    if whole and number != number.to_integral_value():
        raise error
    return number + 0 if number else Decimal(0)
