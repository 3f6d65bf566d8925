"""Where does the next page begin? A cursor is a position, signed for one owner, one list and one
filter.

Opaque to the client: a cursor of another owner, list or filter, or one that was changed, is
refused.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oncepay.domain.errors import InvalidRequest

SIGNATURE_BYTES = 16
"""128 of SHA-256's bits: a cursor grants nothing, it only must not be made up."""

MAX_CURSOR_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class CursorScope:
    """What a cursor is good for, and the secret that it is signed with (fetched only when
    needed).

    Attributes:
        owner_id: the merchant that may use it, or `operator`.
        path: the list's concrete path.
        filters: the query parameters that choose what is listed.
        secret: signs.
    """

    owner_id: str
    path: str
    filters: Mapping[str, str]
    secret: Callable[[], bytes]

    def write(self, position: str) -> str:
        """The cursor of a position."""
        encoded = position.encode()
        return base64.urlsafe_b64encode(self._sign(encoded) + encoded).decode().rstrip("=")

    def read(self, cursor: str) -> str:
        """The position of a cursor.

        Raises:
            InvalidRequest: unless this very scope wrote it.
        """
        refusal = InvalidRequest(
            "cursor is not one of this list and filter; begin again without it", param="cursor"
        )
        if not 1 <= len(cursor) <= MAX_CURSOR_CHARACTERS:
            raise refusal
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            decoded = base64.b64decode(padded, altchars=b"-_", validate=True)
            position = decoded[SIGNATURE_BYTES:].decode()
        except (binascii.Error, ValueError):
            raise refusal from None
        signature = decoded[:SIGNATURE_BYTES]
        if not hmac.compare_digest(signature, self._sign(decoded[SIGNATURE_BYTES:])):
            raise refusal
        return position

    def _sign(self, position: bytes) -> bytes:
        bound = json.dumps(
            [self.owner_id, self.path, sorted(self.filters.items())],
            separators=(",", ":"),
        )
        message = b"%d:%s%s" % (len(bound), bound.encode(), position)
        return hmac.new(self.secret(), message, hashlib.sha256).digest()[:SIGNATURE_BYTES]
