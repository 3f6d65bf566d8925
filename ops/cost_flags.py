"""Which flags has `oncepay cost`? One for each member of a workload, made from the workload itself:
a new member is a flag by being one.
"""

import inspect
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from oncepay.domain.costs.calls import CALLS
from oncepay.domain.costs.workload import COUNTED, Workload
from ops.command_line import AsJson, Region, StackFile, StackName

COUNTS: Final = "Calls a month"
SETTINGS: Final = "How the stack is used and set up"
MEASURED: Final = "What was measured"
TEXTS: Final = {
    "queries_per_payment": "Pages of a list read for each payment.",
    "retention_days": "Days of payments that are there; nothing deletes them.",
    "merchants": "Whose backends call.",
    "extra_bytes": "Of description, metadata and customer in a payment.",
    "event_bytes": "Of a processor's event.",
    "page_bytes": "That a page of a list reads; 4096 are five plain payments, and two looked at.",
    "architecture": "arm64 or x86_64.",
    "memory_mb": "Of each function.",
    "api": "rest, as deployed, or http.",
    "cpu_ms": "Of a whole processor, each call.",
    "dynamodb_ms": "Assumed of one read.",
    "transaction_ms": "Assumed of one transaction.",
    "processor_ms": "Assumed of one call to a payment processor.",
    "cold_percent": "Of calls that start a function anew, assumed.",
    "cold_ms": "Billed of such a start.",
    "log_bytes": "Of the logs of one call.",
    "log_retention_days": "How long logs are kept.",
    "sampled_one_in": "Of so many calls one reports its usage; 0 for none.",
    "backups": "true or false: point-in-time recovery.",
    "detailed_metrics": "true or false: the gateway's metrics of each method.",
}

type Command = Callable[..., None]

_OWN: Final[dict[str, tuple[Any, Any]]] = {
    "workload": (
        Annotated[
            Path | None, typer.Option("--workload", help="A YAML file with any of the members.")
        ],
        None,
    ),
    "record": (
        Annotated[
            Path | None,
            typer.Option("--record", help="A load test's folder, or its summary.json."),
        ],
        None,
    ),
    "scale": (
        Annotated[
            str | None,
            typer.Option(
                "--scale",
                help="What a record is taken for: month (unless given), or a number of payments.",
            ),
        ],
        None,
    ),
    "as_json": (AsJson, False),
    "actual": (
        Annotated[
            bool,
            typer.Option(
                "--actual",
                help="What a stack's functions say that they used, in place of an estimate.",
                rich_help_panel=MEASURED,
            ),
        ],
        False,
    ),
    "begin": (
        Annotated[
            str | None,
            typer.Option("--from", help="RFC 3339; a day ago.", rich_help_panel=MEASURED),
        ],
        None,
    ),
    "end": (
        Annotated[
            str | None, typer.Option("--to", help="RFC 3339; now.", rich_help_panel=MEASURED)
        ],
        None,
    ),
    "api_key": (
        Annotated[
            str | None,
            typer.Option(
                "--api-key",
                envvar="ONCEPAY_API_KEY",
                help="An operator's, of a deployed stack.",
                rich_help_panel=MEASURED,
            ),
        ],
        None,
    ),
    "stack_file": (StackFile, None),
    "stack_name": (StackName, None),
    "region": (Region, None),
}


def cost_command(run: Command) -> Command:
    """The command: `run` is given its own arguments, and `flags`, the members that were given."""
    settings = [one.name for one in fields(Workload) if one.name in TEXTS]
    members = {
        name: _member(name, text, panel)
        for panel, texts in (
            (COUNTS, {name: f"{CALLS[name].title.capitalize()}." for name in COUNTED}),
            (SETTINGS, {name: TEXTS[name] for name in settings}),
        )
        for name, text in texts.items()
    }

    def command(**given: Any) -> None:
        flags = {name: given.pop(name) for name in members}
        run(flags={name: value for name, value in flags.items() if value is not None}, **given)

    kinds = {**members, **_OWN}
    command.__doc__ = run.__doc__
    command.__annotations__ = {name: kind for name, (kind, _) in kinds.items()}
    signature = inspect.Signature(
        [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
            )
            for name, (kind, default) in kinds.items()
        ]
    )
    command.__signature__ = signature  # type: ignore[attr-defined]
    return command


def _member(name: str, text: str, panel: str) -> tuple[Any, Any]:
    flag = "--" + name.replace("_", "-")
    option = typer.Option(flag, help=text, rich_help_panel=panel, metavar="N")
    return Annotated[str | None, option], None
