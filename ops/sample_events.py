"""`oncepay events`: how does a file in events/ become an event that the running stack accepts?

A file is fixed, and some things are not: a signature is good for 300 seconds, and a stack's key and
bucket are its own. A file has something made up in their place, and here they are put in:

    {now}, {now-301}, {now+3600}   seconds since 1970, in the header Stripe-Signature, or
                                   Simulated-Signature
    {signature}                    of the body, under the stack's secret, at that time; there too
    EXAMPLE_API_KEY, EXAMPLE_BUCKET   wherever they stand
    versionId and eTag of a file   as it is in the stack's bucket, if it is there
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote_plus

import typer

from ops.command_line import one_clear_line
from ops.stack import DEFAULT_STACK_FILE, StackError, local_stack

EXAMPLE_API_KEY = "sk_local_exampleexample22-exampleq_exampleexampleexampleexamplekeyz"
EXAMPLE_BUCKET = "oncepay-example-settlements"
SIGNATURE_HEADER = "Stripe-Signature"
SIMULATED_HEADER = "Simulated-Signature"
MAX_FILE_BYTES = 10_000_000
NOT_FOUND = 404

_NOW = re.compile(r"\{now([+-][0-9]{1,9})?\}")

app = typer.Typer(no_args_is_help=True, help="The sample events in events/.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackValues:
    """What the running stack has in place of what a file makes up; None for what it has not.

    Attributes:
        find_object: the versionId and eTag of a key of its bucket, as S3 would write them; nothing
            if the key is not there.
    """

    api_key: str | None
    settlement_bucket: str | None
    stripe_webhook_secret: str | None
    simulated_secret: str | None
    find_object: Callable[[str], dict[str, str]]

    def require_secret(self, header: str) -> str:
        """What a processor signs with, by the header that it puts the signature into."""
        secrets = {
            SIGNATURE_HEADER: ("stripe_webhook_secret", self.stripe_webhook_secret),
            SIMULATED_HEADER: ("simulated_processor", self.simulated_secret),
        }
        name, secret = secrets[header]
        if not secret:
            raise StackError(f"the stack has no {name}; run `make up` again")
        # Stripe's way: the whole secret is the key, its first one if there are several.
        return secret.split()[0]


@app.command("prepare")
def prepare(
    file: Annotated[Path, typer.Argument(help="A file in events/.")],
    stack_file: Annotated[
        Path, typer.Option("--stack-file", help="The local stack that is to accept it.")
    ] = DEFAULT_STACK_FILE,
) -> None:
    """Print an event for this very moment: signed now, with the stack's own key and bucket."""
    with one_clear_line("events prepare"):
        event = prepare_event(_read(file), read_values(stack_file), int(time.time()))
        sys.stdout.write(json.dumps(event) + "\n")


def prepare_event(text: str, values: StackValues, now: int) -> dict[str, Any]:
    """The event in a file's text, at `now`, in seconds since 1970.

    Raises: StackError if it is no event, or the stack has not what it needs.
    """
    text = _replace(text, EXAMPLE_API_KEY, values.api_key, "api_key of a merchant")
    text = _replace(text, EXAMPLE_BUCKET, values.settlement_bucket, "settlement_bucket")
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StackError(f"the event is not JSON: {error}") from None
    if not isinstance(event, dict):
        raise StackError("the event is not a JSON object")
    _name_versions(event, values)
    for name in (SIGNATURE_HEADER, SIMULATED_HEADER):
        headers = event.get("headers")
        pattern = headers.get(name) if isinstance(headers, dict) else None
        if isinstance(pattern, str):
            header = _sign(pattern, body_of(event), partial(values.require_secret, name), now)
            event["headers"] = {**event["headers"], name: header}
            many = event.get("multiValueHeaders") or {}
            event["multiValueHeaders"] = {**many, name: [header]}
    return event


def read_values(stack_file: Path) -> StackValues:
    """What stack.json says.

    Raises: StackError if there is none.
    """
    try:
        described = json.loads(stack_file.read_text(encoding="utf-8"))
        merchants = described.get("merchants") or [{}]
        api_key = merchants[0].get("api_key")
        bucket = described.get("settlement_bucket")
        secret = described.get("stripe_webhook_secret")
        simulated = (described.get("simulated_processor") or {}).get("secret")
    except FileNotFoundError:
        raise StackError(f"there is no {stack_file}: run `make up` first") from None
    except (OSError, ValueError, RecursionError, AttributeError, LookupError, TypeError):
        raise StackError(f"{stack_file} does not describe a stack; run `make up` again") from None
    return StackValues(
        api_key=api_key,
        settlement_bucket=bucket,
        stripe_webhook_secret=secret,
        simulated_secret=simulated,
        find_object=lambda key: find_object(local_stack(stack_file).s3_client(), bucket, key),
    )


def find_object(s3: Any, bucket: str, key: str) -> dict[str, str]:
    """The newest version of an object, in the words of S3's notifications."""
    from botocore.exceptions import ClientError

    try:
        found = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == NOT_FOUND:
            return {}
        raise
    version = {"versionId": found["VersionId"]} if "VersionId" in found else {}
    return {"eTag": found["ETag"].strip('"'), **version}


def body_of(event: dict[str, Any]) -> bytes:
    """The body's bytes, as their sender signed them.

    Raises: StackError if they are said to be base64 and are not.
    """
    body = str(event.get("body") or "").encode()
    if not event.get("isBase64Encoded"):
        return body
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise StackError(f"the event's body is not base64: {error}") from None


def _name_versions(event: dict[str, Any], values: StackValues) -> None:
    """Put in the versions of the files that are really there."""
    for record in _dicts(event.get("Records")):
        if "s3" in record:
            _name_version(record, values)
        elif isinstance(record.get("body"), str):
            try:
                message = json.loads(record["body"])
            except ValueError:
                # A sample of a message that nobody can read.
                continue
            for announced in _dicts(message.get("Records") if isinstance(message, dict) else None):
                _name_version(announced, values)
            record["body"] = json.dumps(message, ensure_ascii=False)


def _name_version(record: dict[str, Any], values: StackValues) -> None:
    """Of a file in the stack's own bucket."""
    try:
        bucket, stored = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(stored["key"])
    except (LookupError, TypeError):
        return
    if bucket == values.settlement_bucket:
        stored |= values.find_object(key)


def _dicts(records: object) -> Iterator[dict[str, Any]]:
    if isinstance(records, list):
        yield from (record for record in records if isinstance(record, dict))


def _sign(pattern: str, body: bytes, read_secret: Callable[[], str], now: int) -> str:
    header = _NOW.sub(lambda found: str(now + int(found[1] or 0)), pattern)
    signed_at = re.match(r"t=([0-9]+)", header)
    if "{signature}" not in header or signed_at is None:
        return header
    # Both processors sign in the same way.
    signed = signed_at[1].encode() + b"." + body
    signature = hmac.new(read_secret().encode(), signed, hashlib.sha256).hexdigest()
    return header.replace("{signature}", signature)


def _replace(text: str, example: str, value: str | None, name: str) -> str:
    if example not in text:
        return text
    if not value:
        raise StackError(f"the stack has no {name}; run `make up` again")
    return text.replace(example, value)


def _read(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise StackError(f"{file} is larger than {MAX_FILE_BYTES} bytes")
        return content.decode()
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise StackError(f"{file} is not UTF-8") from None
