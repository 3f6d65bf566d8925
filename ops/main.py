"""The operator's command line: `oncepay --help` says what it can do. Each command loads only what
it needs."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ops import (
    keys,
    merchants,
    sample_events,
    settlement_decision,
    settlement_summary,
    settlements,
)
from ops.command_line import AsJson, Region, StackFile, StackName
from ops.cost_flags import cost_command

app = typer.Typer(
    help="Oncepay: every payment happens exactly once, and every cent can be proved.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
local = typer.Typer(
    help="The local stack: a local AWS on this machine, no Docker, no account.",
    no_args_is_help=True,
)
app.add_typer(local, name="local")
app.add_typer(merchants.app, name="merchants")
app.add_typer(keys.app, name="keys")
settlements.app.command("summary")(settlement_summary.summary)
settlements.app.command("resolve")(settlement_decision.resolve)
app.add_typer(settlements.app, name="settlements")
app.add_typer(sample_events.app, name="events")

LocalFolder = Annotated[Path, typer.Option("--dir", help="Folder of the local stack.")]
DEFAULT_FOLDER = Path(".local")


@local.command("up")
def local_up(
    folder: LocalFolder = DEFAULT_FOLDER,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="4566, or a free one, unless given.")
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="Of AWS, to be played; for a new stack, us-east-1 unless given."),
    ] = None,
) -> None:
    """Build, start, deploy and seed; harmless if it runs already."""
    from ops.local.folder import LocalStackError
    from ops.local.stack import bring_up

    try:
        bring_up(folder, port=port, region=region)
    except LocalStackError as error:
        _end("up", error)


@local.command("down")
def local_down(folder: LocalFolder = DEFAULT_FOLDER) -> None:
    """Stop what `up` started, and nothing else; its data is gone then."""
    from ops.local.folder import LocalStackError
    from ops.local.stack import bring_down

    try:
        bring_down(folder)
    except LocalStackError as error:
        _end("down", error)


@local.command("status")
def local_status(folder: LocalFolder = DEFAULT_FOLDER) -> None:
    """Say what runs, and where."""
    from ops.local.stack import status

    typer.echo(status(folder))


@local.command("docker")
def local_docker(folder: LocalFolder = DEFAULT_FOLDER) -> None:
    """Let `sam local` run the functions in Docker, on the running stack."""
    from ops.local.folder import LocalStackError
    from ops.local.sam_local import prepare_sam_local

    try:
        prepare_sam_local(folder)
    except LocalStackError as error:
        _end("docker", error)


@app.command("build")
def build(
    architecture: Annotated[str, typer.Option(help="arm64 or x86_64.")] = "arm64",
    stage: Annotated[str | None, typer.Option(help="Of samconfig.toml, to be deployed.")] = None,
) -> None:
    """Build the artifacts for AWS, bytecode included."""
    from ops.local.build import ARCHITECTURES, BUILD, ROOT
    from ops.local.build import build as build_artifacts
    from ops.local.folder import LocalStackError
    from ops.local.publish import publish_versions, wants_versions

    try:
        if architecture not in ARCHITECTURES:
            raise LocalStackError(f"architecture must be one of: {', '.join(ARCHITECTURES)}")
        publishes = stage is not None and wants_versions(ROOT / "samconfig.toml", stage)
        built = build_artifacts(architecture)
        if publishes:
            release = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
            functions = publish_versions(BUILD / "template.yaml", release)
            typer.echo(f"build: versions are published of {', '.join(functions)}")
    except LocalStackError as error:
        _end("build", error)
    typer.echo(f"build: {BUILD} {'built' if built else 'is as it was'}")


@app.command("demo")
def demo(stack_file: StackFile = None, stack_name: StackName = None, region: Region = None) -> None:
    """Tell the whole story with real HTTP calls; every result is checked."""
    from ops.demo.command import demo_command

    demo_command(stack_file, stack_name, region)


@app.command("verify")
def verify(
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Prove every cent from the books: read all tables, report whatever does not agree."""
    from ops.verify.command import verify_command

    verify_command(stack_file, stack_name, region, as_json)


@app.command("shards")
def shards(
    merchant: Annotated[str, typer.Argument(help="Its id, mer_...", metavar="MERCHANT")],
    number: Annotated[
        int, typer.Argument(help="How many, 1..32; never fewer than there are.", metavar="N")
    ],
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Give a merchant's books more shards, so that more of its payments can be made at once."""
    from ops.shards import shards_command

    shards_command(merchant, number, stack_file, stack_name, region, as_json)


@app.command("cost")
@cost_command
def cost(
    flags: Mapping[str, str],
    workload: Path | None,
    record: Path | None,
    scale: str | None,
    as_json: bool,
    actual: bool,
    begin: str | None,
    end: str | None,
    api_key: str | None,
    stack_file: Path | None,
    stack_name: str | None,
    region: str | None,
) -> None:
    """What a month of such work costs on AWS, line by line; or what a stack's traffic did cost."""
    if actual and (workload or record or scale):
        _end("cost", ValueError("--workload, --record and --scale are of an estimate"))
    if not actual and (begin or end or stack_name or stack_file):
        _end("cost", ValueError("--from, --to and a stack go with --actual"))
    if actual:
        from ops.cost_actual import actual_command

        actual_command(flags, begin, end, api_key, stack_file, stack_name, region, as_json)
        return
    from ops.cost import estimate_command

    chosen = {**flags, "region": region} if region else flags
    estimate_command(chosen, workload_file=workload, record=record, scale=scale, as_json=as_json)


@app.command("operations")
def operations(
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Authorized payments that are not captured yet, too.")
    ] = False,
) -> None:
    """List what is not finished: outcomes that nobody knows yet, events that wait."""
    from ops.operations import operations_command

    operations_command(stack_file, stack_name, region, as_json, everything)


@app.command("sweep")
def sweep(
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Run the sweep once, as the schedule does every minute: it finishes what can be finished."""
    from ops.operations import sweep_command

    sweep_command(stack_file, stack_name, region, as_json)


@app.command("reconcile")
def reconcile(
    file: Annotated[Path, typer.Argument(help="A settlement file, of any format; gzip too.")],
    name: Annotated[
        str | None,
        typer.Option(help="Its name below incoming/; that of the file unless given."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 3 if any row does not match.")
    ] = False,
    wait_seconds: Annotated[
        float, typer.Option("--wait", min=1, help="How long to wait for its end, in seconds.")
    ] = 3600,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Hold a settlement file against the books: exit code 0 if all of it was booked or is a break,
    1 if it was refused.
    """
    from ops.reconcile import reconcile_command

    reconcile_command(file, name, strict, wait_seconds, stack_file, stack_name, region, as_json)


@app.command("dismiss")
def dismiss(
    event: Annotated[str, typer.Argument(help="Its id, such as stripe:evt_1.")],
    reason: Annotated[str, typer.Option(help="Why it is nothing to us, for whoever asks later.")],
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
) -> None:
    """Try an event no more that waits for what will never come; it is kept, with the reason."""
    from ops.dismiss import dismiss_command

    dismiss_command(event, reason, stack_file, stack_name, region)


def _end(command: str, error: Exception) -> None:
    typer.echo(f"oncepay {command}: {error}", err=True)
    raise typer.Exit(1)


def main() -> None:
    """Entry point of the console script."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
