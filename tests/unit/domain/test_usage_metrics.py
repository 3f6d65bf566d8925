"""The embedded metric format as CloudWatch reads it, and which metrics there are."""

from oncepay.domain.usage_metrics import MAX_METRICS, UNITS, embedded_metrics


def test_members__are_the_embedded_metric_format() -> None:
    """Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format", as of
    2026-11: the root node has `_aws` and every target member; `_aws` has a Timestamp in
    milliseconds and MetricDirectives of Namespace, Dimensions and Metrics; a dimension's target is
    a string, a metric's a number.
    """
    values = {"Calls": 1, "Milliseconds": 12, "WriteUnits": 9, "ReadUnits": 0.5}
    assert embedded_metrics("oncepay-dev-query", values, at_ms=1_795_262_400_123) == {
        "_aws": {
            "Timestamp": 1_795_262_400_123,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Oncepay",
                    "Dimensions": [["function"]],
                    "Metrics": [
                        {"Name": "Calls", "Unit": "Count"},
                        {"Name": "Milliseconds", "Unit": "Milliseconds"},
                        {"Name": "WriteUnits", "Unit": "Count"},
                        {"Name": "ReadUnits", "Unit": "Count"},
                    ],
                }
            ],
        },
        "function": "oncepay-dev-query",
        "Calls": 1,
        "Milliseconds": 12,
        "WriteUnits": 9,
        "ReadUnits": 0.5,
    }


def test_metrics__are_four_of_a_function_for_each_costs_by_the_month() -> None:
    assert list(UNITS) == ["Calls", "Milliseconds", "WriteUnits", "ReadUnits"]
    assert len(UNITS) <= MAX_METRICS == 100


def test_metric_that_is_zero__is_neither_named_nor_said() -> None:
    members = embedded_metrics("f", {"Calls": 1, "WriteUnits": 0.0}, at_ms=1)
    assert members["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "Calls", "Unit": "Count"}
    ]
    assert "WriteUnits" not in members
