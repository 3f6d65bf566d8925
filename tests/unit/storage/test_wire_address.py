"""Where the thin client goes, and when it leaves the way to botocore."""

from pathlib import Path

import pytest
from botocore.session import get_session
from pynamodb.connection import Connection

from oncepay.storage.wire import open_client
from oncepay.storage.wire_address import find_address


def address_of(region: str = "eu-central-1", url: str | None = None) -> str | None:
    address = find_address(get_session(), region, url)
    return address.url if address else None


@pytest.mark.parametrize(
    "region",
    ["us-east-1", "eu-central-1", "ap-southeast-2", "il-central-1", "mx-central-1", "cn-north-1"],
)
def test_address__of_a_region__is_botocores(region: str) -> None:
    client = get_session().create_client("dynamodb", region_name=region)
    expected = client.meta.endpoint_url
    client.close()
    assert address_of(region) == f"{expected}/"


@pytest.mark.parametrize(
    "region",
    ["us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "local", "us-east-1 "],
)
def test_address__of_an_uncommon_region__is_left_to_botocore(region: str) -> None:
    assert address_of(region) is None


def test_address__what_goes_by_no_proxy_is_told__needs_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    assert address_of() == "https://dynamodb.eu-central-1.amazonaws.com/"


def test_address__given__comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://environment:1")
    assert address_of(url="http://given:1") == "http://given:1/"


def test_address__of_the_service__comes_before_that_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all:1")
    assert address_of() == "http://all:1/"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://service:1")
    assert address_of() == "http://service:1/"


def test_address__of_the_environment__can_be_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all:1")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert address_of() == "https://dynamodb.eu-central-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "true"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "required"),
        ("BOTOCORE_TCP_KEEPALIVE", "true"),
        ("HTTPS_PROXY", "http://proxy:3128"),
    ],
)
def test_address__when_more_is_asked_for__is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert address_of() is None


@pytest.mark.parametrize(
    "url",
    ["http://host/path", "http://host/?a=b", "http://me@host/", "ftp://host", "host", "http://a b"],
)
def test_address__of_a_form_it_does_not_know__is_left_to_botocore(url: str) -> None:
    assert address_of(url=url) is None


@pytest.mark.parametrize("setting", ["endpoint_url = http://profile:1", "services = mine"])
def test_address__named_by_the_profile__is_left_to_botocore(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, setting: str
) -> None:
    config = tmp_path / "config"
    config.write_text(f"[default]\n{setting}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    assert address_of() is None


def test_profile__that_does_not_exist__is_left_to_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    connection = Connection(region="eu-central-1")
    open_client(connection, None)
    assert connection._client is None


def test_region__that_nobody_names__is_left_to_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION")
    connection = Connection()
    open_client(connection, None)
    assert connection._client is None
