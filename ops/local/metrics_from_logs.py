"""Who makes metrics of what the functions log? On AWS CloudWatch does, of every line of a log that
has a member `_aws`; the local AWS only keeps the lines. Here is the rest.

It runs in the local AWS's own process: each line is looked at as it is stored, which is next to no
work, and a thread adds up what was found and hands it to the local CloudWatch, by the minute, a few
seconds late. Nothing that goes wrong here is any function's business.
"""

import json
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

WAIT_SECONDS = 2.0
MAX_WAITING = 100_000
"""Lines; a local AWS that is so far behind loses the oldest."""
RESOLUTION_SECONDS = 60
"""As CloudWatch keeps them apart."""
MAX_DATA = 1000
"""Of one PutMetricData. Source: Amazon CloudWatch API reference, as of 2026-11."""
MARK = '"_aws"'
STORE = "_append_log_events"
"""What MiniStack calls for each lot of lines that it stores."""

logger = logging.getLogger("oncepay.metrics")

type Datum = dict[str, Any]
type Put = Callable[[str, Sequence[Datum]], None]


def watch_logs(logs: ModuleType) -> deque[str]:
    """Have every line that is stored, and that may hold metrics, kept here too.

    Args:
        logs: MiniStack's module that stores them.
    """
    store = getattr(logs, STORE)
    waiting: deque[str] = deque(maxlen=MAX_WAITING)

    def store_and_look(stream: Any, events: Any) -> Any:
        waiting.extend(event["message"] for event in events if MARK in event["message"])
        return store(stream, events)

    setattr(logs, STORE, store_and_look)
    return waiting


def take_lines(waiting: deque[str]) -> list[str]:
    """What has come so far; more may come meanwhile."""
    return [waiting.popleft() for _ in range(len(waiting))]


def add_up(lines: Iterable[str]) -> dict[str, list[Datum]]:
    """What the lines say, for PutMetricData, by namespace: one set of statistics for each metric
    and minute. A line that is not in CloudWatch's format says nothing.
    """
    values: dict[tuple[str, str, tuple[tuple[str, str], ...], str, int], list[float]]
    values = defaultdict(list)
    for line in lines:
        try:
            for namespace, name, dimensions, unit, minute, value in _metrics(json.loads(line)):
                values[namespace, name, dimensions, unit, minute].append(value)
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    data: dict[str, list[Datum]] = defaultdict(list)
    for (namespace, name, dimensions, unit, minute), found in values.items():
        data[namespace].append(
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
                "Timestamp": datetime.fromtimestamp(minute, UTC),
                "Unit": unit,
                "StatisticValues": {
                    "SampleCount": len(found),
                    "Sum": sum(found),
                    "Minimum": min(found),
                    "Maximum": max(found),
                },
            }
        )
    return dict(data)


def _metrics(
    said: Mapping[str, Any],
) -> list[tuple[str, str, tuple[tuple[str, str], ...], str, int, float]]:
    """All metrics of a line, or none: half a line is no line."""
    found = []
    at = int(said["_aws"]["Timestamp"]) // 1000
    minute = at - at % RESOLUTION_SECONDS
    for directive in said["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = tuple((name, str(said[name])) for name in names)
            found += [
                (
                    str(directive["Namespace"]),
                    str(metric["Name"]),
                    dimensions,
                    str(metric.get("Unit", "None")),
                    minute,
                    float(said[metric["Name"]]),
                )
                for metric in directive["Metrics"]
            ]
    return found


def report(waiting: deque[str], put: Put) -> None:
    """Hand on what has come so far."""
    for namespace, data in add_up(take_lines(waiting)).items():
        for start in range(0, len(data), MAX_DATA):
            put(namespace, data[start : start + MAX_DATA])


def put_at(url: str, region: str) -> Put:
    """How data are handed to the CloudWatch of a local AWS."""
    client: Any = None

    def put(namespace: str, data: Sequence[Datum]) -> None:
        nonlocal client
        if client is None:
            # Imported here: a stack that reports nothing needs no client.
            from botocore.session import get_session

            client = get_session().create_client(
                "cloudwatch",
                endpoint_url=url,
                region_name=region,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        client.put_metric_data(Namespace=namespace, MetricData=data)

    return put


def start(url: str, region: str) -> None:
    """In the process of the local AWS, from now to its end.

    Args:
        url: of the local AWS.
        region: of AWS, in which everything is.
    """
    from ministack.services import cloudwatch_logs

    if not hasattr(cloudwatch_logs, STORE):
        logger.warning("no metrics of the functions' use: this local AWS stores logs in a new way")
        return
    waiting, put = watch_logs(cloudwatch_logs), put_at(url, region)
    threading.Thread(target=_report_for_ever, args=(waiting, put), daemon=True).start()


def _report_for_ever(waiting: deque[str], put: Put) -> None:
    while True:
        time.sleep(WAIT_SECONDS)
        try:
            report(waiting, put)
        except Exception:
            # Such as a local AWS that is going down. What was taken is not counted.
            logger.warning("metrics of the functions' use were lost", exc_info=True)
