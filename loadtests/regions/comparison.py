"""How do two regions compare? Each alone, and both at once; pure arithmetic on their summaries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.summary import ExitCode
from loadtests.thresholds import ALL

FIGURES: Final = ("p50_ms", "p95_ms", "p99_ms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One run on one region.

    Attributes:
        place: the name of the region.
        is_alone: whether the other one had no load meanwhile.
        code: what it ended with.
        summary: of it; empty if it did not write one.
    """

    place: str
    is_alone: bool
    code: int
    summary: Mapping[str, Any]

    @property
    def figures(self) -> Mapping[str, Any]:
        """Of all its requests; empty if there were none."""
        figures: Mapping[str, Any] = self.summary.get("requests", {}).get(ALL, {})
        return figures

    @property
    def is_audited(self) -> bool:
        """Whether its money was counted, and agrees."""
        checks = self.summary.get("audit", [])
        return bool(checks) and all(check["ok"] for check in checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A figure of a region.

    Attributes:
        place: the name of the region.
        figure: its name.
        alone, together: in milliseconds; None where there was nothing.
    """

    place: str
    figure: str
    alone: float | None
    together: float | None

    @property
    def times(self) -> float | None:
        """How many times what it was alone it is with the other one; None if that is not known."""
        return None if not self.alone or self.together is None else self.together / self.alone


def compare(parts: Sequence[Part]) -> list[Compared]:
    """Each figure of each region, alone and together with the other one."""
    found = {(part.place, part.is_alone): part.figures for part in parts}
    return [
        Compared(
            place=place,
            figure=figure,
            alone=found.get((place, True), {}).get(figure),
            together=found.get((place, False), {}).get(figure),
        )
        for place in dict.fromkeys(part.place for part in parts)
        for figure in FIGURES
    ]


def exit_code(
    parts: Sequence[Part], *, is_isolated: bool, compared: Sequence[Compared], most_times: float
) -> ExitCode:
    """What all of it ends with: money first, and what one region has to do with the other is money.

    Args:
        parts: all runs.
        is_isolated: whether everything that is one region's was nothing to the other.
        compared: what `compare` found.
        most_times: so many times its figures alone may those of a region be with the other one.
    """
    codes = {part.code for part in parts}
    if not is_isolated or ExitCode.AUDIT_FAILED in codes:
        return ExitCode.AUDIT_FAILED
    if codes - {ExitCode.WELL, ExitCode.THRESHOLDS_MISSED} or not parts:
        return ExitCode.COULD_NOT_RUN
    is_slower = any(
        one.times is None or one.times > most_times for one in compared if one.figure == "p95_ms"
    )
    return ExitCode.THRESHOLDS_MISSED if is_slower or codes != {0} else ExitCode.WELL
