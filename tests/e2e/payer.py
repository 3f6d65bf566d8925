"""What does a payer do on a hosted page who has no browser? Reads it, chooses, presses a button,
and follows where that leads.
"""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

TIMEOUT_SECONDS = 60
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Form:
    """One of a page's.

    Attributes:
        action: where it is sent.
        button: what its button says.
        fields: what is chosen before anybody chooses.
        choices: what a label stands for: the name and value of its field.
    """

    action: str
    button: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    choices: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered.

    Attributes:
        url: of it.
        status: of HTTP.
        text: all that is to be read, blanks in a row being one.
        forms: by what their buttons say.
        location: where it sends the payer.
    """

    url: str
    status: int
    text: str
    forms: Mapping[str, Form]
    location: str | None = None

    def press(self, button: str, choice: str | None = None) -> "Page":
        """Choose by a label, press, and follow; gives the page after that, or, once it would lead
        away from this server, the answer that says where to.
        """
        form = self.forms[button]
        fields = dict(form.fields)
        if choice is not None:
            name, value = form.choices[choice]
            fields[name] = value
        return _follow(_ask("POST", urljoin(self.url, form.action), urlencode(fields).encode()))


def visit(url: str) -> Page:
    """Open a page."""
    return _follow(_ask("GET", url))


def _follow(page: Page) -> Page:
    if page.location is None:
        return page
    address = urljoin(page.url, page.location)
    if urlsplit(address).netloc != urlsplit(page.url).netloc:
        return page
    return _follow(_ask("GET", address))


def _ask(method: str, url: str, body: bytes | None = None) -> Page:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        str(parts.hostname), parts.port, timeout=TIMEOUT_SECONDS
    )  # fmt: skip
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, {} if body is None else {"Content-Type": FORM})
        response = connection.getresponse()
        reader = _Reader()
        reader.feed(response.read().decode())
        reader.close()
        text = " ".join(" ".join(reader.said).split())
        forms = {form.button: form for form in reader.forms}
        return Page(url, response.status, text, forms, response.getheader("Location"))
    finally:
        connection.close()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.forms: list[Form] = []
        self._inside: list[str] = []
        self._choice: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"]))
        if tag == "input":
            self._inside.pop()
            if "checked" in given or given.get("type") != "radio":
                self.forms[-1].fields[given["name"]] = given["value"]
            self._choice = (given["name"], given["value"])

    def handle_endtag(self, tag: str) -> None:
        while tag in self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" in self._inside or "title" in self._inside:
            return
        self.said.append(data)
        if "button" in self._inside:
            self.forms[-1].button += data.strip()
        elif "label" in self._inside and self._choice is not None and data.strip():
            self.forms[-1].choices[data.strip()] = self._choice
            self._choice = None
