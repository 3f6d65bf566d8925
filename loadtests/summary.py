"""What does a run come to? One document, for people and for programs: what was asked of what, how
fast it was answered, what was missed, and whether every cent is where it belongs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, Protocol

from loadtests.record import Attempt, Kind
from loadtests.thresholds import Judged


class ExitCode(IntEnum):
    """Of the command; a wrong audit counts for more than everything else."""

    WELL = 0
    THRESHOLDS_MISSED = 1
    AUDIT_FAILED = 2
    COULD_NOT_RUN = 3


class Checked(Protocol):
    """What the audit says of one thing."""

    @property
    def name(self) -> str:
        """What was looked at."""

    @property
    def ok(self) -> bool:
        """Whether it is as it should be."""

    @property
    def detail(self) -> str:
        """What was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """All that is known of a run.

    Attributes:
        about: scenario, target, machine, settings, and when; as the summary has them.
        figures: what the swarm has written down.
        cut_short: why it did not run to its end; None if it did.
        judged: the thresholds.
        checks: the audit.
        workload: how many of each call were answered.
    """

    about: Mapping[str, Any]
    figures: Mapping[str, Any]
    cut_short: str | None
    judged: Sequence[Judged]
    checks: Sequence[Checked]
    workload: Mapping[str, int]

    @property
    def exit_code(self) -> ExitCode:
        """What the command ends with."""
        if any(not check.ok for check in self.checks):
            return ExitCode.AUDIT_FAILED
        # Nothing was asked for that could be audited, it ended early, or its users did not work.
        if not self.checks or self.cut_short is not None or self.figures.get("exceptions"):
            return ExitCode.COULD_NOT_RUN
        if any(not each.met for each in self.judged):
            return ExitCode.THRESHOLDS_MISSED
        return ExitCode.WELL

    def as_json(self) -> dict[str, Any]:
        """The document."""
        return {
            **self.about,
            "seconds": self.figures.get("seconds", 0),
            "users": self.figures.get("users", 0),
            "cut_short": self.cut_short,
            "exit_code": int(self.exit_code),
            "requests": self.figures.get("requests", {}),
            "thresholds": [
                {
                    "name": each.threshold.name,
                    "limit": each.threshold.limit,
                    "found": each.found,
                    "met": each.met,
                    "why": each.threshold.why,
                }
                for each in self.judged
            ],
            "findings": self.figures.get("findings", {}),
            "audit": [
                {"name": check.name, "ok": check.ok, "detail": check.detail}
                for check in self.checks
            ],
            "workload": self._workload(),
            "exceptions": self.figures.get("exceptions", []),
            "timeline": self.figures.get("timeline", []),
        }

    def _workload(self) -> dict[str, int]:
        """With how many merchants there were, which the authorizer is asked about."""
        merchants = len(self.about.get("merchants", ()))
        return {**self.workload, **({"merchants": merchants} if merchants else {})}


_READS: Final = {
    Kind.GET_PAYMENT: "payment_reads",
    Kind.LIST: "list_reads",
    Kind.BALANCES: "balance_reads",
    Kind.STATEMENT: "statement_reads",
}
_WRITES: Final = {
    Kind.PAYMENT: "payments",
    Kind.DEPOSIT: "deposits",
    Kind.REFUND: "refunds",
    Kind.CHARGE: "charges",
    Kind.CHECKOUT_SESSION: "checkout_sessions",
    Kind.EVENT: "events_known",
}
_CAUSED: Final = ("events_settling", "events_known")
"""What a processor tells by itself of what users have done there; the swarm counts it beside the
kinds."""


def workload_of(attempts: Iterable[Attempt], kinds: Mapping[str, int]) -> dict[str, int]:
    """How many calls of each kind were answered, by the names of a workload of the cost estimate.

    Args:
        attempts: all of them, as recorded.
        kinds: how many 2xx answers there were of each kind, of which only the reads count; and how
            many events users have caused a processor to post, by their name in a workload.
    """
    counts: Counter[str] = Counter()
    attempts = list(attempts)
    first = {
        each.key
        for each in attempts
        if each.answer is not None
        and not each.answer.replayed
        and (each.answer.is_acknowledged or each.answer.status == 402)
    }
    for attempt in attempts:
        answer = attempt.answer
        if answer is None:
            continue
        if answer.replayed:
            counts["events_repeated" if attempt.kind is Kind.EVENT else "replays"] += 1
            if attempt.kind is Kind.PAYMENT and attempt.key not in first:
                # It was made by a request whose answer was lost.
                first.add(attempt.key)
                counts["declines" if answer.status == 402 else "payments"] += 1
        elif answer.is_acknowledged:
            counts[attempt.counts_as or _write(attempt.kind, answer.status)] += 1
        elif answer.status == 402:
            # A declined charge has been to its processor, and is written as a payment that took
            # nothing: like an authorization, without entry and balance. `declines` are of the
            # balance, and have another price.
            is_charge = attempt.kind is Kind.CHARGE
            counts["authorizations" if is_charge else "declines"] += 1
    for kind, name in _READS.items():
        counts[name] += kinds.get(kind, 0)
    for name in _CAUSED:
        counts[name] += kinds.get(name, 0)
    return {name: count for name, count in sorted(counts.items()) if count}


def _write(kind: Kind, status: int) -> str:
    # 202: the processor has not said yet what became of it, and its event will.
    return "unknown_charges" if kind is Kind.CHARGE and status == 202 else _WRITES[kind]
