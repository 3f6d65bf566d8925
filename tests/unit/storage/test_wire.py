"""The thin client: what it sends, what it makes of replies, and what it leaves to botocore."""

import datetime
import json
import threading
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import boto3
import botocore.auth
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.session import Session, get_session
from pynamodb.connection import Connection

from oncepay.storage import wire_connections
from oncepay.storage.wire import TRANSPORT, UnknownTransport, WireClient, open_client
from oncepay.storage.wire_address import find_address
from tests.ministack import free_port
from tests.unit.storage.scripted_server import HANG_UP, ScriptedServer, a_reply, running_server

REGION = "eu-central-1"
ANY = {"TableName": "payments", "Key": {"id": {"S": "ä"}}}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def session() -> Session:
    return get_session()


@pytest.fixture
def client(server: ScriptedServer, session: Session) -> Iterator[WireClient]:
    client = a_client(session, server.url)
    yield client
    client.close()


def a_client(session: Session, url: str) -> WireClient:
    address = find_address(session, REGION, url)
    assert address is not None
    return WireClient(session, REGION, address)


def ask(client: WireClient, operation: str = "Query", **parameters: Any) -> dict[str, Any]:
    return client._make_api_call(operation, parameters or ANY)


def test_request__is_the_json_of_the_parameters(server: ScriptedServer, client: WireClient) -> None:
    ask(client)
    head, body = server.requests[0]
    assert head.split("\r\n")[0] == "POST / HTTP/1.1"
    assert json.loads(body) == ANY
    assert server.header("Host") == server.url.removeprefix("http://")
    assert server.header("X-Amz-Target") == "DynamoDB_20120810.Query"
    assert server.header("Content-Type") == "application/x-amz-json-1.0"
    assert "Botocore/" in (server.header("User-Agent") or "")


def test_request__with_bytes__is_not_sent(server: ScriptedServer, client: WireClient) -> None:
    with pytest.raises(TypeError, match="bytes"):
        ask(client, Key={"id": {"B": b"\x00"}})
    assert server.requests == []


def test_signature__is_the_one_of_botocores_own_client(
    server: ScriptedServer, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.datetime(2026, 11, 21, 12, 0, 0)  # noqa: DTZ001
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: at)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token")
    ask(a_client(session, server.url))
    thin = server.header("Authorization")
    # A session of its own: the default one has the keys of whichever test made it.
    client = boto3.session.Session().client("dynamodb", region_name=REGION, endpoint_url=server.url)
    with_same_bytes = server.requests[0][1].decode()
    client.meta.events.register(
        "before-sign.dynamodb.*", lambda request, **_: setattr(request, "data", with_same_bytes)
    )
    client.query(TableName="payments", KeyConditionExpression="id = :id")
    client.close()
    assert server.header("X-Amz-Security-Token") == "a token"
    assert "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target" in str(
        thin
    )
    assert server.header("Authorization") == thin


def test_credentials__are_asked_for_at_every_request(
    server: ScriptedServer,
    client: WireClient,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Rotating(Credentials):
        count = 0

        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            self.count += 1
            return ReadOnlyCredentials(f"key-{self.count}", "secret", f"token-{self.count}")

    monkeypatch.setattr(session, "_credentials", Rotating("", ""))
    ask(client)
    ask(client)
    assert [server.header("X-Amz-Security-Token", i) for i in (0, 1)] == ["token-1", "token-2"]
    assert "Credential=key-2/" in str(server.header("Authorization"))


def test_credentials__absent_at_first__are_looked_for_again(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    client = a_client(get_session(), server.url)
    with pytest.raises(NoCredentialsError):
        ask(client)
    assert server.requests == []
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = late\naws_secret_access_key = s\n"
    )
    ask(client)
    client.close()
    assert "Credential=late/" in str(server.header("Authorization"))


def test_hooks__answer_in_place_of_the_server(
    server: ScriptedServer, client: WireClient, session: Session
) -> None:
    class Raw:
        def stream(self, **_: Any) -> list[bytes]:
            return [b'{"Items": []}']

    seen = []

    def hook(request: Any, **_: Any) -> Any:
        seen.append((request.method, request.url, request.body))
        return AWSResponse(request.url, 200, HTTPHeaders(), Raw())

    hooks: Any = session
    hooks.register("before-send.dynamodb.Query", hook)
    assert ask(client) == {"Items": []}
    assert seen == [("POST", f"{server.url}/", json.dumps(ANY, separators=(",", ":")).encode())]
    assert server.requests == []


def test_error__has_the_form_of_botocores(server: ScriptedServer, client: WireClient) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Item": {"id": {"S": "x"}}}]
    error = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "cancelled",
        "CancellationReasons": reasons,
    }
    server.script = [
        a_reply(json.dumps(error).encode(), "400 Bad Request", ("x-amzn-RequestId: abc",))
    ]
    with pytest.raises(ClientError) as caught:
        ask(client, "TransactWriteItems")
    response: Any = caught.value.response
    assert response["Error"] == {"Code": "TransactionCanceledException", "Message": "cancelled"}
    assert response["CancellationReasons"] == reasons
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["RequestId"] == "abc"
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == "abc"
    assert str(caught.value).startswith("An error occurred (TransactionCanceledException)")


