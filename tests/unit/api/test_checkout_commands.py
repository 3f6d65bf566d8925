"""What does a body of POST /v1/checkout-sessions ask for, and what is refused, naming the field?"""

from typing import Any

import pytest

from oncepay.api.processor_commands import read_create_checkout
from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.errors import (
    AmountTooLarge,
    CurrencyNotSupported,
    InvalidRequest,
    PaymentsError,
)
from oncepay.services.create_payment import CreatePayment

SUCCESS, CANCEL = "https://shop.example/thanks", "https://shop.example/cart"
BODY: dict[str, Any] = {
    "amount_minor": 5_000,
    "currency": "USD",
    "success_url": SUCCESS,
    "cancel_url": CANCEL,
}
SHOES = {"name": "Shoes", "quantity": 1, "amount_minor": 4_400}
LACES = {"name": "Laces", "quantity": 2, "amount_minor": 300}
PROCESSORS = ("stripe", "paypal", "simulated")


def read(processors: tuple[str, ...] = PROCESSORS, **changes: Any) -> CreatePayment:
    return read_create_checkout(BODY | changes, processors)


def refused(error: type[PaymentsError] = InvalidRequest, **changes: Any) -> PaymentsError:
    with pytest.raises(error) as caught:
        read(**changes)
    return caught.value


def test_checkout__of_what_it_must_have__is_a_payment_without_a_payment_method() -> None:
    assert read() == CreatePayment(
        amount_minor=5_000,
        currency="USD",
        customer_id=None,
        description=None,
        metadata={},
        processor="stripe",
        payment_method=None,
        captures_automatically=True,
        checkout=Checkout(SUCCESS, CANCEL, ()),
    )


def test_checkout__of_everything_it_may_have__is_all_of_it() -> None:
    command = read(
        processor="paypal",
        capture_method="manual",
        customer_id="anna",
        description="An order",
        metadata={"order": "1"},
        line_items=[SHOES, LACES],
    )
    assert command == CreatePayment(
        amount_minor=5_000,
        currency="USD",
        customer_id="anna",
        description="An order",
        metadata={"order": "1"},
        processor="paypal",
        payment_method=None,
        captures_automatically=False,
        checkout=Checkout(
            SUCCESS, CANCEL, (LineItem("Shoes", 1, 4_400), LineItem("Laces", 2, 300))
        ),
    )


@pytest.mark.parametrize("processors", [("stripe", "simulated"), ("simulated", "stripe")])
def test_processor__that_is_not_said__is_the_first_there_is(processors: tuple[str, ...]) -> None:
    assert read(processors).processor == processors[0]


def test_processor__where_there_is_none__is_refused() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(())
    assert caught.value.param == "processor"
    assert caught.value.detail == "no processor is configured here"


@pytest.mark.parametrize("name", sorted(BODY))
def test_field__that_must_be_there__is_named(name: str) -> None:
    body = {other: value for other, value in BODY.items() if other != name}
    with pytest.raises(InvalidRequest) as caught:
        read_create_checkout(body, PROCESSORS)
    assert (caught.value.param, caught.value.detail) == (name, f"{name} is required")


URL_RULE = (
    "must be an absolute http or https URL in ASCII, without blanks, of at most 2000 characters"
)


@pytest.mark.parametrize("name", ["success_url", "cancel_url"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example/thanks",
        "/thanks",
        "//shop.example/thanks",
        "ftp://shop.example/thanks",
        "javascript:alert(1)",
        "https://",
        "https:///thanks",
        "https://shop.example:port/",
        "https://shop.example:99999/",
        "https://[::1/",
        "https://shop.example/a b",
        "https://shop.example/\n",
        "https://shöp.example/",
        "https://shop.example/" + "x" * 1_980,
        None,
        7,
        ["https://shop.example"],
    ],
    ids=lambda url: repr(url)[:30],
)
def test_url__that_is_none__is_refused(name: str, url: Any) -> None:
    error = refused(**{name: url})
    assert (error.param, error.detail) == (name, f"{name} {URL_RULE}")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/",
        "https://shop.example",
        "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}#top",
        "https://[::1]/",
        "https://shop.example/" + "x" * 1_979,
    ],
    ids=lambda url: repr(url)[:30],
)
def test_url__that_is_one__is_taken_as_it_is(url: str) -> None:
    command = read(success_url=url)
    assert command.checkout is not None
    assert command.checkout.success_url == url


