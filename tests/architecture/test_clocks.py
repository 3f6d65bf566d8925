"""Are the clocks in order? What comes before a call to a processor, the call, and what comes after
it must fit into the function's time, and API Gateway must still be waiting at its end.

The functions assert it at their cold start, on what the template tells them; here it is held
against the times that Lambda really gives them.
"""

import copy
from typing import Any

import pytest

from oncepay.domain.operation import FIRST_PAUSE
from oncepay.settings.at_processors import MAX_FUNCTION_SECONDS, RESERVE_SECONDS, SETTLE_SECONDS
from oncepay.settings.process_payment import ProcessPaymentSettings
from oncepay.settings.sweep import MAX_SWEEP_SECONDS
from oncepay.settings.variables import SettingsError
from oncepay.storage.budget import LAST_ATTEMPT_SECONDS
from tests.architecture.test_environment import SETTINGS, WORKS_AT_PROCESSORS, environment_of
from tests.template_tables import template

GATEWAY_WAITS_SECONDS = 29
"""Source: API Gateway quotas, integration timeout of a REST API, as of 2026-11."""


def faults_of_clocks(described: dict[str, Any]) -> set[str]:
    """Functions whose clocks are not in order, in a template's own words and defaults."""
    parameters = described["Parameters"]

    def seconds(said: Any) -> float:
        return float(parameters[said["Ref"]]["Default"] if isinstance(said, dict) else said)

    faults = set()
    for name, resource in described["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        variables = properties["Environment"]["Variables"]
        if "PROCESSOR_TIMEOUT_SECONDS" not in variables:
            continue
        timeout = seconds(properties.get("Timeout", described["Globals"]["Function"]["Timeout"]))
        needed = RESERVE_SECONDS + seconds(variables["PROCESSOR_TIMEOUT_SECONDS"]) + SETTLE_SECONDS
        by_api = any(event["Type"] == "Api" for event in properties["Events"].values())
        told = seconds(variables["FUNCTION_TIMEOUT_SECONDS"])
        # The lease, and so who may take over, hangs on what the function is told.
        too_long = timeout > MAX_FUNCTION_SECONDS if by_api else timeout > MAX_SWEEP_SECONDS
        if told != timeout or needed >= timeout or too_long:
            faults.add(name)
    return faults


def spoilt_clocks(*path: str, value: Any) -> set[str]:
    """Faults of the template with one number changed."""
    described = copy.deepcopy(template())
    place = described
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return faults_of_clocks(described)


def test_clocks__are_in_order() -> None:
    assert faults_of_clocks(template()) == set()


BY_API = {"ProcessPaymentFunction", "WebhookFunction"}
SWEEP = ("Resources", "SweepFunction", "Properties")


@pytest.mark.parametrize(
    ("path", "value", "faulty"),
    [
        pytest.param(
            ("Parameters", "ProcessorTimeout", "Default"), 14, BY_API, id="processor too slow"
        ),
        pytest.param(
            ("Parameters", "ProcessPaymentTimeout", "Default"), 21, BY_API, id="function too short"
        ),
        pytest.param(
            ("Parameters", "ProcessPaymentTimeout", "Default"), 28, BY_API, id="longer than waited"
        ),
        pytest.param((*SWEEP, "Timeout"), 21, {"SweepFunction"}, id="sweep too short"),
        pytest.param((*SWEEP, "Timeout"), 61, {"SweepFunction"}, id="sweep told otherwise"),
        pytest.param(
            (*SWEEP, "Environment", "Variables", "FUNCTION_TIMEOUT_SECONDS"),
            59,
            {"SweepFunction"},
            id="sweep is told otherwise",
        ),
        pytest.param(
            ("Resources", "WebhookFunction", "Properties", "Timeout"),
            26,
            {"WebhookFunction"},
            id="webhook told otherwise",
        ),
    ],
)
def test_clocks__with_a_number_changed__are_found(
    path: tuple[str, ...], value: int, faulty: set[str]
) -> None:
    assert spoilt_clocks(*path, value=value) == faulty


def test_functions_that_call_processors__are_those_that_know_the_time_of_a_call() -> None:
    knowing = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        and "PROCESSOR_TIMEOUT_SECONDS" in resource["Properties"]["Environment"]["Variables"]
    }
    assert knowing == set(WORKS_AT_PROCESSORS)


def test_longest_function__ends_before_the_gateway_stops_waiting() -> None:
    timeout = template()["Parameters"]["ProcessPaymentTimeout"]
    assert timeout["MaxValue"] == MAX_FUNCTION_SECONDS
    assert MAX_FUNCTION_SECONDS < GATEWAY_WAITS_SECONDS


def test_slowest_processor_that_may_be_set__fits_into_the_longest_function() -> None:
    slowest = str(template()["Parameters"]["ProcessorTimeout"]["MaxValue"])
    longest = str(template()["Parameters"]["ProcessPaymentTimeout"]["MaxValue"])
    for function in WORKS_AT_PROCESSORS:
        environ = environment_of(function, ProcessorTimeout=slowest, ProcessPaymentTimeout=longest)
        SETTINGS[function].from_environ(environ)


def test_parameters_in_the_wrong_order__are_refused_at_the_cold_start() -> None:
    environ = environment_of(
        "ProcessPaymentFunction", ProcessorTimeout="10", ProcessPaymentTimeout="21"
    )
    with pytest.raises(SettingsError, match="PROCESSOR_TIMEOUT_SECONDS"):
        ProcessPaymentSettings.from_environ(environ)


def test_what_comes_before_and_after_a_call__has_time_for_a_last_attempt_at_dynamodb() -> None:
    assert min(RESERVE_SECONDS, SETTLE_SECONDS) > LAST_ATTEMPT_SECONDS


def test_sweep__runs_every_minute_and_ends_before_it_looks_at_the_same_again() -> None:
    sweep = template()["Resources"]["SweepFunction"]["Properties"]
    (event,) = sweep["Events"].values()
    assert (event["Type"], event["Properties"]["Schedule"]) == ("Schedule", "rate(1 minute)")
    assert sweep["Timeout"] < FIRST_PAUSE.total_seconds()


def test_sweep__that_fails__is_left_to_the_next_minute() -> None:
    sweep = template()["Resources"]["SweepFunction"]["Properties"]
    assert sweep["EventInvokeConfig"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60}
