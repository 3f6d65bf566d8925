"""`oncepay cost --actual`: what did a stack's traffic cost? Asked of the stack itself, with an
operator's key.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from ops.command_line import one_clear_line, print_json
from ops.demo.http_client import HttpClient, NoAnswerError
from ops.stack import Stack, StackError, choose_stack

OK = 200


def actual_command(
    flags: Mapping[str, str],
    begin: str | None,
    end: str | None,
    api_key: str | None,
    stack_file: Path | None,
    stack_name: str | None,
    region: str | None,
    as_json: bool,
) -> None:
    """Print what the functions say that they used, and what it costs."""
    with one_clear_line("cost"):
        if flags:
            name = next(iter(flags)).replace("_", "-")
            raise StackError(f"--{name} is of an estimate, and --actual is what was measured")
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        answer = _ask(stack, api_key, begin, end)
        if as_json:
            print_json(answer)
        else:
            _tell(answer)


def _ask(stack: Stack, api_key: str | None, begin: str | None, end: str | None) -> dict[str, Any]:
    key = api_key or stack.admin_api_key
    if key is None:
        raise StackError(
            "--api-key, or ONCEPAY_API_KEY, must be an operator's: "
            "`oncepay keys create operator` makes one"
        )
    asked = {name: value for name, value in (("from", begin), ("to", end)) if value}
    path = "/v1/costs/actual" + (f"?{urlencode(asked)}" if asked else "")
    try:
        reply = HttpClient(stack.api_url, key).call("GET", path)
    except NoAnswerError as error:
        raise StackError(str(error)) from error
    if reply.status != OK:
        said = reply.member("detail") or reply.body.decode(errors="replace")[:200]
        raise StackError(f"the stack answered {reply.status}: {said}")
    answer: dict[str, Any] = json.loads(reply.body)
    return answer


def _tell(answer: Mapping[str, Any]) -> None:
    console = Console(highlight=False)
    console.print(
        f"AWS, {answer['region']}, list prices of {answer['prices_as_of']}, US dollars from "
        f"{answer['from']} to {answer['to']}"
    )
    used = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("function", "calls", "milliseconds", "write units", "read units"):
        used.add_column(title, justify="left" if title == "function" else "right")
    for one in answer["by_function"]:
        names = ("calls", "milliseconds", "write_units", "read_units")
        used.add_row(one["function"], *(str(one[name]) for name in names))
    console.print(used)
    console.print()
    lines = Table(box=None, pad_edge=False, padding=(0, 2))
    lines.add_column("line")
    lines.add_column("$", justify="right")
    lines.add_column("how")
    for line in answer["lines"]:
        lines.add_row(f"{line['service']}, {line['unit']}", line["usd"], line["how"])
    console.print(lines)
    console.print(f"all: {answer['total_usd']}")
