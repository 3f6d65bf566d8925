"""Is the settlement bucket shut to everyone else, and does it lose nothing? As sam translates it
for AWS.
"""

import json
from typing import Any

import pytest

from tests.architecture.translation import of_type, translated

BUCKET: dict[str, Any] = {"Fn::GetAtt": ["SettlementBucket", "Arn"]}


def properties() -> dict[str, Any]:
    found: dict[str, Any] = translated()["Resources"]["SettlementBucket"]["Properties"]
    return found


def test_bucket__there_is_one() -> None:
    assert set(of_type("AWS::S3::Bucket")) == {"SettlementBucket"}


def test_bucket__keeps_every_version() -> None:
    assert properties()["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize(
    "switch",
    ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"],
)
def test_bucket__is_never_public(switch: str) -> None:
    assert properties()["PublicAccessBlockConfiguration"][switch] is True


def test_bucket__owns_whatever_is_put_into_it() -> None:
    assert properties()["OwnershipControls"] == {
        "Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]
    }


def test_bucket__is_encrypted() -> None:
    (rule,) = properties()["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in {"AES256", "aws:kms"}


def test_bucket__lets_nobody_in_but_over_tls() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    assert policy["Properties"]["Bucket"] == {"Ref": "SettlementBucket"}
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    statement = {name: value for name, value in statement.items() if name != "Sid"}
    assert statement == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        # The bucket and what is in it: one alone would leave the other open.
        "Resource": [BUCKET, {"Fn::Sub": "${SettlementBucket.Arn}/*"}],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_bucket__announces_what_is_put_under_incoming_to_the_queue_and_nothing_else() -> None:
    assert properties()["NotificationConfiguration"] == {
        "QueueConfigurations": [
            {
                "Event": "s3:ObjectCreated:*",
                "Queue": {"Fn::GetAtt": ["SettlementQueue", "Arn"]},
                "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "incoming/"}]}},
            }
        ]
    }


def test_bucket__is_made_when_the_queue_takes_its_messages() -> None:
    # S3 tries the queue when the notification is set, and refuses one that it may not write to.
    resource = translated()["Resources"]["SettlementBucket"]
    assert resource["DependsOn"] == "SettlementQueuePolicy"


def test_bucket__outlives_the_stack() -> None:
    resource = translated()["Resources"]["SettlementBucket"]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_bucket__removes_half_an_upload_and_no_file() -> None:
    (rule,) = properties()["LifecycleConfiguration"]["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert "Expiration" not in json.dumps(rule)
