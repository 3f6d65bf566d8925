"""Which prices does AWS list, and where is each of them from?

Data only, and numbers as text, so that none of them is ever a float; `prices` makes Decimals of
them and says what is not modelled.
"""

from collections.abc import Mapping
from typing import NamedTuple

AS_OF = "2026-11-22"
"""The day on which the sources were last looked through; each price tells its source's own date."""


class Counted(NamedTuple):
    """What a line counts, and how much of it AWS always gives away, a month."""

    per: int
    unit: str
    free: str = "0"


class Listed(NamedTuple):
    """What it costs, by which source, and whether the source says so of that region itself."""

    usd: str
    source: str
    is_confirmed: bool


UNITS: Mapping[str, Counted] = {
    "dynamodb_writes": Counted(1_000_000, "write request units"),
    "dynamodb_reads": Counted(1_000_000, "read request units"),
    "dynamodb_storage": Counted(1, "GB-months", "25"),
    "dynamodb_backups": Counted(1, "GB-months"),
    "dynamodb_stream_reads": Counted(100_000, "stream read request units", "2500000"),
    "lambda_requests": Counted(1_000_000, "requests", "1000000"),
    # The 400,000 GB-seconds are one allowance, whichever of the two architectures uses it.
    "lambda_arm64": Counted(1, "GB-seconds", "400000"),
    "lambda_x86_64": Counted(1, "GB-seconds", "400000"),
    "api_rest": Counted(1_000_000, "requests"),
    "api_http": Counted(1_000_000, "requests"),
    "sqs_requests": Counted(1_000_000, "requests", "1000000"),
    "s3_puts": Counted(1_000, "requests"),
    "s3_gets": Counted(1_000, "requests"),
    "s3_storage": Counted(1, "GB-months"),
    "logs_ingested": Counted(1, "GB", "5"),
    "logs_stored": Counted(1, "GB-months", "5"),
    "cloudwatch_metrics": Counted(1, "metrics a month", "10"),
    "cloudwatch_metric_reads": Counted(1_000, "metrics requested"),
    "cloudwatch_alarms": Counted(1, "alarms a month", "10"),
    "kms_requests": Counted(10_000, "requests", "20000"),
    "secrets": Counted(1, "secrets a month"),
    "secret_reads": Counted(10_000, "requests"),
    "transfer_out": Counted(1, "GB", "100"),
}

_COMMON = "AWS's pricing pages, as commonly published in 2025"

EVERYWHERE: Mapping[str, Listed] = {}
"""Prices that are the same in each region below; a region's own goes first."""

REGIONS: Mapping[str, Mapping[str, Listed]] = {
    "us-east-1": {
        "dynamodb_writes": Listed("0.625", _COMMON, False),
        "dynamodb_reads": Listed("0.125", _COMMON, False),
        "dynamodb_storage": Listed("0.25", _COMMON, False),
        "dynamodb_backups": Listed("0.20", _COMMON, False),
        "dynamodb_stream_reads": Listed("0.02", _COMMON, False),
        "lambda_requests": Listed("0.20", _COMMON, False),
        "lambda_arm64": Listed("0.0000133334", _COMMON, False),
        "lambda_x86_64": Listed("0.0000166667", _COMMON, False),
        "api_rest": Listed("3.50", _COMMON, False),
        "api_http": Listed("1.00", _COMMON, False),
        "sqs_requests": Listed("0.40", _COMMON, False),
        "s3_puts": Listed("0.005", _COMMON, False),
        "s3_gets": Listed("0.0004", _COMMON, False),
        "s3_storage": Listed("0.023", _COMMON, False),
        "logs_ingested": Listed("0.50", _COMMON, False),
        "logs_stored": Listed("0.03", _COMMON, False),
        "cloudwatch_metrics": Listed("0.30", _COMMON, False),
        "cloudwatch_metric_reads": Listed("0.01", _COMMON, False),
        "cloudwatch_alarms": Listed("0.10", _COMMON, False),
        "kms_requests": Listed("0.03", _COMMON, False),
        "secrets": Listed("0.40", _COMMON, False),
        "secret_reads": Listed("0.05", _COMMON, False),
        "transfer_out": Listed("0.09", _COMMON, False),
    },
}
