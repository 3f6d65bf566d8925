"""What is an API key? `sk_<env>_<id>_<secret>`; only a hash of the secret is kept.

The id is `<owner>-<key id>`, the owner being a merchant's id without `mer_`, or `operator`: one
read by it finds the key and its owner together. The secret has 160 random bits, so that a plain
SHA-256 of it cannot be guessed back.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.ledger import ItemKey
from oncepay.domain.principal import OPERATOR

SECRET_BYTES = 20
KEY_ID_BYTES = 5
MERCHANT_ID_BYTES = 10

_KEY = re.compile(r"sk_([a-z0-9]+)_([a-z0-9]+)-([a-z0-9]+)_([a-z2-7]{32})", re.ASCII)
MAX_KEY_CHARACTERS = 200


def base32(random: bytes) -> str:
    """Lower-case base32 without padding: no character that a shell, a URL or `_` could split."""
    return base64.b32encode(random).decode().lower().rstrip("=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Whose money it is. `fee_basis_points` None means the stage's fee; `shards` is how many each
    of its books has.
    """

    id: str
    name: str
    fee_basis_points: int | None
    created_at: datetime
    version: int = 1
    shards: int = 1

    @property
    def key(self) -> ItemKey:
        """Where the merchant is stored."""
        return ItemKey(self.id, "merchant")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is stored: without its secret."""

    owner_id: str
    key_id: str
    secret_sha256: str
    scopes: tuple[str, ...]
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    version: int = 1

    @property
    def key(self) -> ItemKey:
        """Where the key is stored: beside its owner."""
        return ItemKey(self.owner_id, f"api_key#{self.key_id}")

    @property
    def public_id(self) -> str:
        """The id part of the key, safe to show and to log."""
        return f"{self.owner_id.removeprefix('mer_')}-{self.key_id}"

    def is_usable(self, now: datetime) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentedKey:
    """A key as a caller sent it, taken apart."""

    environment: str
    owner_id: str
    key_id: str
    secret: str


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. No salt is needed: the secret is random, not chosen by a person."""
    return hashlib.sha256(secret.encode()).hexdigest()


def write_key(environment: str, api_key: ApiKey, secret: str) -> str:
    """The key as its owner is shown it, once."""
    return f"sk_{environment}_{api_key.public_id}_{secret}"


def parse_key(text: str) -> PresentedKey | None:
    """Take a presented key apart; None if it does not look like one."""
    if len(text) > MAX_KEY_CHARACTERS:
        return None
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    environment, owner, key_id, secret = match.groups()
    owner_id = owner if owner == OPERATOR else f"mer_{owner}"
    return PresentedKey(environment=environment, owner_id=owner_id, key_id=key_id, secret=secret)


def secret_matches(presented: PresentedKey, stored_sha256: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_secret(presented.secret), stored_sha256)
