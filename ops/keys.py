"""`oncepay keys`: which keys open this stack's API? Made here, shown once, listed and revoked."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from oncepay.domain.api_key import ApiKey, parse_key
from oncepay.domain.errors import InvalidRequest, NotFound
from oncepay.domain.principal import MERCHANT_SCOPES, OPERATOR, OPERATOR_SCOPES
from oncepay.domain.times import format_time
from ops.command_line import (
    COMMAND_SECONDS,
    AsJson,
    Region,
    StackFile,
    StackName,
    one_clear_line,
    print_json,
    tell,
)
from ops.stack import choose_stack

DEPOSIT_SCOPE = "deposits:write"
"""Not in a key unless asked for: its holder puts money on the balance unseen by any bank."""

EVENTS_SCOPE = "events:read"
"""Of a merchant, its own; of the operator, all."""

MAX_NAME_CHARACTERS = 200
MAX_EXPIRY_DAYS = 3650

app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")

Owner = Annotated[str, typer.Argument(help="A merchant's id (mer_...), or `operator`.")]


@app.command("create")
def create(
    owner: Owner,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What the key may do; repeat it for more. Unless given: all that a merchant may "
            f"but {DEPOSIT_SCOPE}, or all that the operator may. "
            f"A merchant's: {', '.join(MERCHANT_SCOPES)}. "
            f"The operator's: {', '.join(OPERATOR_SCOPES)}, {EVENTS_SCOPE}."
        ),
    ] = None,
    deposits: Annotated[
        bool, typer.Option("--deposits", help=f"Add {DEPOSIT_SCOPE} to the scopes.")
    ] = False,
    name: Annotated[str, typer.Option(help="What people call the key.")] = "API key",
    expires_in_days: Annotated[
        int | None,
        typer.Option(
            help=f"Stop working after so many days, 1..{MAX_EXPIRY_DAYS}; never unless given."
        ),
    ] = None,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Create a key and print it, once: only a hash of its secret is kept."""
    with one_clear_line("keys create"):
        from oncepay.services.create_api_key import create_api_key
        from oncepay.storage.budget import Budget

        scopes = scopes_of(owner, scope or [], deposits=deposits)
        if not 1 <= len(name.strip()) <= MAX_NAME_CHARACTERS:
            raise InvalidRequest(f"--name must be 1..{MAX_NAME_CHARACTERS} characters")
        if expires_in_days is not None and not 1 <= expires_in_days <= MAX_EXPIRY_DAYS:
            raise InvalidRequest(f"--expires-in-days must be 1..{MAX_EXPIRY_DAYS}")
        now = datetime.now(UTC)
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        api_key, secret = create_api_key(
            owner_id=require_owner(owner),
            environment=stack.environment,
            scopes=scopes,
            name=name.strip(),
            expires_at=None if expires_in_days is None else now + timedelta(days=expires_in_days),
            database=stack.open_database(),
            now=now,
            budget=Budget(COMMAND_SECONDS),
        )
        if as_json:
            print_json({**_as_json(api_key), "api_key": secret, "api_url": stack.api_url})
            return
        tell(f"Key {api_key.public_id} of {owner} may: {', '.join(api_key.scopes)}.")
        tell(f"It opens {stack.api_url}. This is the only time it is shown:")
        typer.echo(secret)


@app.command("list")
def list_(
    owner: Owner,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """List the keys of a merchant or of the operator, oldest first; never their secrets."""
    with one_clear_line("keys list"):
        from oncepay.services.list_api_keys import list_api_keys
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        database = stack.open_database()
        budget = Budget(COMMAND_SECONDS)
        owner_id = require_owner(owner)
        if owner_id != OPERATOR and not database.get("directory", owner_id, "merchant", budget):
            raise NotFound(f"no merchant {owner_id}")
        keys = list_api_keys(owner_id, database=database, budget=budget)
        now = datetime.now(UTC)
        if as_json:
            print_json([{**_as_json(key), "state": state_of(key, now)} for key in keys])
            return
        if not keys:
            tell(f"{owner} has no keys.")
            return
        for key in keys:
            typer.echo(
                f"{key.public_id}  {state_of(key, now):<8}  {format_time(key.created_at)[:19]}Z  "
                f"{key.name}  ({' '.join(key.scopes)})"
            )


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id that `keys list` shows, or the whole key.")],
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Make a key stop working: in 60 seconds at most, since the gateway remembers callers."""
    with one_clear_line("keys revoke"):
        from oncepay.services.revoke_api_key import revoke_api_key
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        api_key = revoke_api_key(
            public_id_of(key_id),
            database=stack.open_database(),
            now=datetime.now(UTC),
            budget=Budget(COMMAND_SECONDS),
        )
        if as_json:
            print_json({**_as_json(api_key), "state": "revoked"})
            return
        revoked_at = format_time(api_key.revoked_at)[:19] if api_key.revoked_at else ""
        typer.echo(f"{api_key.public_id} is revoked since {revoked_at}Z")


def scopes_of(owner: str, asked: list[str], *, deposits: bool) -> tuple[str, ...]:
    """The scopes of a new key: those asked for, else the owner's usual ones."""
    if asked:
        usual = tuple(asked)
    elif owner == OPERATOR:
        usual = (*OPERATOR_SCOPES, EVENTS_SCOPE)
    else:
        usual = tuple(scope for scope in MERCHANT_SCOPES if scope != DEPOSIT_SCOPE)
    return (*usual, DEPOSIT_SCOPE) if deposits and DEPOSIT_SCOPE not in usual else usual


def require_owner(owner: str) -> str:
    """Return the owner's id.

    Raises:
        InvalidRequest: if it is neither a merchant's id nor `operator`.
    """
    if owner != OPERATOR and not owner.startswith("mer_"):
        raise InvalidRequest(f"{owner!r} is no merchant's id (mer_...), nor {OPERATOR!r}")
    return owner


def public_id_of(text: str) -> str:
    """The id of a key, from itself or from the whole key: a leaked key is revoked by pasting it.

    Raises:
        InvalidRequest: if it is neither.
    """
    whole = parse_key(text)
    if whole is not None:
        return f"{whole.owner_id.removeprefix('mer_')}-{whole.key_id}"
    owner, dash, key_id = text.partition("-")
    if not (owner and dash and key_id) or text.startswith("sk_"):
        raise InvalidRequest(
            "a key's id has the form <owner>-<key id>; `oncepay keys list` shows it"
        )
    return text.removeprefix("mer_")


def state_of(api_key: ApiKey, now: datetime) -> str:
    """Whether the key works: active, revoked or expired."""
    if api_key.revoked_at is not None:
        return "revoked"
    return "active" if api_key.is_usable(now) else "expired"


def _as_json(api_key: ApiKey) -> dict[str, Any]:
    return {
        "id": api_key.public_id,
        "owner": api_key.owner_id,
        "name": api_key.name,
        "scopes": list(api_key.scopes),
        "created_at": format_time(api_key.created_at),
        "expires_at": format_time(api_key.expires_at) if api_key.expires_at else None,
        "revoked_at": format_time(api_key.revoked_at) if api_key.revoked_at else None,
    }