@pytest.mark.parametrize(
    ("status", "body"),
    [("503 Slow Down", b"<html>busy</html>"), ("307 Moved", b""), ("400 Bad Request", b"[")],
    ids=["of a load balancer", "a redirect is not followed", "cut JSON"],
)
def test_error__that_is_not_dynamodbs__has_the_status_as_its_code(
    server: ScriptedServer, client: WireClient, status: str, body: bytes
) -> None:
    server.script = [a_reply(body, status, (f"Location: {server.url}/elsewhere",))]
    with pytest.raises(ClientError) as caught:
        ask(client)
    assert caught.value.response["Error"]["Code"] == status[:3]
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"Items": [', b"[1]", b"1"])
def test_reply__without_a_json_object__is_unreadable(
    server: ScriptedServer, client: WireClient, body: bytes
) -> None:
    server.script = [a_reply(body)]
    with pytest.raises(ResponseParserError):
        ask(client)


def test_reply__that_is_no_text__is_unreadable(server: ScriptedServer, client: WireClient) -> None:
    server.script = [a_reply(b"\xff\xfe{")]
    with pytest.raises(UnicodeDecodeError):
        ask(client)


@pytest.mark.parametrize("off_by", [0, 1])
def test_reply__with_a_checksum__is_checked(
    server: ScriptedServer, client: WireClient, off_by: int
) -> None:
    body = b'{"Items": []}'
    server.script = [a_reply(body, headers=(f"x-amz-crc32: {crc32(body) + off_by}",))]
    if off_by:
        with pytest.raises(ChecksumError):
            ask(client)
    else:
        assert ask(client) == {"Items": []}


def test_connection__is_kept(server: ScriptedServer, client: WireClient) -> None:
    for _ in range(3):
        ask(client)
    assert (server.accepted, len(server.requests)) == (1, 3)


def test_connection__after_close__is_made_anew(server: ScriptedServer, client: WireClient) -> None:
    ask(client)
    client.close()
    ask(client)
    assert server.accepted == 2


def test_connection__that_the_server_says_it_closes__is_not_used_again(
    server: ScriptedServer, client: WireClient
) -> None:
    server.script = [a_reply(headers=("Connection: close",))]
    ask(client)
    ask(client)
    assert server.accepted == 2


def test_connection__closed_while_idle__costs_no_failure(
    server: ScriptedServer, client: WireClient
) -> None:
    server.hangs_up = True
    ask(client)
    assert server.hung_up.acquire(timeout=5)
    ask(client)
    assert (server.accepted, len(server.requests)) == (2, 2)


@pytest.mark.parametrize(
    "reply",
    [HANG_UP, a_reply(length=10), b"HTTP/1.1 2", b"no HTTP at all\r\n\r\n"],
    ids=["nothing", "half a body", "half a line", "another protocol"],
)
def test_reply__that_breaks_off__is_a_closed_connection_and_not_asked_for_again(
    server: ScriptedServer, client: WireClient, reply: bytes
) -> None:
    server.script = [reply, a_reply()]
    server.hangs_up = True
    with pytest.raises(ConnectionClosedError):
        ask(client)
    assert len(server.requests) == 1
    assert ask(client) == {}


def test_reply__that_does_not_come__times_out(
    server: ScriptedServer, client: WireClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire_connections, "READ_TIMEOUT_SECONDS", 0.05)
    server.script = [None]
    with pytest.raises(ReadTimeoutError):
        ask(client)


def test_server__that_is_not_there__cannot_be_reached(session: Session) -> None:
    with pytest.raises(EndpointConnectionError):
        ask(a_client(session, f"http://127.0.0.1:{free_port()}"))


def test_threads__each_get_their_own_reply(server: ScriptedServer, client: WireClient) -> None:
    server.script = [b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n<body>"]
    wrong: list[Any] = []

    def ask_often(number: int) -> None:
        for turn in range(20):
            mine = {"n": f"{number}{turn:02}"}
            if ask(client, **mine) != mine:
                wrong.append(mine)

    threads = [threading.Thread(target=ask_often, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (wrong, len(server.requests)) == ([], 160)


@pytest.mark.parametrize(
    ("transport", "is_thin"), [(None, True), ("", True), ("thin", True), ("botocore", False)]
)
def test_transport__is_thin_unless_botocores_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, transport: str | None, is_thin: bool
) -> None:
    if transport is not None:
        monkeypatch.setenv(TRANSPORT, transport)
    connection = Connection(region=REGION)
    open_client(connection, None)
    assert isinstance(connection.client, WireClient) is is_thin


def test_transport__that_does_not_exist__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRANSPORT, "pigeon")
    with pytest.raises(UnknownTransport, match="must be thin or botocore, not 'pigeon'"):
        open_client(Connection(region=REGION), None)
