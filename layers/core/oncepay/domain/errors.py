"""Everything that can go wrong, as one tree.

    PaymentsError
    ├── InvalidRequest              invalid_request           400
    │   └── IdempotencyKeyMissing   idempotency_key_missing   400
    ├── InvalidSignature            invalid_signature         400
    ├── Unauthorized                unauthorized              401
    ├── Forbidden                   forbidden                 403
    ├── NotFound                    not_found                 404
    ├── Conflict
    │   ├── RequestInProgress       request_in_progress       409
    │   └── InvalidTransition       invalid_transition        409
    ├── PayloadTooLarge             payload_too_large         413
    ├── UnsupportedMediaType        unsupported_media_type    415
    ├── Unprocessable
    │   ├── IdempotencyKeyReused    idempotency_key_reused    422
    │   ├── AmountTooLarge          amount_too_large          422
    │   ├── AmountExceedsCaptured   amount_exceeds_captured   422
    │   ├── AmountExceedsAuthorized amount_exceeds_authorized 422
    │   ├── CurrencyNotSupported    currency_not_supported    422
    │   ├── DepositBelowMinimum     deposit_below_minimum     422
    │   └── CardDataRefused         card_data_refused         422
    ├── RateLimited                 rate_limited              429
    ├── ProcessorUnavailable        processor_unavailable     502
    ├── OutcomeUnknown              outcome_unknown           503
    ├── StorageUnavailable          service_unavailable       503
    └── InternalError               internal_error            500

The HTTP status of each code is in `oncepay.api.problems`, which a test holds against this tree. A
declined payment is a result, not an error, and has no place here. An unknown outcome is never
turned into a decline.
"""

from typing import ClassVar


class PaymentsError(Exception):
    """Base of the tree.

    Attributes:
        code: the wire value, one per kind.
        retryable: whether the very same request, sent again under the same key, may succeed.
        detail: one sentence for the caller; never holds card data, secrets or raw input.
        param: the field, header or query parameter at fault, if one is.
    """

    code: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str, *, param: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.param = param


class InvalidRequest(PaymentsError):
    """The request does not have the form that the contract asks for."""

    code = "invalid_request"


class IdempotencyKeyMissing(InvalidRequest):
    """A request that creates or moves something came without its key."""

    code = "idempotency_key_missing"


class InvalidSignature(PaymentsError):
    """The body was not signed by whom it claims to come from, or not just now."""

    code = "invalid_signature"


class Unauthorized(PaymentsError):
    """Nobody we know is calling, or the credential has expired."""

    code = "unauthorized"


class Forbidden(PaymentsError):
    """We know who is calling, and they may not do this."""

    code = "forbidden"


class NotFound(PaymentsError):
    """It does not exist, or belongs to somebody else: the same answer."""

    code = "not_found"


class Conflict(PaymentsError):
    """The request is fine, but not in the present state of things."""


class RequestInProgress(Conflict):
    """The same request, sent before, is still being worked on."""

    code = "request_in_progress"
    retryable = True


class InvalidTransition(Conflict):
    """The payment's state does not allow the action."""

    code = "invalid_transition"


class PayloadTooLarge(PaymentsError):
    """The body is larger than we read."""

    code = "payload_too_large"


class UnsupportedMediaType(PaymentsError):
    """The body is not JSON in UTF-8."""

    code = "unsupported_media_type"


class Unprocessable(PaymentsError):
    """Well formed, but against a rule."""


class IdempotencyKeyReused(Unprocessable):
    """The key belongs to another request."""

    code = "idempotency_key_reused"


class AmountTooLarge(Unprocessable):
    """Above the greatest amount we move at once."""

    code = "amount_too_large"


class AmountExceedsCaptured(Unprocessable):
    """A refund of more than is left of what was captured."""

    code = "amount_exceeds_captured"


class AmountExceedsAuthorized(Unprocessable):
    """A capture of more than was authorized."""

    code = "amount_exceeds_authorized"


class CurrencyNotSupported(Unprocessable):
    """No such currency here."""

    code = "currency_not_supported"


class DepositBelowMinimum(Unprocessable):
    """Less than the least deposit of the currency."""

    code = "deposit_below_minimum"


class CardDataRefused(Unprocessable):
    """The request holds what looks like card data, which we never take."""

    code = "card_data_refused"


class RateLimited(PaymentsError):
    """Turned away before anything was done: too much at once."""

    code = "rate_limited"
    retryable = True


class ProcessorUnavailable(PaymentsError):
    """The processor was provably not asked; the same key asks it at once."""

    code = "processor_unavailable"
    retryable = True


class OutcomeUnknown(PaymentsError):
    """We lost sight of our own write: it may or may not have been done. The same key later tells
    the truth.
    """

    code = "outcome_unknown"
    retryable = True


class StorageUnavailable(PaymentsError):
    """A read could not be answered in time; nothing was changed."""

    code = "service_unavailable"
    retryable = True


class InternalError(PaymentsError):
    """A bug or a wrong deployment. Logged once, with the request id."""

    code = "internal_error"
    retryable = True
