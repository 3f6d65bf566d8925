"""What did the functions use, in a period? Asked of CloudWatch, which has it from their logs.

One request for all functions and all of their metrics; botocore's client of CloudWatch is made only
for it, so that no other call waits for its import.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.function_use import FunctionUse
from oncepay.domain.measured_period import MAX_POINTS, Period
from oncepay.domain.usage_metrics import (
    CALLS,
    DIMENSION,
    MILLISECONDS,
    NAMESPACE,
    READ_UNITS,
    UNITS,
    WRITE_UNITS,
)
from oncepay.storage.budget import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS

MAX_PAGES = 10
"""One is enough for what a period asks for; CloudWatch may answer in parts all the same."""

ATTEMPTS = 2
COMPLETE, PARTIAL = "Complete", "PartialData"


def read_use(functions: Mapping[str, str], period: Period) -> list[FunctionUse]:
    """What each function used in a period, in the order of the functions.

    Args:
        functions: the name of each in AWS.
        period: which.

    Raises:
        StorageUnavailable: CloudWatch did not say.
    """
    # Imported here: nobody else reads metrics.
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        sums = _read_sums(functions, period)
    except (BotoCoreError, ClientError, ResponseParserError, UnicodeDecodeError) as error:
        raise _unavailable() from error
    return [
        FunctionUse(
            function=function,
            calls=sums[name, CALLS],
            milliseconds=sums[name, MILLISECONDS],
            write_units=sums[name, WRITE_UNITS],
            read_units=sums[name, READ_UNITS],
        )
        for function, name in functions.items()
    ]


def _read_sums(functions: Mapping[str, str], period: Period) -> dict[tuple[str, str], Decimal]:
    asked = [(name, metric) for name in functions.values() for metric in UNITS]
    sums = dict.fromkeys(asked, Decimal(0))
    request: dict[str, Any] = {
        "MetricDataQueries": [
            _query(number, name, metric, period.step_seconds)
            for number, (name, metric) in enumerate(asked)
        ],
        "StartTime": period.start,
        "EndTime": period.end,
        "MaxDatapoints": MAX_POINTS,
    }
    client = _client()
    for _ in range(MAX_PAGES):
        page = client.get_metric_data(**request)
        for result in page["MetricDataResults"]:
            if result["StatusCode"] not in {COMPLETE, PARTIAL}:
                raise _unavailable()
            # Digits as they are shown: a float of half a unit is no more than that.
            found = [Decimal(str(value)) for value in result["Values"]]
            sums[asked[int(result["Id"][1:])]] += sum(found, Decimal(0))
        if not page.get("NextToken"):
            return sums
        request["NextToken"] = page["NextToken"]
    raise _unavailable()


def _query(number: int, function: str, metric: str, step_seconds: int) -> dict[str, Any]:
    return {
        # An id begins with a small letter.
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": DIMENSION, "Value": function}],
            },
            "Period": step_seconds,
            "Stat": "Sum",
        },
    }


def _unavailable() -> StorageUnavailable:
    return StorageUnavailable("what was used could not be read; try again")


def _client() -> Any:
    from botocore.config import Config
    from botocore.session import get_session

    config = Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    return get_session().create_client("cloudwatch", config=config)
