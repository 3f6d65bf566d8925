"""Pages that a payer sees: what all of them have for any browser."""

import re

import pytest

from ops.simulated.hosted_page import alert, choices, page_reply, write_major

PAGE = page_reply(200, "A <title>", "<p>content</p>")
TEXT = PAGE.body.decode()


def test_page__is_html_in_utf8() -> None:
    assert (PAGE.status, PAGE.content_type) == (200, "text/html; charset=utf-8")
    assert TEXT.startswith("<!doctype html>\n")


@pytest.mark.parametrize(
    "part",
    [
        '<html lang="en">',
        '<meta charset="utf-8">',
        "<title>A &lt;title&gt;</title>",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        "<main><h1>A &lt;title&gt;</h1><p>content</p></main>",
    ],
)
def test_page__has_what_a_browser_needs(part: str) -> None:
    assert part in TEXT


def test_page__fetches_nothing_and_has_no_script() -> None:
    assert re.findall(r"<script|<img|src=|url\(|@import|https?:", TEXT) == []


def test_alert__is_told_at_once_and_escaped() -> None:
    assert alert("1 < 2") == '<p role="alert">1 &lt; 2</p>'


def test_choices__are_one_group_of_which_the_first_is_chosen() -> None:
    assert choices("Pay with", {"a": "A & B", "c": "C"}) == (
        "<fieldset><legend>Pay with</legend>"
        '<label><input type="radio" name="payment_method" value="a" checked> A &amp; B</label>'
        '<label><input type="radio" name="payment_method" value="c"> C</label></fieldset>'
    )


@pytest.mark.parametrize(
    ("amount_minor", "currency", "text"),
    [(5, "USD", "0.05 USD"), (3_750, "USD", "37.50 USD"), (5, "JPY", "5 JPY"),
     (5, "KWD", "0.005 KWD"), (5, "???", "5 ???")],
)  # fmt: skip
def test_amount__is_in_major_units(amount_minor: int, currency: str, text: str) -> None:
    assert write_major(amount_minor, currency) == text
