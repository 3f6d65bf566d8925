"""`python -m loadtests SCENARIO`: run a load test, audit the money, judge, report, and end with a
code for scripts: 0 all is well, 1 a threshold is missed, 2 the audit failed, 3 it could not be run.
"""

import math
import os
import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from typer.exceptions import TyperException

from loadtests.command import NotCountedError, NotRunError, Order, carry_out, in_a_line
from loadtests.scenarios import NAMES, REGIONS, Scenario, ScenarioError, Settings, scenario_of
from loadtests.summary import ExitCode
from loadtests.target import CONFIRM_OPTION, Target, TargetError, choose_target
from ops.command_line import Region, StackFile, StackName

PIPE_CHARACTERS: Final = 150
MOST_USERS: Final = 5_000
MOST_SECONDS: Final = 86_400.0

ALL_NAMES: Final = (*NAMES, REGIONS)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def load(
    name: Annotated[
        str, typer.Argument(metavar="SCENARIO", help=f"One of {', '.join(ALL_NAMES)}.")
    ],
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    host: Annotated[str | None, typer.Option(help="Address of an API; needs --api-key.")] = None,
    api_key: Annotated[
        list[str] | None, typer.Option(help="Of a merchant there; several may be given.")
    ] = None,
    yes: Annotated[
        bool, typer.Option(CONFIRM_OPTION, help="It is meant to be loaded, and may cost money.")
    ] = False,
    users: Annotated[str | None, typer.Option(help="How many at once, at most.")] = None,
    seconds: Annotated[str | None, typer.Option(help="How long.")] = None,
    rate: Annotated[str | None, typer.Option(help="Offered by all users together, a second.")] = (
        None
    ),
    seed: Annotated[str, typer.Option(help="Of all that is drawn.")] = "1",
    processor: Annotated[
        str, typer.Option(help="Of charges and checkout sessions: simulated, stripe or paypal.")
    ] = "simulated",
    report: Annotated[
        Path | None, typer.Option(help="Folder of the report; .local/load/... unless given.")
    ] = None,
) -> None:
    """Load a stack as a scenario says, then look for every cent.

    Ends with 0 if all is well, 1 if a threshold was missed, 2 if the money audit failed, 3 if it
    could not run or was cut short. Users, seconds and rate are the scenario's own unless given:
    docs/load-tests.md says what each does.

    ONCEPAY_API_KEY stands for --api-key, ONCEPAY_STRIPE_WEBHOOK_SECRET is what a deployed stage's
    Stripe events are signed with.
    """
    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        # A file or a pipe has no width, and tables should not be squeezed into the default's.
        console.width = max(console.width, PIPE_CHARACTERS)
    keys = api_key or os.environ.get("ONCEPAY_API_KEY", "").split()
    local = host is None and stack_name is None
    try:
        scenario = scenario_of(name)
        target = choose_target(
            stack_file=stack_file,
            stack_name=stack_name,
            region=region,
            host=host,
            api_keys=[] if local and api_key is None else keys,
            stripe_secret=os.environ.get("ONCEPAY_STRIPE_WEBHOOK_SECRET"),
            is_confirmed=yes,
            ask=console.input if sys.stdin.isatty() else None,
        )
        settings = _settings(scenario, target, users, seconds, rate, seed, processor)
        order = Order(scenario=scenario, target=target, settings=settings, folder=report)
        code = carry_out(order, console)
    except (ScenarioError, TargetError, NotRunError) as error:
        _end(str(error))
    except NotCountedError as error:
        _end(f"the money was not counted: {error}", ExitCode.AUDIT_FAILED)
    except KeyboardInterrupt:
        _end("ended by Ctrl-C, without an audit: what was sent so far is in the report's folder")
    raise typer.Exit(int(code))


def _settings(
    scenario: Scenario,
    target: Target,
    users: str | None,
    seconds: str | None,
    rate: str | None,
    seed: str,
    processor: str,
) -> Settings:
    if processor not in {"simulated", "stripe", "paypal"}:
        raise ScenarioError(f"--processor is simulated, stripe or paypal, not {processor!r}")
    local = target.is_local
    return Settings(
        users=_whole(
            "--users", users, scenario.users_there(is_local=local), least=1, most=MOST_USERS
        ),
        seconds=_number("--seconds", seconds, scenario.default_seconds, most=MOST_SECONDS),
        rate=_number("--rate", rate, scenario.rate(is_local=local), most=100_000.0),
        seed=_whole("--seed", seed, 1, least=0, most=2**31),
        processor=processor,
    )


def _whole(option: str, text: str | None, usual: int, *, least: int, most: int) -> int:
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
        raise ScenarioError(f"{option} is a whole number from {least} to {most:,}, not {text!r}")
    return int(text)


def _number(option: str, text: str | None, usual: float, *, most: float) -> float:
    if text is None:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number <= most:
        raise ScenarioError(f"{option} is a number above 0, up to {most:,.0f}, not {text!r}")
    return number


def _end(said: str, code: ExitCode = ExitCode.COULD_NOT_RUN) -> NoReturn:
    sys.stderr.write(f"loadtests: {' '.join(said.split())}\n")
    raise typer.Exit(int(code))


def _app_of(argv: list[str]) -> typer.Typer:
    """Regions are two targets: they have a command, and options, of their own."""
    if REGIONS not in argv[1:]:
        return app
    from loadtests.regions.command import app as regions

    argv.remove(REGIONS)
    return regions


def main() -> NoReturn:
    """Entry point; a wrong use of an option ends with 3 too: 2 is what the audit says."""
    try:
        code = _app_of(sys.argv)(standalone_mode=False)
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("loadtests: ended\n")
        code = ExitCode.COULD_NOT_RUN
    except TyperException as error:
        # Options and arguments that are not there, or are too many.
        sys.stderr.write(f"loadtests: {error.format_message()}\n")
        code = ExitCode.COULD_NOT_RUN
    # 1 would say that a threshold was missed.
    except Exception as error:
        sys.stderr.write(f"loadtests: {in_a_line(error)}\n")
        code = ExitCode.COULD_NOT_RUN
    sys.exit(int(code or 0))


if __name__ == "__main__":
    main()
