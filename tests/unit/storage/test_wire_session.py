"""The thin client's session: whose keys it has, and which hooks."""

from typing import Any

import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import get_session
from pynamodb.connection import Connection

from oncepay.storage.wire_session import open_session


def a_connection(**keys: Any) -> Connection:
    return Connection(region="us-east-1", host="http://127.0.0.1:1", **keys)


def keys_of(connection: Connection) -> tuple[str, str, str | None]:
    credentials = open_session(connection).get_credentials()
    assert credentials is not None
    return credentials.access_key, credentials.secret_key, credentials.token


def test_session__of_a_connection_with_keys__has_them() -> None:
    connection = a_connection(
        aws_access_key_id="given", aws_secret_access_key="secret", aws_session_token="token"
    )
    assert keys_of(connection) == ("given", "secret", "token")


def test_session__of_a_connection_without_keys__has_the_environment_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    assert keys_of(a_connection()) == ("from-environment", "secret", None)


def test_session__has_the_hooks_that_answer_requests_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[int] = []
    hooks: list[Any] = [
        ("before-send", lambda **_: called.append(1)),
        ("before-sign", lambda **_: 1 / 0),
    ]
    monkeypatch.setattr("oncepay.storage.wire_session.BUILTIN_HANDLERS", hooks)
    session = open_session(a_connection())
    session.emit("before-send.dynamodb.PutItem", request=None)
    session.emit("before-sign.dynamodb.PutItem", request=None)
    assert called == [1]


def test_hooks_of_botocore_s_own__answer_no_request() -> None:
    # If botocore itself comes to have one, it has to be looked at whether it is wanted here.
    modules = {
        getattr(hook, "__module__", "")
        for event, hook, *_ in BUILTIN_HANDLERS
        if event.startswith("before-send")
    }
    assert [name for name in modules if name.startswith("botocore.")] == []
    assert get_session().user_agent() == open_session(a_connection()).user_agent()
