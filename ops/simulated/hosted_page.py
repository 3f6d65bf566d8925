"""What do the pages look like that a payer sees? One look for all of them, for any screen and any
keyboard: no script, nothing that is fetched from anywhere.
"""

import html

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.calls import Reply

# A browser that is told of no icon asks for one, which would be an error in its console.
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<style>{style}</style></head>
<body><main><h1>{title}</h1>{content}</main></body></html>
"""

# Whatever is pressed is 44 pixels high. White on this blue has a contrast of 6.4 to 1, of which 4.5
# are asked for. Source: WCAG 2.2, "Contrast (Minimum)" and "Target Size", as of 2026-11.
_STYLE = """
:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem}
main{max-width:28rem;margin:0 auto}
h1{font-size:1.5rem}
table{width:100%;border-collapse:collapse}
td{padding:.5rem 0;border-bottom:1px solid #8886;vertical-align:top;overflow-wrap:anywhere}
td+td{padding-left:1rem;text-align:right;white-space:nowrap}
fieldset{margin:0 0 1rem;padding:0 1rem .25rem;border:1px solid #888;border-radius:.5rem}
label{display:flex;align-items:center;gap:.75rem;min-height:2.75rem}
form{margin:0 0 .75rem}
button{width:100%;min-height:2.75rem;border:1px solid;border-radius:.5rem}
button{background:none;color:inherit;font:inherit;cursor:pointer}
form:first-of-type button{background:#0b57d0;border-color:#0b57d0;color:#fff;font-weight:bold}
:focus-visible{outline:3px solid #c26401;outline-offset:2px}
[role=alert]{padding:.5rem 1rem;border:1px solid;border-left:.5rem solid #b3261e}
"""

_CHOICE = (
    '<label><input type="radio" name="payment_method" value="{value}"{checked}> {label}</label>'
)


def page_reply(status: int, title: str, content: str) -> Reply:
    """A page.

    Args:
        status: of HTTP.
        title: in plain text.
        content: in HTML; of its forms the first is the one that most come for.
    """
    page = _PAGE.format(title=html.escape(title), style=_STYLE, content=content)
    return Reply(status, page.encode(), content_type="text/html; charset=utf-8")


def alert(text: str) -> str:
    """What must not be missed."""
    return f'<p role="alert">{html.escape(text)}</p>'


def choices(legend: str, labels: dict[str, str]) -> str:
    """Payment methods of which one is chosen: the first, until somebody chooses.

    Args:
        legend: what is asked.
        labels: of each value.
    """
    first = next(iter(labels))
    written = "".join(
        _CHOICE.format(
            value=html.escape(value),
            checked=" checked" if value == first else "",
            label=html.escape(label),
        )
        for value, label in labels.items()
    )
    return f"<fieldset><legend>{html.escape(legend)}</legend>{written}</fieldset>"


def write_major(amount_minor: int, currency: str) -> str:
    """In major units: 5000 USD is 50.00 USD."""
    digits = EXPONENTS.get(currency, 0)
    text = str(amount_minor).rjust(digits + 1, "0")
    major = f"{text[:-digits]}.{text[-digits:]}" if digits else text
    return f"{major} {html.escape(currency)}"
