"""Is anything lost when a function fails and nobody waits for its answer? Every function that is
invoked without a caller who would see the failure has a place where what it failed at is kept. What
only a clock invokes is told nothing, so that nothing is lost; but its failures ring an alarm.

The rule looks at the template as sam translates it, so that it holds for functions to come too; the
second half of this file adds and takes away to see that the rule notices.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.architecture.translation import (
    Resources,
    id_of_reference,
    of_type,
    spoilt,
    translated,
    translated_beside,
)

# Who waits for a function's answer, and so sees it fail.
SYNCHRONOUS = {"apigateway.amazonaws.com"}


def losses(resources: Resources) -> set[str]:
    """Logical ids of what can lose an event: functions and event sources without dead letters."""
    lost = {
        function
        for function in invoked_and_not_waited_for(resources)
        if not _keeps_failures(function, resources)
        and not _is_told_nothing_and_missed(function, resources)
    }
    for name, mapping in of_type("AWS::Lambda::EventSourceMapping", resources).items():
        source = id_of_reference(mapping["Properties"]["EventSourceArn"])
        queue = of_type("AWS::SQS::Queue", resources).get(source)
        # A queue has its own dead letters. Of a stream, the mapping must say where they go.
        target = redrive_target(queue) if queue else _on_failure(mapping["Properties"])
        if target not in of_type("AWS::SQS::Queue", resources):
            lost.add(name)
    return lost


def invoked_and_not_waited_for(resources: Resources) -> Iterator[str]:
    """Functions that something may invoke asynchronously."""
    for permission in of_type("AWS::Lambda::Permission", resources).values():
        if permission["Properties"]["Principal"] not in SYNCHRONOUS:
            yield id_of_reference(permission["Properties"]["FunctionName"])
    for config in of_type("AWS::Lambda::EventInvokeConfig", resources).values():
        yield id_of_reference(config["Properties"]["FunctionName"])
    for schedule in of_type("AWS::Scheduler::Schedule", resources).values():
        yield id_of_reference(schedule["Properties"]["Target"]["Arn"])


def redrive_target(queue: dict[str, Any]) -> str:
    """The queue where another one's messages go that cannot be handled."""
    policy = queue["Properties"].get("RedrivePolicy", {})
    return id_of_reference(policy.get("deadLetterTargetArn"))


def _keeps_failures(function: str, resources: Resources) -> bool:
    properties = resources[function]["Properties"]
    places = [id_of_reference(properties.get("DeadLetterConfig", {}).get("TargetArn"))]
    for config in of_type("AWS::Lambda::EventInvokeConfig", resources).values():
        if id_of_reference(config["Properties"]["FunctionName"]) == function:
            places.append(_on_failure(config["Properties"]))
    return any(place in of_type("AWS::SQS::Queue", resources) for place in places)


def _is_told_nothing_and_missed(function: str, resources: Resources) -> bool:
    invokers = [
        permission["Properties"]
        for permission in of_type("AWS::Lambda::Permission", resources).values()
        if id_of_reference(permission["Properties"]["FunctionName"]) == function
    ]
    rules = of_type("AWS::Events::Rule", resources)
    sources = [rules.get(id_of_reference(invoker.get("SourceArn"))) for invoker in invokers]
    only_clocks = all(rule and "ScheduleExpression" in rule["Properties"] for rule in sources)
    return bool(sources) and only_clocks and function in _alarmed_when_failing(resources)


