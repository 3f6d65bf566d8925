"""Can a function do more than it needs? On the policies as sam translates them for AWS."""

from typing import Any

import pytest

from tests.architecture.roles import Permission, granted, limits
from tests.architecture.translation import Resources, of_type, spoilt, translated

READ = "secretsmanager:GetSecretValue"
# What each processor is called with, by the condition of the template under which there is one.
SECRETS: dict[str, Permission] = {
    "HasStripe": ("StripeApiKey", READ),
    "HasPayPal": ("PayPalCredentials", READ),
    "HasSimulatedProcessor": ("SimulatedProcessorSecret", READ),
}
PAYPAL_WEBHOOK = ("PayPalWebhookId", READ)

# What ends an operation, whoever brings the processor's answer.
SETTLE: set[Permission] = {
    ("IdempotencyTable", "dynamodb:UpdateItem"),
    ("LedgerTable", "dynamodb:BatchGetItem"),
    ("LedgerTable", "dynamodb:ConditionCheckItem"),
    ("LedgerTable", "dynamodb:PutItem"),
    ("LedgerTable", "dynamodb:UpdateItem"),
    ("PaymentsTable", "dynamodb:BatchGetItem"),
    ("PaymentsTable", "dynamodb:PutItem"),
    ("PaymentsTable", "dynamodb:Query"),
    ("PaymentsTable", "dynamodb:UpdateItem"),
    *SECRETS.values(),
}

ALLOWED: dict[str, set[Permission]] = {
    "ProcessPaymentFunction": {
        ("IdempotencyTable", "dynamodb:BatchGetItem"),
        ("IdempotencyTable", "dynamodb:GetItem"),
        ("IdempotencyTable", "dynamodb:PutItem"),
        ("IdempotencyTable", "dynamodb:UpdateItem"),
        ("LedgerTable", "dynamodb:BatchGetItem"),
        ("LedgerTable", "dynamodb:ConditionCheckItem"),
        ("LedgerTable", "dynamodb:GetItem"),
        ("LedgerTable", "dynamodb:PutItem"),
        ("LedgerTable", "dynamodb:UpdateItem"),
        ("PaymentsTable", "dynamodb:BatchGetItem"),
        ("PaymentsTable", "dynamodb:GetItem"),
        ("PaymentsTable", "dynamodb:PutItem"),
        ("PaymentsTable", "dynamodb:Query"),
        ("PaymentsTable", "dynamodb:UpdateItem"),
        ("SettlementsTable", "dynamodb:BatchGetItem"),
        ("SettlementsTable", "dynamodb:PutItem"),
        ("SettlementsTable", "dynamodb:UpdateItem"),
        *SECRETS.values(),
    },
    "QueryFunction": {
        ("*", "cloudwatch:GetMetricData"),
        ("CursorSecret", READ),
        ("DirectoryTable", "dynamodb:DescribeTable"),
        ("EventsTable", "dynamodb:BatchGetItem"),
        ("EventsTable", "dynamodb:DescribeTable"),
        ("EventsTable/index/by_owner", "dynamodb:Query"),
        ("IdempotencyTable", "dynamodb:DescribeTable"),
        ("LedgerTable", "dynamodb:BatchGetItem"),
        ("LedgerTable", "dynamodb:DescribeTable"),
        ("LedgerTable", "dynamodb:Query"),
        ("LedgerTable/index/by_merchant", "dynamodb:Query"),
        ("PaymentsTable", "dynamodb:BatchGetItem"),
        ("PaymentsTable", "dynamodb:DescribeTable"),
        ("PaymentsTable", "dynamodb:Query"),
        ("PaymentsTable/index/by_due", "dynamodb:Query"),
        ("PaymentsTable/index/by_merchant", "dynamodb:Query"),
        ("SettlementsTable", "dynamodb:BatchGetItem"),
        ("SettlementsTable", "dynamodb:DescribeTable"),
        ("SettlementsTable", "dynamodb:Query"),
        ("SettlementsTable/index/by_date", "dynamodb:Query"),
        ("SettlementsTable/index/by_open", "dynamodb:Query"),
    },
    "WebhookFunction": {
        ("EventsTable", "dynamodb:BatchGetItem"),
        ("EventsTable", "dynamodb:PutItem"),
        ("SettlementsTable", "dynamodb:BatchGetItem"),
        ("SettlementsTable", "dynamodb:PutItem"),
        ("SettlementsTable", "dynamodb:UpdateItem"),
        ("StripeWebhookSecret", READ),
        PAYPAL_WEBHOOK,
        *SETTLE,
    },
    "SweepFunction": {
        ("EventsTable", "dynamodb:BatchGetItem"),
        ("EventsTable", "dynamodb:PutItem"),
        ("EventsTable/index/by_due", "dynamodb:Query"),
        ("LedgerTable/index/by_merchant", "dynamodb:Query"),
        ("PaymentsTable/index/by_due", "dynamodb:Query"),
        *SETTLE,
    },
    "ReconcileFunction": {
        ("LedgerTable", "dynamodb:BatchGetItem"),
        ("LedgerTable", "dynamodb:GetItem"),
        ("LedgerTable", "dynamodb:PutItem"),
        ("LedgerTable", "dynamodb:UpdateItem"),
        ("PaymentsTable", "dynamodb:BatchGetItem"),
        ("PaymentsTable", "dynamodb:Query"),
        ("PaymentsTable", "dynamodb:UpdateItem"),
        ("SettlementBucket", "s3:ListBucket"),
        ("SettlementBucket", "s3:ListBucketVersions"),
        ("SettlementBucket/*", "s3:GetObject"),
        ("SettlementBucket/*", "s3:GetObjectVersion"),
        ("SettlementBucket/results/*", "s3:PutObject"),
        ("SettlementDeadLetters", "sqs:SendMessage"),  # by sam, for Lambda's own failed events
        ("SettlementQueue", "sqs:SendMessage"),
        ("SettlementsTable", "dynamodb:BatchGetItem"),
        ("SettlementsTable", "dynamodb:PutItem"),
        ("SettlementsTable", "dynamodb:Query"),
        ("SettlementsTable", "dynamodb:UpdateItem"),
    },
    "AuthorizerFunction": {("DirectoryTable", "dynamodb:BatchGetItem")},
}
# Of the table of settlements: a person's decision changes a break, and says of a row that it is
# booked; an event says what a processor paid out. Neither writes a run.
LIMITS: dict[str, dict[Permission, list[str]]] = {
    "ProcessPaymentFunction": {
        ("SettlementsTable", "dynamodb:BatchGetItem"): ["set_*", "row#*"],
        ("SettlementsTable", "dynamodb:PutItem"): ["set_*", "row#*"],
        ("SettlementsTable", "dynamodb:UpdateItem"): ["set_*", "row#*"],
    },
    "WebhookFunction": {
        ("SettlementsTable", "dynamodb:BatchGetItem"): ["payout#*"],
        ("SettlementsTable", "dynamodb:PutItem"): ["payout#*"],
        ("SettlementsTable", "dynamodb:UpdateItem"): ["payout#*"],
    },
}
# Writing one's own log, and, for a function that reads a queue, what Lambda's poller does with it:
# sam adds both.
LOGS = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
POLLER = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
READS_A_QUEUE = {"ReconcileFunction"}


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__may_do_exactly_this(function: str) -> None:
    assert granted(function) == ALLOWED[function]


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__may_do_some_of_it_to_these_items_only(function: str) -> None:
    assert limits(function) == LIMITS.get(function, {})


