"""What does one HTTP call bring along? API Gateway's event, read once into the words that the
routes need.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from oncepay.api.bodies import (
    decode_body,
    decode_bytes,
    fingerprint_of,
    parse_object,
    require_json,
)
from oncepay.api.fields import Parameters
from oncepay.api.idempotency_keys import HEADER, idempotency_key_of
from oncepay.api.problems import Place
from oncepay.domain.errors import Forbidden, Unauthorized
from oncepay.domain.idempotency import IdempotentRequest
from oncepay.domain.principal import OPERATOR, Principal
from oncepay.domain.times import parse_time
from oncepay.storage.budget import Budget

if TYPE_CHECKING:
    from oncepay.domain.operation import Origin


@dataclass(frozen=True, slots=True)
class Posted:
    """A POST that makes or moves something: who asks, for what, and under which key."""

    principal: Principal
    body: dict[str, Any]
    request: IdempotentRequest


@dataclass(slots=True)
class Call:
    """One request.

    Attributes:
        method: such as POST.
        route: the path as the template names it, such as /v1/payments/{id}; safe to log.
        path: the concrete path, without stage or base path; what idempotency is scoped by.
        request_id: API Gateway's.
        now: the time of the call, aware, in UTC.
        budget: the time left.
        notes: what the log line of the request is to say besides.
    """

    method: str
    route: str
    path: str
    request_id: str
    headers: Mapping[str, list[str]]
    parameters: Mapping[str, list[str]]
    authorizer: Mapping[str, Any]
    raw_body: str | None
    is_base64: bool
    now: datetime
    budget: Budget
    notes: dict[str, object] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Where a problem of this call arose."""
        return Place(self.path, self.request_id)

    @property
    def origin(self) -> "Origin":
        """The same, kept with an operation for the problem that it may end in."""
        # Only work at a processor is kept like that; other cold starts are spared its classes.
        from oncepay.domain.operation import Origin

        return Origin(self.path, self.request_id)

    def require_merchant(self, scope: str) -> tuple[str, Principal]:
        """The calling merchant's id, if it may use `scope`.

        Raises:
            Unauthorized, Forbidden: see `Principal.require_merchant`.
        """
        principal = _principal(self.authorizer)
        self.notes["key_id"] = principal.key_id
        merchant_id = principal.require_merchant(scope, now=self.now)
        self.notes["merchant_id"] = merchant_id
        return merchant_id, principal

    def require_operator(self, scope: str) -> Principal:
        """The caller, if it is an operator that may use `scope`.

        Raises:
            Unauthorized, Forbidden: see `Principal.require_operator`.
        """
        principal = _principal(self.authorizer)
        self.notes["key_id"] = principal.key_id
        principal.require_operator(scope, now=self.now)
        return principal

    def require_owner(self, scope: str) -> str:
        """Whose things the caller may use `scope` on: its merchant's, or the operator's.

        Raises:
            Unauthorized, Forbidden: see `Principal.require_owner`.
        """
        principal = _principal(self.authorizer)
        self.notes["key_id"] = principal.key_id
        owner_id = principal.require_owner(scope, now=self.now)
        if owner_id != OPERATOR:
            self.notes["merchant_id"] = owner_id
        return owner_id

    def require_anybody(self) -> Principal:
        """The caller, with any key that works.

        Raises:
            Unauthorized: see `Principal.require_unexpired`.
        """
        principal = _principal(self.authorizer)
        self.notes["key_id"] = principal.key_id
        principal.require_unexpired(now=self.now)
        return principal

    def read_body(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object.

        Raises:
            UnsupportedMediaType, PayloadTooLarge, InvalidRequest, CardDataRefused: see
            `api.bodies`.
        """
        text = decode_body(self.raw_body, is_base64=self.is_base64)
        if not text.strip():
            return {}
        require_json(self._header("content-type"), self._header("content-encoding"))
        return parse_object(text)

    def read_bytes(self, *, maximum: int) -> bytes:
        """The body, byte for byte; an empty body is no bytes.

        Raises:
            PayloadTooLarge, InvalidRequest: see `api.bodies.decode_bytes`.
        """
        return decode_bytes(self.raw_body, is_base64=self.is_base64, maximum=maximum)

    def idempotent_request(self, owner_id: str, body: dict[str, Any]) -> IdempotentRequest:
        """Who asks what, under which key: a merchant, or the operator, whoever holds its API key.

        Raises:
            IdempotencyKeyMissing, InvalidRequest: see `api.idempotency_keys`.
        """
        return IdempotentRequest(
            merchant_id=owner_id,
            method=self.method,
            path=self.path,
            key=idempotency_key_of(self.headers.get(HEADER.lower(), []), body),
            fingerprint=fingerprint_of(body),
        )

    def read_post(self, scope: str) -> Posted:
        """Read a POST that makes or moves something, if the caller's merchant may.

        Raises:
            Unauthorized, Forbidden: see `Principal.require_merchant`.
            InvalidRequest, and its kin: see `read_body` and `idempotent_request`.
        """
        merchant_id, principal = self.require_merchant(scope)
        return self._read_post_of(merchant_id, principal)

    def read_operators_post(self, scope: str) -> Posted:
        """The same, if an operator is calling and may.

        Raises:
            Unauthorized, Forbidden: see `Principal.require_operator`.
            InvalidRequest, and its kin: see `read_body` and `idempotent_request`.
        """
        return self._read_post_of(OPERATOR, self.require_operator(scope))

    def read_parameters(self) -> Parameters:
        """The query parameters."""
        return Parameters(self.parameters)

    def _read_post_of(self, owner_id: str, principal: Principal) -> Posted:
        self.read_parameters().refuse_rest()
        body = self.read_body()
        return Posted(principal, body, self.idempotent_request(owner_id, body))

    def _header(self, name: str) -> str | None:
        values = self.headers.get(name)
        return ", ".join(values) if values else None


def read_call(event: Mapping[str, Any], *, now: datetime, budget: Budget) -> Call:
    """Read API Gateway's REST proxy event."""
    route = event.get("resource") or event["path"]
    context = event.get("requestContext") or {}
    return Call(
        method=event["httpMethod"],
        route=route,
        path=_concrete_path(route, event.get("pathParameters") or {}),
        request_id=str(context.get("requestId") or "none"),
        headers=_headers(event),
        parameters=_parameters(event),
        authorizer=context.get("authorizer") or {},
        raw_body=event.get("body"),
        is_base64=bool(event.get("isBase64Encoded")),
        now=now,
        budget=budget,
    )


def _concrete_path(route: str, parameters: Mapping[str, str]) -> str:
    # Not the event's path: that one has a custom domain's base path in front.
    path = route
    for name, value in parameters.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _headers(event: Mapping[str, Any]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, values in (event.get("multiValueHeaders") or {}).items():
        found.setdefault(name.lower(), []).extend(values)
    for name, value in (event.get("headers") or {}).items():
        found.setdefault(name.lower(), [value])
    return found


def _parameters(event: Mapping[str, Any]) -> dict[str, list[str]]:
    found = {
        name: list(values)
        for name, values in (event.get("multiValueQueryStringParameters") or {}).items()
    }
    for name, value in (event.get("queryStringParameters") or {}).items():
        found.setdefault(name, [value])
    return found


def _principal(authorizer: Mapping[str, Any]) -> Principal:
    if not authorizer.get("key_id"):
        raise Unauthorized("send an API key: Authorization: Bearer sk_...")
    fee = authorizer.get("fee_basis_points")
    expires_at = authorizer.get("expires_at")
    if authorizer.get("scopes") is None:
        raise Forbidden("the API key allows nothing")
    return Principal(
        merchant_id=authorizer.get("merchant_id") or None,
        scopes=frozenset(str(authorizer["scopes"]).split()),
        fee_basis_points=int(fee) if fee not in (None, "") else None,
        expires_at=parse_time(expires_at, param="expires_at") if expires_at else None,
        key_id=str(authorizer["key_id"]),
        # Absent from what was cached before there were shards.
        shards=int(authorizer.get("shards") or 1),
    )