LIST_RULE = "line_items must be a list of 1 to 100 objects"


@pytest.mark.parametrize(
    ("items", "param", "detail"),
    [
        ([], "line_items", LIST_RULE),
        ({}, "line_items", LIST_RULE),
        ("Shoes", "line_items", LIST_RULE),
        (None, "line_items", LIST_RULE),
        ([SHOES] * 101, "line_items", LIST_RULE),
        (["Shoes"], "line_items[0]", "line_items[0] must be an object"),
        ([SHOES, None], "line_items[1]", "line_items[1] must be an object"),
        (
            [{"quantity": 1, "amount_minor": 5_000}],
            "line_items[0].name",
            "line_items[0].name is required",
        ),
        (
            [{**SHOES, "name": ""}],
            "line_items[0].name",
            "line_items[0].name must have 1 to 250 characters",
        ),
        (
            [{**SHOES, "name": "x" * 251}],
            "line_items[0].name",
            "line_items[0].name must have 1 to 250 characters",
        ),
        ([{**SHOES, "name": 7}], "line_items[0].name", "line_items[0].name must be a string"),
        (
            [SHOES, {**LACES, "amount_minor": 0}],
            "line_items[1].amount_minor",
            "line_items[1].amount_minor must be at least 1",
        ),
        ([{**SHOES, "size": 42}], "line_items[0].size", "unknown field"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_line_items__that_are_wrong__are_named_by_their_place(
    items: Any, param: str, detail: str
) -> None:
    error = refused(line_items=items)
    assert (error.param, error.detail) == (param, detail)


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 1.0, True, "1", None], ids=repr)
def test_quantity__that_is_no_whole_number_of_its_range__is_named(quantity: Any) -> None:
    error = refused(line_items=[{**SHOES, "quantity": quantity}])
    name = "line_items[0].quantity"
    assert (error.param, error.detail) == (name, f"{name} must be a whole number of 1 to 1000000")


def test_line_items__of_the_greatest_number__are_taken() -> None:
    item = {"name": "Lace", "quantity": 1, "amount_minor": 50}
    command = read(line_items=[item] * 100)
    assert command.checkout is not None
    assert len(command.checkout.line_items) == 100


@pytest.mark.parametrize(
    ("items", "total_minor"), [([SHOES], 4_400), ([SHOES, LACES, LACES], 5_600)]
)
def test_line_items__that_do_not_come_to_the_amount__are_refused(
    items: Any, total_minor: int
) -> None:
    error = refused(line_items=items)
    assert error.param == "line_items"
    assert error.detail == f"line_items come to {total_minor}, and amount_minor is 5000"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"processor": "adyen"}, "processor"),
        ({"processor": None}, "processor"),
        ({"capture_method": "later"}, "capture_method"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": "5000"}, "amount_minor"),
        ({"currency": 840}, "currency"),
        ({"customer_id": "x" * 101}, "customer_id"),
        ({"description": "x" * 501}, "description"),
        ({"metadata": {"order": 1}}, "metadata"),
        ({"payment_method": "pm_approve"}, "payment_method"),
        ({"funding": {"type": "balance"}}, "funding"),
        ({"expires_at": "2026-11-21T12:00:00Z"}, "expires_at"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_field__that_is_wrong_or_not_known__is_named(changes: dict[str, Any], param: str) -> None:
    assert refused(**changes).param == param


def test_amount__above_the_greatest__is_an_error_of_its_own() -> None:
    assert refused(AmountTooLarge, amount_minor=10**15 + 1).param == "amount_minor"


def test_currency__that_does_not_exist__is_an_error_of_its_own() -> None:
    assert refused(CurrencyNotSupported, currency="USX").param == "currency"