def _alarmed_when_failing(resources: Resources) -> set[str]:
    """Functions whose failed invocations ring an alarm."""
    return {
        id_of_reference(dimension["Value"])
        for alarm in of_type("AWS::CloudWatch::Alarm", resources).values()
        if (alarm["Properties"]["Namespace"], alarm["Properties"]["MetricName"])
        == ("AWS/Lambda", "Errors")
        for dimension in alarm["Properties"]["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }


def _on_failure(properties: dict[str, Any]) -> str:
    on_failure = properties.get("DestinationConfig", {}).get("OnFailure", {})
    return id_of_reference(on_failure.get("Destination"))


def test_nothing__is_lost_when_a_function_fails_unseen() -> None:
    assert losses(translated()["Resources"]) == set()


def test_functions_whose_failures_nobody_waits_for__are_reconcile_and_the_sweep() -> None:
    resources = translated()["Resources"]
    assert set(invoked_and_not_waited_for(resources)) == {"ReconcileFunction", "SweepFunction"}


def test_every_queue_that_a_function_reads__tells_which_messages_failed() -> None:
    # Without it one poison message takes the rest of its batch to the dead letters with it.
    for mapping in of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_reconcile__keeps_a_failed_event_as_it_was() -> None:
    # A destination would wrap it, and what is wrapped cannot be moved back to the queue.
    resources = translated()["Resources"]
    dead = resources["ReconcileFunction"]["Properties"]["DeadLetterConfig"]["TargetArn"]
    assert id_of_reference(dead) == redrive_target(resources["SettlementQueue"])
    for config in of_type("AWS::Lambda::EventInvokeConfig", resources).values():
        assert _on_failure(config["Properties"]) == ""


def test_reconcile__may_send_to_its_own_queue_as_often_as_it_has_to() -> None:
    # Lambda would stop such a loop after sixteen turns, in the middle of a file.
    reconcile = translated()["Resources"]["ReconcileFunction"]["Properties"]
    assert reconcile["RecursiveLoop"] == "Allow"


def test_reconcile__may_write_to_its_dead_letters() -> None:
    role = translated()["Resources"]["ReconcileFunctionRole"]["Properties"]
    granted = [
        statement["Action"]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if id_of_reference(statement["Resource"]) == "SettlementDeadLetters"
    ]
    assert granted == ["sqs:SendMessage"]


def a_function(**event: Any) -> dict[str, Any]:
    """A new function with one event source."""
    return {
        "Type": "AWS::Serverless::Function",
        "Properties": {"CodeUri": "functions/new", "Events": {"Source": event}},
    }


QUEUE_ARN = {"Fn::GetAtt": ["NewQueue", "Arn"]}
STREAM = {
    "Type": "DynamoDB",
    "Properties": {
        "Stream": {"Fn::GetAtt": ["PaymentsTable", "StreamArn"]},
        "StartingPosition": "LATEST",
    },
}
SCHEDULE = {"Schedule": "rate(5 minutes)"}
QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {}}
DEAD = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["SettlementDeadLetters", "Arn"]}}


@pytest.mark.parametrize(
    ("event", "who"),
    [
        pytest.param({"Type": "Schedule", "Properties": SCHEDULE}, "NewFunction", id="rule"),
        pytest.param(
            {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": "rate(5 minutes)"}},
            "NewFunction",
            id="schedule",
        ),
        pytest.param(
            {"Type": "SNS", "Properties": {"Topic": {"Ref": "AlarmTopicArn"}}},
            "NewFunction",
            id="topic",
        ),
        pytest.param(
            {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["aws.s3"]}}},
            "NewFunction",
            id="bus",
        ),
        pytest.param(
            {"Type": "SQS", "Properties": {"Queue": QUEUE_ARN}}, "NewFunctionSource", id="queue"
        ),
        pytest.param(STREAM, "NewFunctionSource", id="stream"),
    ],
)
def test_new_function__without_dead_letters__is_found(event: dict[str, Any], who: str) -> None:
    resources = translated_beside(NewFunction=a_function(**event), NewQueue=QUEUE)
    assert losses(resources) == {who}


def test_new_function_of_a_stream__with_a_destination__is_let_pass() -> None:
    destination = {"DestinationConfig": {"OnFailure": DEAD}}
    source = {"Type": "DynamoDB", "Properties": {**STREAM["Properties"], **destination}}  # type: ignore[dict-item]
    assert losses(translated_beside(NewFunction=a_function(**source))) == set()


def test_new_function_on_a_schedule__with_dead_letters__is_let_pass() -> None:
    function = a_function(Type="Schedule", Properties=SCHEDULE)
    function["Properties"]["DeadLetterQueue"] = {"Type": "SQS", "TargetArn": DEAD["Destination"]}
    assert losses(translated_beside(NewFunction=function)) == set()


def test_reconcile__without_a_place_for_failed_invocations__is_found() -> None:
    def take_away(resources: Resources) -> None:
        del resources["ReconcileFunction"]["Properties"]["DeadLetterConfig"]

    assert losses(spoilt(take_away)) == {"ReconcileFunction"}


def test_sweep__without_an_alarm__is_found() -> None:
    assert losses(spoilt(lambda r: r.pop("SweepAlarm"))) == {"SweepFunction"}


def test_sweep__invoked_by_more_than_its_clock__is_found() -> None:
    def invoke_by_events(resources: Resources) -> None:
        rule = resources["SweepFunctionEveryMinute"]["Properties"]
        del rule["ScheduleExpression"]
        rule["EventPattern"] = {"source": ["aws.s3"]}

    assert losses(spoilt(invoke_by_events)) == {"SweepFunction"}


def test_settlement_queue__without_dead_letters__is_found() -> None:
    def take_away(resources: Resources) -> None:
        del resources["SettlementQueue"]["Properties"]["RedrivePolicy"]

    assert losses(spoilt(take_away)) == {"ReconcileFunctionSettlementFiles"}
