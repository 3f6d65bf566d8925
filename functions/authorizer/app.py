"""Who is calling: an API key -> merchant and scopes, as an API Gateway policy."""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from oncepay.api.authorizer_context import authorizer_context
from oncepay.api.cold_start import end_cold_start
from oncepay.api.usage_report import UsageReport
from oncepay.domain.errors import PaymentsError
from oncepay.domain.times import format_time
from oncepay.services.authenticate import authenticate
from oncepay.settings.authorizer import AuthorizerSettings
from oncepay.storage.budget import budget_of_invocation
from oncepay.storage.database import open_database

settings = AuthorizerSettings.from_environ(os.environ)
database = open_database(settings.tables)
logger = Logger()
usage_report = UsageReport(settings.usage_sampling)
end_cold_start(database)


class UnknownCallerError(Exception):
    """Nobody we know. API Gateway answers 401 to the message "Unauthorized", and 500 to any
    other."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function.

    The policy allows the whole stage, since it is cached by the Authorization header and another
    route may follow within the minute; what the caller may do is checked in the functions, from the
    scopes in the context.
    """
    started = time.perf_counter()
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    budget = budget_of_invocation(context.get_remaining_time_in_millis())
    try:
        principal = authenticate(
            headers.get("authorization") or "",
            environment=settings.environment,
            database=database,
            now=datetime.now(UTC),
            budget=budget,
        )
    except PaymentsError as error:
        # Closed, not open: without an answer from the directory nobody gets in.
        used = usage_report.members(context, started, budget.usage)
        logger.error("the directory did not answer", code=error.code, **used)
        raise
    used = usage_report.members(context, started, budget.usage)
    if principal is None:
        logger.info("refused", **used)
        raise UnknownCallerError("Unauthorized")
    logger.info("allowed", key_id=principal.key_id, merchant_id=principal.merchant_id, **used)
    expires_at = None if principal.expires_at is None else format_time(principal.expires_at)
    return {
        "principalId": principal.key_id,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Action": "execute-api:Invoke",
                    "Effect": "Allow",
                    "Resource": _whole_stage(event["methodArn"]),
                }
            ],
        },
        "context": authorizer_context(principal, expires_at),
    }


def _whole_stage(method_arn: str) -> str:
    # arn:aws:execute-api:region:account:api/stage/METHOD/path
    api, stage = method_arn.split("/")[:2]
    return f"{api}/{stage}/*"
