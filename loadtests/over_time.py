"""How did it change while it ran? Times of a part of a run, how soon it was as before after a
burst, and whether the end is slower than the beginning.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from loadtests.tally import Figures, percentile, together

SHARE: Final = 0.95
WINDOW_SECONDS: Final = 5
"""Of which the 95th percentile is taken: one second has too few requests for one."""

AS_BEFORE: Final = 1.5
"""So many times as slow as before is as before."""

NOISE_MS: Final = 50.0
"""What is faster is taken for this: below it a machine's own noise is a multiple, too."""


LATER_SHARE: Final = (2, 3)
"""Of the windows after the first one that is as before so many must be so, too."""


def p95_between(timeline: Mapping[int, Figures], begin: int, end: int) -> float | None:
    """Of all requests that were due in these seconds, the last one left out; None if there were
    none.
    """
    times = together(each for second, each in timeline.items() if begin <= second < end).times
    return percentile(times, SHARE) if times else None


def recovery_seconds(
    timeline: Mapping[int, Figures], *, before: tuple[int, int], ended: int, until: int
) -> float | None:
    """How many seconds after a burst the 95th percentile was as before it, and stayed so.

    One good window is none yet, as it may be a lull: the next one must be as before, and two thirds
    of all later ones up to `until`, those in which nobody came counting as bad. A single slow
    second much later is in five windows, and is not the burst's. The last window of all has no
    later ones, and stands for itself.

    Args:
        timeline: the figures of each second.
        before: the seconds before the burst, the last one left out.
        ended: the second after the burst's last one.
        until: when the run ends, or the next burst begins.

    Returns: seconds to the first window from which on it is as before; None if it never was, or if
        there was nothing before.
    """
    usual = p95_between(timeline, *before)
    if usual is None:
        return None
    limit = AS_BEFORE * max(usual, NOISE_MS)
    found = [
        p95_between(timeline, begin, begin + WINDOW_SECONDS)
        for begin in range(ended, until - WINDOW_SECONDS + 1)
    ]
    is_as_before = [each is not None and each <= limit for each in found]
    for passed, is_good in enumerate(is_as_before):
        if is_good and _stays(is_as_before[passed + 1 :]):
            return float(passed)
    return None


def _stays(later: Sequence[bool]) -> bool:
    good, of = LATER_SHARE
    return not later or (later[0] and sum(later) * of >= len(later) * good)


def drift(timeline: Mapping[int, Figures], seconds: int) -> dict[str, float | None]:
    """The 95th percentile of the first fifth and of the last, and how many times the first it is;
    the very first seconds are left out, since they are not the run's but the start's.
    """
    fifth = seconds // 5
    first = p95_between(timeline, min(WINDOW_SECONDS, fifth // 2), fifth)
    last = p95_between(timeline, seconds - fifth, seconds)
    times = None if first is None or last is None else last / max(first, NOISE_MS)
    return {"first_fifth_p95_ms": first, "last_fifth_p95_ms": last, "drift": times}
