"""How many, how fast, how many wrong? Figures by the name of the request, in little memory however
long a run is: a time is kept to three digits that count, as a count of its own.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from loadtests.outcomes import Class, Outcome


@dataclass(slots=True)
class Figures:
    """Of one name.

    Attributes:
        count: of all requests.
        by_class: how many of each class.
        labels: how many of each label, by its class.
        times: how many took so long, in milliseconds.
    """

    count: int = 0
    by_class: Counter[Class] = field(default_factory=Counter)
    labels: Counter[tuple[Class, str]] = field(default_factory=Counter)
    times: Counter[float] = field(default_factory=Counter)

    def add(self, ms: float, outcome: Outcome) -> None:
        """One more."""
        self.count += 1
        self.by_class[outcome.answer_class] += 1
        self.labels[outcome.answer_class, outcome.label] += 1
        # How long a user waits before it hangs up says nothing of the API.
        if outcome.answer_class is not Class.GIVEN_UP:
            self.times[three_digits(ms)] += 1

    def merge(self, other: "Figures") -> None:
        """All of another's, too."""
        self.count += other.count
        self.by_class += other.by_class
        self.labels += other.labels
        self.times += other.times

    def as_json(self, seconds: float) -> dict[str, Any]:
        """For the summary."""
        return {
            "count": self.count,
            "done": self.by_class[Class.DONE],
            "documented": self._labels(Class.DOCUMENTED),
            "given_up": self.by_class[Class.GIVEN_UP],
            "errors": self.by_class[Class.ERROR],
            "errors_by_label": self._labels(Class.ERROR),
            "per_second": round(self.count / seconds, 2) if seconds > 0 else 0.0,
            "p50_ms": percentile(self.times, 0.50),
            "p95_ms": percentile(self.times, 0.95),
            "p99_ms": percentile(self.times, 0.99),
            "max_ms": max(self.times, default=0.0),
        }

    def _labels(self, answer_class: Class) -> dict[str, int]:
        return {label: n for (of, label), n in sorted(self.labels.items()) if of is answer_class}


def together(figures: Iterable[Figures]) -> Figures:
    """Of several names."""
    whole = Figures()
    for each in figures:
        whole.merge(each)
    return whole


def percentile(times: Counter[float], share: float) -> float:
    """The least time within which that share of the requests was answered; 0 if there are none."""
    rank = math.ceil(sum(times.values()) * share)
    seen = 0
    for time in sorted(times):
        seen += times[time]
        if seen >= rank:
            return time
    return 0.0


def three_digits(ms: float) -> float:
    """Rounded so that it is off by less than a half percent."""
    return float(f"{ms:.3g}")
