"""The simulated processor of a whole stack: stack.json says where it is, the functions call it, and
its events come back."""

import json
import urllib.request
from typing import Any

from ops.demo.shop import Shop


def ask(stack: dict[str, Any], method: str, path: str) -> Any:
    processor = stack["simulated_processor"]
    request = urllib.request.Request(
        processor["url"] + path,
        method=method,
        headers={"Authorization": f"Bearer {processor['secret']}"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_payment__through_it__is_charged_there_once_and_its_event_is_taken(
    stack: dict[str, Any], shop: Shop
) -> None:
    reply = shop.client.call(
        "POST",
        "/v1/payments",
        body={
            "amount_minor": 5000,
            "currency": "USD",
            "funding": {
                "type": "processor",
                "processor": "simulated",
                "payment_method": "pm_approve",
            },
        },
        key="simulated-1",
    )
    assert reply.status == 201
    payment = json.loads(reply.body)
    ask(stack, "POST", "/control/webhooks/flush")
    charges = [
        charge
        for charge in ask(stack, "GET", "/control/record")["charges"]
        if charge["payment_id"] == payment["id"]
    ]
    assert [charge["id"] for charge in charges] == [payment["processor"]["reference"]]
    deliveries = [
        delivery
        for delivery in ask(stack, "GET", "/control/events")["data"]
        if payment["id"] in json.dumps(delivery["event"])
    ]
    assert [(each["event"]["type"], each["taken"]) for each in deliveries] == [
        ("charge.succeeded", True)
    ]
