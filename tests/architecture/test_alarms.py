"""Does somebody hear of it when something needs a person? The alarms of the template, and the lines
of the logs that they are made of.
"""

import json
import logging
from typing import Any

import pytest

from oncepay.api.application import Application
from tests.architecture.translation import id_of_reference, of_type
from tests.events import LambdaContext, load_function, set_environment

# Source: CloudWatch Logs user guide, "Filter pattern syntax for JSON log events", as of 2026-11: an
# asterisk stands for any text, and a line without the member does not match.
PATTERN = '{ $.alarm = "*" }'
METRIC = ({"Ref": "AWS::StackName"}, "NeedsAPerson")
# The functions that work at processors, by their log groups.
TELL_OF_ALARMS = {"ProcessPaymentLogs", "WebhookLogs", "SweepLogs"}


def properties_of(alarm: str) -> dict[str, Any]:
    found: dict[str, Any] = of_type("AWS::CloudWatch::Alarm")[alarm]["Properties"]
    return found


def test_alarms__are_three() -> None:
    assert set(of_type("AWS::CloudWatch::Alarm")) == {
        "NeedsAPersonAlarm",
        "SettlementDeadLettersAlarm",
        "SweepAlarm",
    }


@pytest.mark.parametrize("alarm", sorted(of_type("AWS::CloudWatch::Alarm")))
def test_alarm__is_told_to_the_topic_if_there_is_one(alarm: str) -> None:
    assert properties_of(alarm)["AlarmActions"] == {
        "Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]
    }


@pytest.mark.parametrize("alarm", sorted(of_type("AWS::CloudWatch::Alarm")))
def test_alarm__does_not_ring_when_there_is_no_figure(alarm: str) -> None:
    assert properties_of(alarm)["TreatMissingData"] == "notBreaching"


def test_log_lines_that_need_a_person__are_counted_of_every_function_that_writes_them() -> None:
    filters = of_type("AWS::Logs::MetricFilter").values()
    counted = [id_of_reference(each["Properties"]["LogGroupName"]) for each in filters]
    assert sorted(counted) == sorted(TELL_OF_ALARMS)


@pytest.mark.parametrize("name", sorted(of_type("AWS::Logs::MetricFilter")))
def test_metric_filter__counts_each_such_line_once(name: str) -> None:
    properties = of_type("AWS::Logs::MetricFilter")[name]["Properties"]
    assert properties["FilterPattern"] == PATTERN
    (transformation,) = properties["MetricTransformations"]
    assert (transformation["MetricNamespace"], transformation["MetricName"]) == METRIC
    assert transformation["MetricValue"] == "1"


def test_needs_a_person__rings_at_the_first_such_line() -> None:
    properties = properties_of("NeedsAPersonAlarm")
    assert (properties["Namespace"], properties["MetricName"]) == METRIC
    # A dimension would be another metric, which nothing is written to.
    assert "Dimensions" not in properties
    assert (properties["Statistic"], properties["Threshold"], properties["ComparisonOperator"]) == (
        "Sum",
        0,
        "GreaterThanThreshold",
    )


def test_needs_a_person__goes_on_as_long_as_the_sweep_says_it_again() -> None:
    # Once an hour: `domain.operation` puts off its later looks for so long.
    assert properties_of("NeedsAPersonAlarm")["Period"] == 3600


def test_sweep_alarm__rings_when_most_minutes_fail() -> None:
    properties = properties_of("SweepAlarm")
    assert (properties["Namespace"], properties["MetricName"]) == ("AWS/Lambda", "Errors")
    assert properties["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "SweepFunction"}}]
    minutes = properties["Period"] / 60
    assert 0 < properties["Threshold"] < minutes


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Any:
    """The last line that was logged, as it stands in CloudWatch."""

    def last() -> dict[str, Any]:
        formatter = logging.getLogger("tests").handlers[0].formatter
        assert formatter is not None
        line: dict[str, Any] = json.loads(formatter.format(caplog.records[-1]))
        return line

    return last


def test_alarm_of_an_http_function__is_a_line_that_the_filter_finds(logged: Any) -> None:
    Application().alarm("unfit_answer", {"payment_id": "pay_1"})
    line = logged()
    assert (line["alarm"], line["payment_id"], line["level"]) == ("unfit_answer", "pay_1", "ERROR")


def test_alarm_of_the_sweep__is_a_line_that_the_filter_finds(
    logged: Any, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, tables)
    load_function("sweep")._alarm("unknown_outcome", {"age_seconds": 900})
    line = logged()
    assert (line["alarm"], line["age_seconds"], line["level"]) == ("unknown_outcome", 900, "ERROR")


def test_line_of_a_request__is_none_that_the_filter_finds(
    logged: Any, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_environment(monkeypatch, tables)
    module = load_function("sweep")
    module.handler({}, LambdaContext(60_000))
    assert "alarm" not in logged()
