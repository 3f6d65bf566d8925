"""`oncepay settlements resolve`: what does a person decide about a break? It is told to the API,
with an operator's key: the break then says whose key that was.
"""

import re
import uuid
from typing import Annotated

import typer

from ops.command_line import AsJson, Region, StackFile, StackName, one_clear_line, print_json
from ops.stack import StackError, choose_stack

DONE = 200
_BREAK_ID = re.compile(r"brk_([a-z2-7]{26})_[1-9][0-9]{0,9}", re.ASCII)


def resolve(
    break_id: Annotated[str, typer.Argument(help="brk_...")],
    action: Annotated[str, typer.Option(help="accept, correct, ignore or reopen.")],
    reason: Annotated[str, typer.Option(help="Why, for whoever asks later.")],
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="ONCEPAY_API_KEY", help="An operator's; the local stack's own unless given."
        ),
    ] = None,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Accept, correct or ignore a break, or open it again."""
    with one_clear_line("settlements resolve"):
        from ops.demo.http_client import HttpClient, NoAnswerError

        match = _BREAK_ID.fullmatch(break_id)
        if match is None:
            raise StackError(f"{break_id} is no break's id, such as brk_..._1")
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        key = api_key or stack.admin_api_key
        if key is None:
            raise StackError(
                "an operator's API key is needed: `oncepay keys create operator` makes one; give it"
                " with --api-key, or as ONCEPAY_API_KEY"
            )
        try:
            # One key for this call however often it has to be sent; a call of its own is another.
            reply = HttpClient(stack.api_url, key).call(
                "POST",
                f"/v1/settlements/set_{match[1]}/breaks/{break_id}/resolve",
                body={"action": action, "reason": reason},
                key=uuid.uuid4().hex,
            )
        except NoAnswerError as error:
            raise StackError(str(error)) from None
        if reply.status != DONE:
            raise StackError(f"{reply.member('detail') or reply.status}")
        if as_json:
            print_json(reply.json)
        else:
            typer.echo(f"{break_id}: {reply.member('status')}")
