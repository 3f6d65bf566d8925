"""The secrets that processors share with a local stack: made up once, then kept."""

import re
from typing import Any

import boto3
import pytest

from ops.local.processor_secrets import ensure_stripe_secret, put_secret


@pytest.fixture
def manager(aws: None) -> Any:
    """As the template leaves it: something made up, not in Stripe's form."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="stripe", SecretString="made up by the template")
    return client


def test_secret__not_stripes_yet__is_made_up_and_stored(manager: Any) -> None:
    secret = ensure_stripe_secret(manager, "stripe")
    assert re.fullmatch("whsec_[0-9a-f]{64}", secret)
    assert manager.get_secret_value(SecretId="stripe")["SecretString"] == secret


def test_secret__there_already__is_kept(manager: Any) -> None:
    first = ensure_stripe_secret(manager, "stripe")
    assert ensure_stripe_secret(manager, "stripe") == first


def test_secret__put_by_a_person__is_kept_and_the_first_of_several_is_told(manager: Any) -> None:
    manager.put_secret_value(SecretId="stripe", SecretString="whsec_mine whsec_other\n")
    assert ensure_stripe_secret(manager, "stripe") == "whsec_mine"
    assert manager.get_secret_value(SecretId="stripe")["SecretString"] == "whsec_mine whsec_other\n"


def test_simulated_secret__is_put_where_the_functions_look(manager: Any) -> None:
    manager.create_secret(Name="simulated", SecretString="made up by the template")
    put_secret(manager, "simulated", "simsec_1")
    assert manager.get_secret_value(SecretId="simulated")["SecretString"] == "simsec_1"


def test_simulated_secret__there_already__is_not_put_again(manager: Any) -> None:
    manager.create_secret(Name="simulated", SecretString="simsec_1")
    before = manager.get_secret_value(SecretId="simulated")["VersionId"]
    put_secret(manager, "simulated", "simsec_1")
    assert manager.get_secret_value(SecretId="simulated")["VersionId"] == before
