"""What does the function webhook need to know?"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass

from oncepay.domain.processor_place import PAYPAL_LIVE, PAYPAL_SANDBOX
from oncepay.settings.at_processors import ProcessorSettings
from oncepay.settings.variables import (
    SettingsError,
    read_operation_tables,
    read_optional,
    read_text,
    read_usage_sampling,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Of the function webhook.

    Attributes:
        tables: by role.
        stripe_webhook_secret_id: of what Stripe signs with.
        paypal_webhook_id: of the secret that holds the id of our webhook at PayPal; None if PayPal
            is not configured.
        paypal_root: the certificate that vouches for PayPal's, in PEM; None for PayPal's own.
        processors: see there.
    """

    tables: Mapping[str, str]
    stripe_webhook_secret_id: str
    paypal_webhook_id: str | None
    paypal_root: bytes | None
    processors: ProcessorSettings
    usage_sampling: int

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "WebhookSettings":
        """Read; SettingsError if the function cannot work."""
        return cls(
            tables=read_operation_tables(environ)
            | {"settlements": read_text(environ, "SETTLEMENTS_TABLE")},
            stripe_webhook_secret_id=read_text(environ, "STRIPE_WEBHOOK_SECRET_ID"),
            paypal_webhook_id=(
                read_text(environ, "PAYPAL_WEBHOOK_ID_SECRET_ID")
                if read_optional(environ, "PAYPAL_URL")
                else None
            ),
            paypal_root=_paypal_root(environ),
            processors=ProcessorSettings.from_environ(environ),
            usage_sampling=read_usage_sampling(environ),
        )


def _paypal_root(environ: Mapping[str, str]) -> bytes | None:
    """PayPal's own are pinned in the code; any other server's has to be given."""
    root, url = _pem(environ, "PAYPAL_ROOT"), read_optional(environ, "PAYPAL_URL")
    if url is not None and (url.rstrip("/") in PAYPAL_LIVE + PAYPAL_SANDBOX) != (root is None):
        raise SettingsError(
            "the environment variable PAYPAL_ROOT must be given if PAYPAL_URL is not PayPal's own,"
            " and only then"
        )
    return root


def _pem(environ: Mapping[str, str], name: str) -> bytes | None:
    """A certificate, given as the base64 between its first and last line."""
    text = read_optional(environ, name)
    if text is None:
        return None
    try:
        b64decode(text, validate=True)
    except ValueError:
        raise SettingsError(f"the environment variable {name} must be base64") from None
    return f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()
