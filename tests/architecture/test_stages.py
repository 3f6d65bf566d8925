"""Is there one way in? Of the API as sam translates it for AWS."""

from tests.architecture.translation import of_type


def test_stage__there_is_one__throttled_and_logged() -> None:
    """Found in review: sam's default publishes another, called Stage, with neither."""
    (resource,) = of_type("AWS::ApiGateway::Stage").values()
    stage = resource["Properties"]
    assert stage["StageName"] == {"Ref": "Environment"}
    assert stage["AccessLogSetting"]
    (settings,) = stage["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    for deployment in of_type("AWS::ApiGateway::Deployment").values():
        assert "StageName" not in deployment["Properties"]
