"""What becomes of an event that a processor posts: its answer, and what is stored of it?"""

from urllib.parse import quote

from ops.demo.desk import Document
from ops.demo.http_client import HttpClient, Reply
from ops.demo.scene import Scene


def is_taken(scene: Scene, reply: Reply) -> None:
    """Check that an event was taken, for the first time."""
    answer = _answer(reply)
    if reply.was_sent_again:
        # The event may have come before the one answer that was lost.
        answer.pop("duplicate", None)
    scene.checks.equal(
        'it is answered 200 {"received":true}',
        expected=(200, {"received": True}),
        seen=(reply.status, answer),
    )


def is_duplicate(scene: Scene, reply: Reply) -> None:
    """Check that an event was there already."""
    scene.checks.equal(
        'sent again, 200 {"received":true,"duplicate":true}',
        expected=(200, {"received": True, "duplicate": True}),
        seen=(reply.status, _answer(reply)),
    )


def stored_naming(scene: Scene, text: str) -> list[tuple[str, str]]:
    """Every event in the table, whatever its id, whose body holds a text: its id and its body."""
    pages = (
        scene.stack.dynamodb_client()
        .get_paginator("scan")
        .paginate(
            TableName=scene.stack.tables["events"],
            FilterExpression="contains(payload, :text)",
            ExpressionAttributeValues={":text": {"S": text}},
            ConsistentRead=True,
        )
    )
    return [
        (item["id"]["S"], item["payload"]["S"]) for page in pages for item in page.get("Items", [])
    ]


def read_event(client: HttpClient, provider: str, event_id: str) -> Document:
    """An event as GET /v1/events/{id} shows it; empty if it does not."""
    reply = client.call("GET", f"/v1/events/{quote(f'{provider}:{event_id}', safe='')}")
    return _answer(reply) if reply.status == 200 else {}


def _answer(reply: Reply) -> Document:
    body = reply.json
    return dict(body) if isinstance(body, dict) else {}
