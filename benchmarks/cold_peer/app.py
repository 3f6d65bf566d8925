"""The peer of the cold starts: peer (a), and its body read by pydantic, as Powertools' own parser
would have it. sam builds both as they are; see `cold_artifacts`.
"""

import importlib
from typing import Any, Literal

from pydantic import BaseModel, Field

# Peer (a) stands beside this file once sam builds it, and only there.
peer: Any = importlib.import_module("peer")


class Funding(BaseModel):
    """Where the money is to come from."""

    type: Literal["balance"]


class CreatePayment(BaseModel):
    """What a payment's body has to be."""

    amount_minor: int = Field(gt=0)
    currency: str = Field(pattern="[A-Z]{3}")
    funding: Funding
    customer_id: str | None = None
    description: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)


def handler(event: dict[str, Any], context: Any) -> Any:
    """Entry point of the Lambda function."""
    CreatePayment.model_validate_json(event["body"])
    return peer.handler(event, context)
