"""Who is calling, and what may they do?"""

from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.errors import Forbidden, InvalidRequest, Unauthorized

MERCHANT_SCOPES = (
    "payments:read",
    "payments:write",
    "refunds:write",
    "deposits:write",
    "balances:read",
    "ledger:read",
    "events:read",
)
OPERATOR_SCOPES = ("settlements:read", "settlements:write", "metrics:read")
ALL_SCOPES = MERCHANT_SCOPES + OPERATOR_SCOPES

OPERATOR = "operator"
"""Owner of the keys that belong to no merchant."""


def require_scopes(owner_id: str, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Check that the scopes exist and that their owner may hold them.

    Raises:
        InvalidRequest: for an unknown scope, none at all, or an operator's scope on a merchant's
            key.
    """
    if not scopes:
        raise InvalidRequest("a key needs at least one scope", param="scopes")
    unknown = [scope for scope in scopes if scope not in ALL_SCOPES]
    if unknown:
        raise InvalidRequest(
            f"unknown scope {unknown[0]!r}; there are: {', '.join(ALL_SCOPES)}", param="scopes"
        )
    forbidden = [scope for scope in scopes if scope in OPERATOR_SCOPES and owner_id != OPERATOR]
    if forbidden:
        raise InvalidRequest(f"{forbidden[0]!r} is never a merchant's", param="scopes")
    return tuple(dict.fromkeys(scopes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The caller, as the authorizer found it.

    Attributes:
        merchant_id: None for an operator.
        scopes: what the key allows.
        fee_basis_points: the merchant's own fee, or None for the stage's.
        expires_at: when the key stops working; checked at each call, since the authorizer's answer
            is cached.
        key_id: for the log.
        shards: how many the merchant's books have, or had a minute ago.
    """

    merchant_id: str | None
    scopes: frozenset[str]
    fee_basis_points: int | None
    expires_at: datetime | None
    key_id: str
    shards: int = 1

    def require_merchant(self, scope: str, *, now: datetime) -> str:
        """Return the merchant's id if this caller may use `scope` on a merchant's own things.

        Raises:
            Unauthorized: if the key has expired since the authorizer looked.
            Forbidden: without the scope, or for a key that belongs to no merchant.
        """
        self._require_scope(scope, now)
        if self.merchant_id is None:
            raise Forbidden("this API key belongs to no merchant")
        return self.merchant_id

    def require_operator(self, scope: str, *, now: datetime) -> None:
        """Return if this caller may use `scope`, one of the operator's.

        Raises:
            Unauthorized: if the key has expired since the authorizer looked.
            Forbidden: without the scope, or for a merchant's key, whatever its scopes say.
        """
        self._require_scope(scope, now)
        if self.merchant_id is not None:
            raise Forbidden("this API key belongs to a merchant")

    def require_owner(self, scope: str, *, now: datetime) -> str:
        """Return whose things this caller may use `scope` on: its merchant's id, or `operator`.

        Raises:
            Unauthorized: if the key has expired since the authorizer looked.
            Forbidden: without the scope.
        """
        self._require_scope(scope, now)
        return OPERATOR if self.merchant_id is None else self.merchant_id

    def require_unexpired(self, *, now: datetime) -> None:
        """Return if the key works still, whatever it allows.

        Raises:
            Unauthorized: if the key has expired since the authorizer looked.
        """
        if self.expires_at is not None and self.expires_at <= now:
            raise Unauthorized("the API key has expired")

    def _require_scope(self, scope: str, now: datetime) -> None:
        self.require_unexpired(now=now)
        if scope not in self.scopes:
            raise Forbidden(f"the API key lacks the scope {scope}")
