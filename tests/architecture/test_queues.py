"""Does a message stay safe while it waits, while it is worked on, and when it cannot be handled? Of
the queues and their policies as sam translates them for AWS.
"""

from typing import Any

import pytest

from tests.architecture.test_dead_letters import redrive_target
from tests.architecture.translation import (
    Resources,
    id_of_reference,
    of_type,
    spoilt,
    translated,
)
from tests.template_tables import template

# Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS", as of 2026-11: a visibility
# timeout of six times the function's, and a maxReceiveCount of at least five.
TIMES_THE_FUNCTION = 6
LEAST_RECEIVES = 5
DAY = 24 * 3600
# Of dead letters; of a queue that has them fewer, since a message's age goes on counting there.
LEAST_DAYS_OF_DEAD_LETTERS, MOST_DAYS_OF_A_QUEUE = 14, 4


def dead_letter_queues(resources: Resources) -> set[str]:
    """Queues that something sends to what could not be handled."""
    found = {redrive_target(queue) for queue in of_type("AWS::SQS::Queue", resources).values()}
    for kind in ("AWS::Lambda::EventInvokeConfig", "AWS::Lambda::EventSourceMapping"):
        for config in of_type(kind, resources).values():
            destination = config["Properties"].get("DestinationConfig", {}).get("OnFailure", {})
            found.add(id_of_reference(destination.get("Destination")))
    for function in of_type("AWS::Lambda::Function", resources).values():
        config = function["Properties"].get("DeadLetterConfig", {})
        found.add(id_of_reference(config.get("TargetArn")))
    return found - {""}


def faults_of_queues(resources: Resources) -> set[tuple[str, str]]:
    """What is wrong with which queue."""
    faults = set()
    dead = dead_letter_queues(resources)
    alarmed = {
        id_of_reference(dimension["Value"])
        for alarm in of_type("AWS::CloudWatch::Alarm", resources).values()
        for dimension in alarm["Properties"].get("Dimensions", ())
    }
    for name, queue in of_type("AWS::SQS::Queue", resources).items():
        properties = queue["Properties"]
        if properties.get("SqsManagedSseEnabled") is not True and not properties.get(
            "KmsMasterKeyId"
        ):
            faults.add((name, "not encrypted"))
        kept_days = properties.get("MessageRetentionPeriod", 4 * DAY) / DAY
        if name in dead:
            if kept_days < LEAST_DAYS_OF_DEAD_LETTERS:
                faults.add((name, "forgets early"))
            if name not in alarmed:
                faults.add((name, "no alarm"))
        elif kept_days > MOST_DAYS_OF_A_QUEUE:
            faults.add((name, "leaves its dead letters few days"))
        elif redrive_target(queue) not in dead:
            faults.add((name, "no dead letters"))
        elif properties["RedrivePolicy"]["maxReceiveCount"] < LEAST_RECEIVES:
            faults.add((name, "gives up early"))
    return faults


def test_queues__have_no_fault() -> None:
    assert faults_of_queues(translated()["Resources"]) == set()


def test_queues__are_one_and_its_dead_letters() -> None:
    assert set(of_type("AWS::SQS::Queue")) == {"SettlementQueue", "SettlementDeadLetters"}
    assert dead_letter_queues(translated()["Resources"]) == {"SettlementDeadLetters"}


@pytest.mark.parametrize(
    ("queue", "changes", "fault"),
    [
        ("SettlementQueue", {"SqsManagedSseEnabled": False}, "not encrypted"),
        ("SettlementDeadLetters", {"SqsManagedSseEnabled": False}, "not encrypted"),
        (
            "SettlementQueue",
            {"MessageRetentionPeriod": 14 * DAY},
            "leaves its dead letters few days",
        ),
        ("SettlementDeadLetters", {"MessageRetentionPeriod": 345600}, "forgets early"),
        (
            "SettlementQueue",
            {
                "RedrivePolicy": {
                    "deadLetterTargetArn": {"Fn::GetAtt": "SettlementDeadLetters.Arn"},
                    "maxReceiveCount": 4,
                }
            },
            "gives up early",
        ),
        ("SettlementQueue", {"RedrivePolicy": {}}, "no dead letters"),
    ],
)
def test_queue__that_is_spoilt__is_found(queue: str, changes: dict[str, Any], fault: str) -> None:
    resources = spoilt(lambda r: r[queue]["Properties"].update(changes))
    assert faults_of_queues(resources) == {(queue, fault)}


def test_dead_letters__without_an_alarm__are_found() -> None:
    resources = spoilt(lambda r: r.pop("SettlementDeadLettersAlarm"))
    assert faults_of_queues(resources) == {("SettlementDeadLetters", "no alarm")}


def test_alarm__rings_at_the_first_dead_letter_and_at_no_missing_figure() -> None:
    properties = of_type("AWS::CloudWatch::Alarm")["SettlementDeadLettersAlarm"]["Properties"]
    assert (properties["Namespace"], properties["MetricName"], properties["Statistic"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        "Maximum",
    )
    assert properties["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["SettlementDeadLetters", "QueueName"]}}
    ]
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (
        0,
        "GreaterThanThreshold",
    )
    assert properties["EvaluationPeriods"] == 1
    assert properties["TreatMissingData"] == "notBreaching"


def test_visibility__is_looked_up_by_the_function_s_time() -> None:
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping").values()
    function = id_of_reference(mapping["Properties"]["FunctionName"])
    queue = id_of_reference(mapping["Properties"]["EventSourceArn"])
    resources = translated()["Resources"]
    assert resources[function]["Properties"]["Timeout"] == {"Ref": "ReconcileTimeout"}
    assert resources[queue]["Properties"]["VisibilityTimeout"] == {
        "Fn::FindInMap": ["ReconcileVisibility", {"Ref": "ReconcileTimeout"}, "Seconds"]
    }


def test_message__stays_with_its_worker_for_six_times_the_worker_s_time() -> None:
    timeout = template()["Parameters"]["ReconcileTimeout"]
    assert timeout["Default"] in timeout["AllowedValues"]
    assert template()["Mappings"]["ReconcileVisibility"] == {
        str(seconds): {"Seconds": TIMES_THE_FUNCTION * seconds}
        for seconds in timeout["AllowedValues"]
    }


def test_worker__has_a_message_for_itself_and_its_whole_time() -> None:
    (mapping,) = of_type("AWS::Lambda::EventSourceMapping").values()
    assert mapping["Properties"]["BatchSize"] == 1


def test_settlement_queue__takes_messages_of_s3_in_this_account_alone() -> None:
    (policy,) = of_type("AWS::SQS::QueuePolicy").values()
    assert policy["Properties"]["Queues"] == [{"Ref": "SettlementQueue"}]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    statement = {name: value for name, value in statement.items() if name != "Sid"}
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["SettlementQueue", "Arn"]},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
