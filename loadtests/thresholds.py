"""Was it good enough? Each threshold is one figure, of the requests or of what else a scenario has
found, and a limit.

Those of the five reference systems: errors below 1 %, the 95th percentile below 5 seconds, that of
webhooks below 3 seconds. Each scenario adds tighter ones of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

ALL: Final = "all"
"""The name of all requests to the API together."""


class Measure(StrEnum):
    """Which figure is limited, and what its limit is: an upper one, or for the last a lower one."""

    ERROR_SHARE = "error_share"
    P50_MS = "p50_ms"
    P95_MS = "p95_ms"
    P99_MS = "p99_ms"
    MAX_MS = "max_ms"
    PER_SECOND = "per_second"
    FINDING = "finding"
    """What a scenario has found beside the figures of its requests: `of` is its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A limit.

    Attributes:
        measure: of which figure.
        limit: which it must stay below; `per_second` must reach it.
        of: of which requests, by their name in the summary.
        why: where the limit comes from.
    """

    measure: Measure
    limit: float
    of: str = ALL
    why: str = "our own"

    @property
    def name(self) -> str:
        """For the summary."""
        if self.measure is Measure.FINDING:
            return f"{self.of} < {self.limit:g}"
        sign = ">=" if self.measure is Measure.PER_SECOND else "<"
        return f"{self.of}: {self.measure} {sign} {self.limit:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A threshold, and what was found; nothing if there were no such requests."""

    threshold: Threshold
    found: float | None
    met: bool


ERRORS: Final = Threshold(measure=Measure.ERROR_SHARE, limit=0.01, why="errors below 1 %")
P95: Final = Threshold(measure=Measure.P95_MS, limit=5_000, why="p95 below 5 s")
WEBHOOKS_P95: Final = Threshold(
    measure=Measure.P95_MS, limit=3_000, of="POST /webhooks/stripe", why="webhooks: p95 below 3 s"
)


def judge(
    thresholds: Sequence[Threshold],
    requests: Mapping[str, Mapping[str, Any]],
    findings: Mapping[str, float | None] | None = None,
) -> list[Judged]:
    """Hold figures against thresholds.

    Args:
        thresholds: what must be met.
        requests: the figures by the name of the request, as the summary has them. No requests of a
            name miss its threshold: a run that asked nothing shows nothing.
        findings: what else was found, by name; None for what was looked for and is not there.
    """
    judged = []
    for threshold in thresholds:
        figures = requests.get(threshold.of)
        if threshold.measure is Measure.FINDING:
            found = (findings or {}).get(threshold.of)
        else:
            found = _figure(figures, threshold.measure) if figures else None
        judged.append(Judged(threshold=threshold, found=found, met=_is_met(threshold, found)))
    return judged


def _figure(figures: Mapping[str, Any], measure: Measure) -> float | None:
    if not figures["count"]:
        return None
    if measure is Measure.ERROR_SHARE:
        return float(figures["errors"] / figures["count"])
    return float(figures[measure])


def _is_met(threshold: Threshold, found: float | None) -> bool:
    if found is None:
        return False
    if threshold.measure is Measure.PER_SECOND:
        return found >= threshold.limit
    return found < threshold.limit
