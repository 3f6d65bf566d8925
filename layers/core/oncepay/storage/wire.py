"""How is one DynamoDB request signed, sent and read, and no more than that?

botocore's own client checks and converts each request by the service's model, goes through some
thirty hooks and reads the reply by the model again. PynamoDB has all of that done already: what it
hands over is the request's JSON, and what it wants back is the reply's. This client takes the place
of botocore's under PynamoDB's connection. It signs with botocore's signer and botocore's
credentials, asked for anew at each request, raises botocore's errors, and never tries again by
itself.
"""

import json
from binascii import crc32
from contextlib import suppress
from typing import Any, cast

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import BotoCoreError, ChecksumError, ClientError, NoCredentialsError
from botocore.hooks import first_non_none_response
from botocore.parsers import ResponseParserError
from botocore.session import Session
from pynamodb.connection import Connection

from oncepay.storage.wire_address import Address, find_address, read_variable
from oncepay.storage.wire_connections import Connections
from oncepay.storage.wire_reply import Reply
from oncepay.storage.wire_session import BEFORE_SEND, open_session

TRANSPORT = "ONCEPAY_TRANSPORT"
"""The variable that says which client PynamoDB uses: `thin`, or `botocore` for botocore's own."""

SERVICE = "dynamodb"
TARGET = "DynamoDB_20120810"
_FIRST_ERROR = 300

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class UnknownTransport(ValueError):
    """The environment asks for a client that does not exist."""


class WireClient:
    """As much of botocore's client as PynamoDB's connection uses."""

    # PynamoDB makes a new client if this one's signer was made without credentials. Ours has none:
    # credentials that could not be found are looked for again by the next request.
    _request_signer = None

    def __init__(self, session: Session, region: str, address: Address) -> None:
        self._session = session
        self._region = region
        self._url = address.url
        self._connections = Connections(address, session)
        self._headers = {
            "Host": address.authority,
            "Content-Type": "application/x-amz-json-1.0",
            "User-Agent": session.user_agent(),
        }

    def _make_api_call(self, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
        """Send one request; the name is botocore's, and PynamoDB calls it.

        Raises:
            ClientError: DynamoDB refused.
            BotoCoreError: there was no whole reply, or there are no credentials.
            ResponseParserError, UnicodeDecodeError: what came is not to be understood.
        """
        request = self._sign(operation_name, _encode(api_params).encode())
        hooks = self._session.emit(f"{BEFORE_SEND}.{SERVICE}.{operation_name}", request=request)
        answered = first_non_none_response(hooks)
        if answered is None:
            reply = self._connections.post(request.headers, request.body)
        else:
            headers = {name.lower(): str(value) for name, value in answered.headers.items()}
            reply = Reply(answered.status_code, headers, answered.content)
        return _read(reply, operation_name)

    def close(self) -> None:
        """Let go of the connections; the next request makes a new one."""
        self._connections.close()

    def _sign(self, operation_name: str, body: bytes) -> Any:
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        headers: Any = {**self._headers, "X-Amz-Target": f"{TARGET}.{operation_name}"}
        request: Any = AWSPreparedRequest("POST", self._url, headers, body, False, context={})
        request.params = None
        SigV4Auth(credentials.get_frozen_credentials(), SERVICE, self._region).add_auth(request)
        return request


def open_client(connection: Connection, given_url: str | None) -> None:
    """Put the thin client under a connection, unless another is asked for or is needed.

    Raises:
        UnknownTransport: the environment asks for one that does not exist.
    """
    session = open_session(connection)
    transport = read_variable(session, TRANSPORT) or "thin"
    if transport not in {"thin", "botocore"}:
        raise UnknownTransport(f"{TRANSPORT} must be thin or botocore, not {transport!r}")
    if transport == "thin":
        with suppress(BotoCoreError):
            # What is wrong with a profile is said by botocore's client, at the first request.
            connection._client = cast("Any", _thin_client(session, connection.region, given_url))


def _thin_client(session: Session, region: str | None, given_url: str | None) -> WireClient | None:
    region = region or session.get_config_variable("region")
    if not region or session.get_default_client_config() is not None:
        return None
    address = find_address(session, region, given_url)
    return None if address is None else WireClient(session, region, address)


def _read(reply: Reply, operation_name: str) -> dict[str, Any]:
    expected = reply.headers.get("x-amz-crc32")
    if expected is not None and expected != (actual := str(crc32(reply.body))):
        raise ChecksumError(
            checksum_type="crc32", expected_checksum=expected, actual_checksum=actual
        )
    text = reply.body.decode()
    try:
        found = json.loads(text)
    except ValueError as error:
        if reply.status < _FIRST_ERROR:
            raise ResponseParserError("the reply is no JSON") from error
        found = {}
    if not isinstance(found, dict):
        raise ResponseParserError("the reply is no JSON object")
    if reply.status < _FIRST_ERROR:
        return found
    raise ClientError(cast("Any", _error(reply, found)), operation_name)


def _error(reply: Reply, found: dict[str, Any]) -> dict[str, Any]:
    # Such as com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException; without one, a
    # proxy or a load balancer answered.
    code = str(found.pop("__type", reply.status)).partition(":")[0].rpartition("#")[2]
    return {
        **found,
        "Error": {"Code": code, "Message": found.get("message", found.get("Message", ""))},
        "ResponseMetadata": {
            "RequestId": reply.headers.get("x-amzn-requestid", ""),
            "HTTPStatusCode": reply.status,
            "HTTPHeaders": dict(reply.headers),
            "RetryAttempts": 0,
        },
    }
