"""What would be left if DynamoDB took no time? An engine that does what a settlement run asks of it
and nothing else, so that what bounds a run on it is our own code.

It keeps items as JSON in memory, answers one request at a time over HTTP, and knows no others than
those that the reconcile function sends. It holds conditions and transactions as DynamoDB does, but
has neither quotas nor indexes, and forgets everything when it ends. Nothing else is to be tried out
on it.
"""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from benchmarks.reconcile_expressions import condition, update
from benchmarks.reconcile_world import Items, Place, bucket_of, readable_rows

type RawItem = dict[str, Any]

_TARGET: Final = "DynamoDB_20120810."
_JSON: Final = "application/x-amz-json-1.0"


class Tables:
    """Items by table, id and part; in JSON, which is a fifth of what they are as objects."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[str, dict[str, bytes]]] = defaultdict(dict)
        self._lock = threading.Lock()

    def put(self, table: str, item: RawItem) -> None:
        """Store an item, over whatever is there."""
        parts = self._tables[table].setdefault(item["id"]["S"], {})
        parts[item["part"]["S"]] = json.dumps(item, separators=(",", ":")).encode()

    def get(self, table: str, key: RawItem) -> RawItem | None:
        """An item, or None."""
        found = self._tables[table].get(key["id"]["S"], {}).get(key["part"]["S"])
        return None if found is None else json.loads(found)

    def answer(self, operation: str, request: RawItem) -> tuple[int, RawItem]:
        """Status and body of the answer to a request.

        Raises:
            KeyError: it is a request that a run does not send.
        """
        operations = {
            "BatchGetItem": self._batch_get,
            "Query": self._query,
            "TransactWriteItems": self._transact,
            "GetItem": self._get_one,
        }
        with self._lock:
            return operations[operation](request)

    def _get_one(self, request: RawItem) -> tuple[int, RawItem]:
        found = self.get(request["TableName"], request["Key"])
        return 200, {} if found is None else {"Item": found}

    def _batch_get(self, request: RawItem) -> tuple[int, RawItem]:
        found = {
            table: [item for key in asked["Keys"] if (item := self.get(table, key)) is not None]
            for table, asked in request["RequestItems"].items()
        }
        return 200, {"Responses": found, "UnprocessedKeys": {}}

    def _query(self, request: RawItem) -> tuple[int, RawItem]:
        names = request["ExpressionAttributeNames"]
        values = request["ExpressionAttributeValues"]
        text = request["KeyConditionExpression"]
        # The partition is always told first.
        partition = values[text.strip("(").split()[2]]["S"]
        test = condition(text)
        stored = self._tables[request["TableName"]].get(partition, {})
        items = [json.loads(stored[part]) for part in sorted(stored)]
        return 200, {"Items": [item for item in items if test(item, names, values)]}

    def _transact(self, request: RawItem) -> tuple[int, RawItem]:
        planned: list[tuple[str, RawItem]] = []
        reasons: list[RawItem] = []
        for action in request["TransactItems"]:
            [(kind, write)] = action.items()
            before = self.get(write["TableName"], write.get("Key") or write["Item"])
            names = write.get("ExpressionAttributeNames", {})
            values = write.get("ExpressionAttributeValues", {})
            text = write.get("ConditionExpression")
            if text is not None and not condition(text)(before or {}, names, values):
                there = {} if before is None else {"Item": before}
                reasons.append({"Code": "ConditionalCheckFailed", **there})
                continue
            reasons.append({"Code": "None"})
            after = write["Item"] if kind == "Put" else {**(before or write["Key"])}
            if kind == "Update":
                update(write["UpdateExpression"])(after, names, values)
            planned.append((write["TableName"], after))
        if len(planned) < len(reasons):
            return 400, _cancelled(reasons)
        for table, item in planned:
            self.put(table, item)
        return 200, {}


def _cancelled(reasons: list[RawItem]) -> RawItem:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": f"Transaction cancelled, please refer cancellation reasons for specific"
        f" reasons [{codes}]",
        "CancellationReasons": reasons,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tables: Tables

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].removeprefix(_TARGET)
        status, answer = self.tables.answer(operation, request)
        body = json.dumps(answer, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Type", _JSON)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        """A line for each request would cost more than the request."""


def serve(path: Path, place: Place, told: Connection) -> None:
    """Fill the tables with the world of a file, tell where they are, and serve until ended.

    Args:
        path: of the file.
        place: the table of payments, and whose they are; its address is not looked at.
        told: is sent the port and the buckets of the rows.
    """
    tables = Tables()
    buckets: dict[str, int] = defaultdict(int)
    made = Items(place)
    for row in readable_rows(path):
        buckets[bucket_of(row)] += 1
        for item in made.of(row):
            tables.put(place.table, item)
    handler = type("Handler", (_Handler,), {"tables": tables, "wbufsize": -1})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        told.send((server.server_address[1], dict(buckets)))
        server.serve_forever()
