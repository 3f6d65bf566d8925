"""How does a function speak HTTP? Routes on Powertools' resolver; every answer and every error
leaves by one door.

A handler never raises to the gateway, which would show the exception to the caller: whatever
happens is answered, and logged in one structured line. Logged are ids, codes, times and costs;
never a body, a header, a query or a path as the caller wrote it.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response

from oncepay.api.calls import Call, read_call
from oncepay.api.error_notes import notes_of
from oncepay.api.problems import MEDIA_TYPE, Place, headers_of, problem_of
from oncepay.api.usage_report import UsageReport
from oncepay.domain.errors import InternalError, NotFound, PaymentsError
from oncepay.domain.idempotency import Answer, Outcome
from oncepay.storage.budget import Budget, budget_of_invocation

JSON = "application/json"
STANDARD_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC)


type Route = Callable[..., Response[str]]


class Application:
    """The HTTP side of one function.

    Routes are added with `get` and `post`, by the path that the template names; a route finds its
    call in `call`.

    Args:
        usage_sampling: one call in so many says what it used; 0 is none.
        clock: what time it is, aware, in UTC.
    """

    def __init__(self, usage_sampling: int = 0, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.clock = clock
        self._usage_report = UsageReport(usage_sampling)
        self._resolver = APIGatewayRestResolver()
        self._resolver.not_found(self._answer_not_found)
        self._resolver.exception_handler(Exception)(self._answer_error)
        self._logger = Logger()
        self._call: Call | None = None

    def get(self, path: str) -> Callable[[Route], Route]:
        """Add a route; `<name>` in the path is a parameter."""
        return self._resolver.get(path)

    def post(self, path: str) -> Callable[[Route], Route]:
        """Add a route; `<name>` in the path is a parameter."""
        return self._resolver.post(path)

    @property
    def call(self) -> Call:
        """The call being answered."""
        if self._call is None:
            raise InternalError("no call is being answered")
        return self._call

    def handle(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        """Answer one event of API Gateway; never raises."""
        started = time.perf_counter()
        self._call = None
        notes: dict[str, object] = {}
        try:
            budget = _budget(context)
            self._call = read_call(event, now=self.clock(), budget=budget)
            notes = self._call.notes
            # The concrete path without stage or base path, so that routes match behind a custom
            # domain too.
            routed = {**event, "path": self._call.path}
            answer: dict[str, Any] = self._resolver.resolve(routed, context)
        except Exception as error:
            place = self._call.place if self._call else Place("", _request_id(event))
            answer = _as_event(self._problem(error, place))
        self._log(answer, notes, self._usage_of(context, started), started)
        return answer

    def alarm(self, name: str, facts: Mapping[str, Any]) -> None:
        """Tell what needs a person: the template makes a metric of these lines, and an alarm."""
        self._logger.error(f"alarm: {name}", extra={"alarm": name, **facts})

    def reply(self, outcome: Answer | Outcome) -> Response[str]:
        """Send an answer, made now or replayed."""
        if isinstance(outcome, Outcome):
            replayed = {"Idempotent-Replayed": "true"} if outcome.replayed else {}
            self.call.notes["replayed"] = outcome.replayed
            return _response(outcome.answer, replayed)
        return _response(outcome, {})

    def _answer_not_found(self, _error: Exception) -> Response[str]:
        return self._problem(NotFound("no such path"), self.call.place)

    def _answer_error(self, error: Exception) -> Response[str]:
        return self._problem(error, self.call.place)

    def _problem(self, error: Exception, place: Place) -> Response[str]:
        known = error if isinstance(error, PaymentsError) else InternalError("an internal error")
        if isinstance(known, InternalError):
            notes = {"request_id": place.request_id, **notes_of(error)}
            self._logger.error("unforeseen error", extra=notes)
        if self._call is not None:
            self._call.notes["code"] = known.code
            if known.__cause__ is not None:
                self._call.notes["cause"] = type(known.__cause__).__name__
        return _response(problem_of(known, place), headers_of(known.code))

    def _usage_of(self, context: Any, started: float) -> dict[str, Any]:
        usage = self._call.budget.usage if self._call else None
        return self._usage_report.members(context, started, usage)

    def _log(
        self,
        answer: Mapping[str, Any],
        notes: Mapping[str, object],
        used: Mapping[str, Any],
        started: float,
    ) -> None:
        call = self._call
        usage = call.budget.usage if call else None
        self._logger.info(
            "request",
            extra={
                "request_id": call.request_id if call else None,
                "method": call.method if call else None,
                "route": call.route if call else None,
                "status": answer["statusCode"],
                "duration_ms": round((time.perf_counter() - started) * 1000, 1),
                "dynamodb_requests": usage.requests if usage else 0,
                "dynamodb_retries": usage.retries if usage else 0,
                "consumed_capacity_units": usage.capacity_units if usage else 0,
                **notes,
                **used,
            },
        )


def _response(answer: Answer, headers: Mapping[str, str]) -> Response[str]:
    is_problem = answer.status_code >= 400
    all_headers: dict[str, str | list[str]] = {**STANDARD_HEADERS, **headers}
    return Response(
        status_code=answer.status_code,
        content_type=MEDIA_TYPE if is_problem else JSON,
        body=answer.body,
        headers=all_headers,
    )


def _as_event(response: Response[str]) -> dict[str, Any]:
    return {
        "statusCode": response.status_code,
        "headers": {"Content-Type": response.content_type, **response.headers},
        "body": response.body,
        "isBase64Encoded": False,
    }


def _budget(context: Any) -> Budget:
    return budget_of_invocation(int(context.get_remaining_time_in_millis()))


def _request_id(event: object) -> str:
    if isinstance(event, Mapping):
        context = event.get("requestContext")
        if isinstance(context, Mapping) and context.get("requestId"):
            return str(context["requestId"])
    return "none"