@pytest.mark.parametrize("condition", sorted(SECRETS))
@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__where_there_is_one_processor_less__may_do_all_but_read_its_secrets(
    function: str, condition: str
) -> None:
    secrets = {SECRETS[condition]} | ({PAYPAL_WEBHOOK} if condition == "HasPayPal" else set())
    assert granted(function, without={condition}) == ALLOWED[function] - secrets


def test_every_function_is_listed_above() -> None:
    assert set(of_type("AWS::Lambda::Function")) == set(ALLOWED)


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__has_a_role_of_its_own(function: str) -> None:
    role = translated()["Resources"][f"{function}Role"]["Properties"]
    assert role["ManagedPolicyArns"] == [LOGS, *([POLLER] if function in READS_A_QUEUE else [])]
    handler = translated()["Resources"][function]["Properties"]
    assert handler["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}


# Actions on no resource in particular, for there is none that IAM knows. Source: Service
# Authorization Reference, "Actions, resources, and condition keys for Amazon CloudWatch", 2026-11.
OF_NO_RESOURCE: dict[str, set[Permission]] = {
    "QueryFunction": {("*", "cloudwatch:GetMetricData")},
}


def wildcards_of(function: str, resources: Resources | None = None) -> set[Permission]:
    """What is allowed on more than was named."""
    return {(place, action) for place, action in granted(function, resources)
            if "*" in action or "*" in place.removesuffix("/*")}  # fmt: skip


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_function__is_allowed_nothing_by_a_wildcard_but_the_objects_of_a_bucket(
    function: str,
) -> None:
    assert wildcards_of(function) == OF_NO_RESOURCE.get(function, set())
    buckets = set(of_type("AWS::S3::Bucket"))
    whole = {place.split("/")[0] for place, _ in granted(function) if place.endswith("/*")}
    assert whole <= buckets


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("Action", ["dynamodb:*"], {("EventsTable", "dynamodb:*")}),
        (
            "Resource",
            {"Fn::Sub": "*"},
            {("*", "dynamodb:PutItem"), ("*", "dynamodb:BatchGetItem")},
        ),
    ],
)
def test_wildcard__is_found(name: str, value: Any, found: set[Permission]) -> None:
    def widen(resources: Resources) -> None:
        policies = resources["WebhookFunctionRole"]["Properties"]["Policies"]
        policies[0]["PolicyDocument"]["Statement"][0][name] = value

    assert wildcards_of("WebhookFunction", spoilt(widen)) == found
