"""In which words does a function say what it used, so that CloudWatch makes metrics of a log line?

CloudWatch's embedded metric format: a line of the log that has a member `_aws` names other members
of the same line, and CloudWatch adds them up as metrics. Nothing is called and nothing is waited
for. Four metrics of each function and no more: every one costs by the month.

Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format", as of 2026-11.
"""

from collections.abc import Mapping
from typing import Any

NAMESPACE = "Oncepay"
DIMENSION = "function"

CALLS = "Calls"
MILLISECONDS = "Milliseconds"
WRITE_UNITS = "WriteUnits"
READ_UNITS = "ReadUnits"

UNITS: Mapping[str, str] = {
    CALLS: "Count",
    MILLISECONDS: "Milliseconds",
    WRITE_UNITS: "Count",
    READ_UNITS: "Count",
}
"""CloudWatch's unit of each metric, in the order in which they are said."""

METADATA = "_aws"
MAX_METRICS = 100
"""Of one line. Source: as above, "MetricDirective object"."""


def embedded_metrics(function: str, values: Mapping[str, float], *, at_ms: int) -> dict[str, Any]:
    """Members for the root of a line of the log.

    Args:
        function: the function's name, by which its metrics are told from the others'.
        values: by metric; those that are zero are left out, for they would change no sum.
        at_ms: milliseconds since 1970.
    """
    counted = {name: value for name, value in values.items() if value}
    return {
        METADATA: {
            "Timestamp": at_ms,
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": name, "Unit": UNITS[name]} for name in counted],
                }
            ],
        },
        DIMENSION: function,
        **counted,
    }
