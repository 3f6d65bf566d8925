"""Is there one way in? Of the API as sam translates it for AWS."""

from typing import Any

from tests.architecture.test_permissions import translated


def of_type(kind: str) -> list[dict[str, Any]]:
    resources = translated()["Resources"].values()
    return [resource["Properties"] for resource in resources if resource["Type"] == kind]


def test_stage__there_is_one__throttled_and_logged() -> None:
    """Found in review: sam's default publishes another, called Stage, with neither."""
    (stage,) = of_type("AWS::ApiGateway::Stage")
    assert stage["StageName"] == {"Ref": "Environment"}
    assert stage["AccessLogSetting"]
    (settings,) = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    for deployment in of_type("AWS::ApiGateway::Deployment"):
        assert "StageName" not in deployment
