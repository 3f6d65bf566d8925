"""Where is the load sent? To the local stack, or to a deployed stage, but to that only if somebody
has said so: a load test costs money there, and deposits and pays money that is not there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from oncepay.domain.api_key import parse_key
from oncepay.domain.principal import OPERATOR
from ops.stack import DEFAULT_STACK_FILE, Stack, StackError, deployed_stack, local_stack

HERE: Final = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts that are this machine."""

CONFIRM_OPTION: Final = "--yes-load-this-stage"


class TargetError(Exception):
    """No load is sent there; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """Who pays, with a key of its own."""

    id: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the load is sent.

    Attributes:
        api_url: base of the HTTP API, without a slash at its end.
        stack: whose tables can be read: the local one, or a deployed one that was named; None for a
            host of which only the address is known.
        api_keys: that were given; empty for a local stack, on which merchants are made.
        stripe_secret: what events of Stripe's are signed with; None if that is not known.
    """

    api_url: str
    stack: Stack | None
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    stripe_secret: str | None = field(default=None, repr=False)

    @property
    def host(self) -> str:
        """The name of the machine."""
        return host_of(self.api_url)

    @property
    def is_local(self) -> bool:
        """Whether it is a local stack, whose tables and processor can be looked at."""
        return self.stack is not None and self.stack.is_local

    @property
    def merchants(self) -> tuple[Merchant, ...]:
        """Those of the keys that were given."""
        return tuple(_merchant(api_key) for api_key in self.api_keys)


def choose_target(
    *,
    stack_file: Path | None = None,
    stack_name: str | None = None,
    region: str | None = None,
    host: str | None = None,
    api_keys: Sequence[str] = (),
    stripe_secret: str | None = None,
    is_confirmed: bool = False,
    ask: Callable[[str], str] | None = None,
) -> Target:
    """Where the options of the command lead to.

    Args:
        stack_file: of a local stack.
        stack_name: of a deployed one, found with the operator's own AWS credentials.
        region: of that.
        host: the address of an API.
        api_keys: of merchants, one or more; needed wherever no merchants can be made.
        stripe_secret: of a deployed stage's webhook endpoint.
        is_confirmed: whether it was said that a stage is to be loaded.
        ask: shows a person a question and gives the answer; None if nobody is there.

    Raises: TargetError with one clear line.
    """
    if host is None and stack_name is None:
        if region is not None:
            raise TargetError("--region goes with --stack-name: a local stack has its own")
        if api_keys:
            raise TargetError("--api-key goes with --host: a local stack gets merchants of its own")
        return _local(stack_file or DEFAULT_STACK_FILE)
    if stack_file is not None:
        raise TargetError("give --stack-file, or --host and --stack-name, not both")
    stack = _deployed(stack_name, region) if stack_name is not None else None
    api_url = _address(host) if host is not None else stack.api_url if stack is not None else ""
    if not api_keys:
        raise TargetError("give at least one --api-key, or ONCEPAY_API_KEY: of a merchant there")
    target = Target(
        api_url=api_url, stack=stack, api_keys=tuple(api_keys), stripe_secret=stripe_secret
    )
    ids = [merchant.id for merchant in target.merchants]
    if len(set(ids)) != len(ids):
        raise TargetError("two of the API keys are of the same merchant: give one of each")
    _require_consent(target, is_confirmed=is_confirmed, ask=ask)
    return target


def host_of(url: str) -> str:
    """The name of the machine in an address."""
    return urlsplit(url).hostname or ""


def _local(stack_file: Path) -> Target:
    try:
        stack = local_stack(stack_file)
    except StackError as error:
        raise TargetError(str(error)) from None
    if host_of(stack.api_url) not in HERE:
        raise TargetError(
            f"{stack_file} names {stack.api_url}, which is not on this machine: give it by --host"
        )
    return Target(api_url=stack.api_url, stack=stack)


def _deployed(stack_name: str, region: str | None) -> Stack:
    try:
        return deployed_stack(stack_name, region)
    except StackError as error:
        raise TargetError(str(error)) from None


def _address(text: str) -> str:
    parts = urlsplit(text)
    try:
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address or parts.username or parts.query or parts.fragment:
        raise TargetError(f"{text!r} is no address of an API, such as https://host/stage")
    if parts.scheme == "http" and parts.hostname not in HERE:
        raise TargetError(f"{text} is not https: an API key is not sent through the open")
    return text.rstrip("/")


def _merchant(api_key: str) -> Merchant:
    key = parse_key(api_key)
    # Never the text itself: it may be a secret with one wrong letter.
    if key is None:
        raise TargetError("an --api-key is not of the form sk_<stage>_<merchant>-<key>_<secret>")
    if key.owner_id == OPERATOR:
        raise TargetError("an --api-key is an operator's: payments are made by merchants")
    return Merchant(id=key.owner_id, api_key=api_key)


def _require_consent(
    target: Target, *, is_confirmed: bool, ask: Callable[[str], str] | None
) -> None:
    if target.host in HERE or is_confirmed:
        return
    if ask is None:
        raise TargetError(
            f"{target.host} is not this machine: {CONFIRM_OPTION} says that it is to be loaded"
        )
    said = ask(
        f"{target.host} is not this machine. A load test costs money there, and leaves payments."
        " Type its host name to go on: "
    )
    if said.strip() != target.host:
        raise TargetError(f"that was not {target.host}: nothing was sent")
