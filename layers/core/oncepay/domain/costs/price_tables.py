"""Which prices does AWS list, and where and when was each of them read?

Data only, and numbers as text, so that none of them is ever a float; `prices` makes Decimals of
them and says what is not modelled.

All are from AWS's Price List, the offer files that its pricing pages are drawn from. They were not
read at AWS but in public copies and quotations of those files; the largest, on GitHub, are
miruky/aws-dentaku src/data/prices.json (2026-10-01), henderjm/world-cup-sweepstake
docs/costs/aws-ireland-rates.json (2026-10-04), mamtha4u/SDLC
backend/config/pricing_eu-west-1.json (2026-10-02), jomspangilinan/overhead
data/pricing.ap-southeast-1.json (2026-09-02), crosstabs/likerts economics/aws-prices.json
(2026-09-08) and aadk979/SPOH_2027 remediation/reports/P05/pricing/prices.json (2026-09-25). The
last change known of is that of 2024-11-01, when DynamoDB's requests on demand fell to half.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

AS_OF: Final = "2026-10-08"
"""The date of the newest source; each sheet has its own."""


class Counted(NamedTuple):
    """What a line counts, in which lots, and how much of it AWS always gives away, a month."""

    per: int
    unit: str
    free: str = "0"


class Sheet(NamedTuple):
    """Prices of one region that were read in one place.

    Attributes:
        offer: the offer file's name in AWS's Price List.
        as_of: the day, or the month, on which AWS published it, or, where the copy does not say
            so, on which it was read.
        usd: by line.
        doubt: why they are not confirmed for this region, if they are not.
    """

    offer: str
    as_of: str
    usd: Mapping[str, str]
    doubt: str = ""


UNITS: Final[Mapping[str, Counted]] = {
    "dynamodb_writes": Counted(1_000_000, "write request units"),
    "dynamodb_reads": Counted(1_000_000, "read request units"),
    "dynamodb_storage": Counted(1, "GB-months", "25"),
    "dynamodb_backups": Counted(1, "GB-months"),
    # What Lambda reads of a stream is not charged, nor counted here.
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
    # AWS's page on free offers gives 5 GB to each of these; its page on CloudWatch, 5 GB to both.
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

_LAMBDA: Final = {
    "lambda_requests": "0.20",
    "lambda_arm64": "0.0000133334",
    "lambda_x86_64": "0.0000166667",
}
_SQS: Final = {"sqs_requests": "0.40"}
_METRICS: Final = {"cloudwatch_metrics": "0.30", "cloudwatch_alarms": "0.10"}
_METRIC_READS: Final = {"cloudwatch_metric_reads": "0.01"}
_KMS: Final = {"kms_requests": "0.03"}
_SECRETS: Final = {"secrets": "0.40", "secret_reads": "0.05"}
_S3_OF_THE_US: Final = {"s3_puts": "0.005", "s3_gets": "0.0004", "s3_storage": "0.023"}
_LOGS_OF_THE_US: Final = {"logs_ingested": "0.50", "logs_stored": "0.03"}
_DYNAMODB_OF_THE_US: Final = {
    "dynamodb_writes": "0.625",
    "dynamodb_reads": "0.125",
    "dynamodb_storage": "0.25",
    "dynamodb_backups": "0.20",
}
_STREAMS_OF_THE_US: Final = {"dynamodb_stream_reads": "0.02"}

_METRIC_READS_ELSEWHERE: Final = Sheet(
    "AmazonCloudWatch",
    "2026-09-11",
    _METRIC_READS,
    "not seen for this region; eu-central-1's, and what the CloudWatch User Guide says of all",
)
_AS_STORAGE: Final = "derived; us-east-1's price, times this region's price of storage to its"

REGIONS: Final[Mapping[str, tuple[Sheet, ...]]] = {
    "us-east-1": (
        Sheet("AmazonDynamoDB", "2026-08-15", _DYNAMODB_OF_THE_US),
        Sheet("AmazonDynamoDB", "2026-09-29", _STREAMS_OF_THE_US),
        Sheet("AWSLambda", "2026-09-19", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-09-21", {"api_rest": "3.50", "api_http": "1.00"}),
        Sheet("AWSQueueService", "2025-08-28", _SQS),
        Sheet("AmazonS3", "2026-09-26", _S3_OF_THE_US),
        Sheet("AmazonCloudWatch", "2026-08-06", _LOGS_OF_THE_US | _METRICS),
        _METRIC_READS_ELSEWHERE,
        Sheet("awskms", "2026-09-11", _KMS),
        Sheet("AWSSecretsManager", "2026-09-11", _SECRETS),
        Sheet("AWSDataTransfer", "2026-09-16", {"transfer_out": "0.09"}),
    ),
    "us-east-2": (
        Sheet("AmazonDynamoDB", "2026-09-11", _DYNAMODB_OF_THE_US),
        Sheet("AmazonDynamoDB", "2026-05", _STREAMS_OF_THE_US),
        Sheet("AWSLambda", "2026-08-11", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-07-20", {"api_rest": "3.50", "api_http": "1.00"}),
        Sheet("AWSQueueService", "2026-09-11", _SQS),
        Sheet("AmazonS3", "2026-09-28", _S3_OF_THE_US),
        Sheet("AmazonCloudWatch", "2026-09-22", _LOGS_OF_THE_US | _METRICS),
        _METRIC_READS_ELSEWHERE,
        Sheet(
            "awskms",
            "2026-09-11",
            _KMS,
            "not seen for this region; the price of every other region here",
        ),
        Sheet("AWSSecretsManager", "2026-10-02", _SECRETS),
        Sheet("AWSDataTransfer", "2026-10-02", {"transfer_out": "0.09"}),
    ),
    "us-west-2": (
        Sheet("AmazonDynamoDB", "2026-09-28", _DYNAMODB_OF_THE_US),
        Sheet(
            "AmazonDynamoDB",
            "2026-09-29",
            _STREAMS_OF_THE_US,
            "not seen for this region; us-east-1's, like all its other prices of DynamoDB",
        ),
        Sheet("AWSLambda", "2026-10-01", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-10-01", {"api_rest": "3.50", "api_http": "1.00"}),
        Sheet("AWSQueueService", "2026-08-08", _SQS),
        Sheet("AmazonS3", "2026-09-18", _S3_OF_THE_US),
        Sheet("AmazonCloudWatch", "2026-09-18", _LOGS_OF_THE_US | _METRICS),
        _METRIC_READS_ELSEWHERE,
        Sheet("awskms", "2026-09-11", _KMS),
        Sheet("AWSSecretsManager", "2026-09-11", _SECRETS),
        Sheet("AWSDataTransfer", "2026-09-16", {"transfer_out": "0.09"}),
    ),
    "eu-west-1": (
        Sheet(
            "AmazonDynamoDB",
            "2026-09-11",
            {
                "dynamodb_writes": "0.705",
                "dynamodb_reads": "0.1415",
                "dynamodb_storage": "0.283",
                "dynamodb_backups": "0.22",
            },
        ),
        Sheet("AmazonDynamoDB", "2026-09-11", {"dynamodb_stream_reads": "0.02264"}, _AS_STORAGE),
        Sheet("AWSLambda", "2026-10-01", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-09-21", {"api_rest": "3.50", "api_http": "1.11"}),
        Sheet("AWSQueueService", "2026-09-11", _SQS),
        Sheet("AmazonS3", "2026-09-28", _S3_OF_THE_US),
        Sheet(
            "AmazonCloudWatch",
            "2026-09-22",
            {"logs_ingested": "0.57", "logs_stored": "0.03"} | _METRICS,
        ),
        _METRIC_READS_ELSEWHERE,
        Sheet("awskms", "2026-09-11", _KMS),
        Sheet("AWSSecretsManager", "2026-09-11", _SECRETS),
        Sheet("AWSDataTransfer", "2026-09-16", {"transfer_out": "0.09"}),
    ),
    "eu-central-1": (
        Sheet(
            "AmazonDynamoDB",
            "2026-08-15",
            {
                "dynamodb_writes": "0.7625",
                "dynamodb_reads": "0.1525",
                "dynamodb_storage": "0.306",
                "dynamodb_backups": "0.2448",
            },
        ),
        Sheet("AmazonDynamoDB", "2026-08-15", {"dynamodb_stream_reads": "0.02448"}, _AS_STORAGE),
        Sheet("AWSLambda", "2026-08-12", _LAMBDA),  # arm64 on 2026-09-21
        Sheet("AmazonApiGateway", "2026-08-12", {"api_rest": "3.70"}),
        Sheet("AmazonApiGateway", "2026-09-21", {"api_http": "1.20"}),
        Sheet("AWSQueueService", "2026-09-11", _SQS),
        Sheet(
            "AmazonS3",
            "2026-08-07",
            {"s3_puts": "0.0054", "s3_gets": "0.00043", "s3_storage": "0.0245"},
        ),
        Sheet(
            "AmazonCloudWatch",
            "2026-08-06",
            {"logs_ingested": "0.63", "logs_stored": "0.0324"} | _METRICS,
        ),
        Sheet("AmazonCloudWatch", "2026-09-11", _METRIC_READS),
        Sheet("awskms", "2026-09-11", _KMS),
        Sheet("AWSSecretsManager", "2026-10-08", _SECRETS),
        Sheet("AWSDataTransfer", "2026-07-20", {"transfer_out": "0.09"}),
    ),
    "ap-northeast-1": (
        Sheet(
            "AmazonDynamoDB",
            "2026-09-11",
            {
                "dynamodb_writes": "0.715",
                "dynamodb_reads": "0.1425",
                "dynamodb_storage": "0.285",
                "dynamodb_backups": "0.228",
            },
        ),
        Sheet("AmazonDynamoDB", "2026-09-11", {"dynamodb_stream_reads": "0.0228"}, _AS_STORAGE),
        Sheet("AWSLambda", "2026-10-01", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-10-01", {"api_rest": "4.25", "api_http": "1.29"}),
        Sheet("AWSQueueService", "2026-09-23", _SQS),
        Sheet(
            "AmazonS3",
            "2026-09-18",
            {"s3_puts": "0.0047", "s3_gets": "0.00037", "s3_storage": "0.025"},
        ),
        Sheet("AmazonCloudWatch", "2026-07-29", {"logs_ingested": "0.76", "logs_stored": "0.033"}),
        Sheet("AmazonCloudWatch", "2026-09-23", _METRICS),
        _METRIC_READS_ELSEWHERE,
        Sheet("awskms", "2026-09-28", _KMS),
        Sheet("AWSSecretsManager", "2026-09-11", _SECRETS),
        Sheet("AWSDataTransfer", "2026-09-16", {"transfer_out": "0.114"}),
    ),
    "ap-southeast-1": (
        Sheet(
            "AmazonDynamoDB",
            "2026-08-31",
            {"dynamodb_writes": "0.71", "dynamodb_reads": "0.1425", "dynamodb_storage": "0.285"},
        ),
        Sheet(
            "AmazonDynamoDB",
            "2026-08-31",
            {"dynamodb_backups": "0.228"},
            "derived; four fifths of storage, as in ap-northeast-1, whose storage costs the same",
        ),
        Sheet("AmazonDynamoDB", "2026-08-31", {"dynamodb_stream_reads": "0.0228"}, _AS_STORAGE),
        Sheet("AWSLambda", "2026-08-31", _LAMBDA),
        Sheet("AmazonApiGateway", "2026-08-31", {"api_rest": "4.25", "api_http": "1.25"}),
        Sheet("AWSQueueService", "2025-08-28", _SQS),
        Sheet(
            "AmazonS3",
            "2026-08-31",
            {"s3_puts": "0.005", "s3_gets": "0.0004", "s3_storage": "0.025"},
        ),
        Sheet(
            "AmazonCloudWatch",
            "2026-09-22",
            {"logs_ingested": "0.70", "logs_stored": "0.03"} | _METRICS,
        ),
        _METRIC_READS_ELSEWHERE,
        Sheet("awskms", "2026-09-08", _KMS),
        Sheet("AWSSecretsManager", "2026-09-08", _SECRETS),
        Sheet("AWSDataTransfer", "2026-08-31", {"transfer_out": "0.12"}),
    ),
}
