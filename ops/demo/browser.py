"""What does a payer see and do? Opens a page, chooses, presses a button, and is sent on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from ops.demo.http_client import HttpClient, Reply

FORM_TYPE = "application/x-www-form-urlencoded"

_UNSEEN = frozenset({"title", "style"})

type Attributes = list[tuple[str, str | None]]


class PageError(Exception):
    """The page is not as a payer needs it; the message is one clear line."""


@dataclass(slots=True)
class Form:
    """One form of a page.

    Attributes:
        action: where its fields are sent.
        fields: what is sent unless something else is chosen.
        button: what is written on its button.
    """

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was opened."""

    url: str
    status: int
    text: str
    forms: tuple[Form, ...]

    @property
    def buttons(self) -> list[str]:
        """What may be pressed."""
        return [form.button for form in self.forms]

    def press(self, button: str, choices: Mapping[str, str] | None = None) -> str:
        """Send the form of that button; returns the address at which the payer is then.

        Raises: PageError if there is no such button, or it was not taken.
        """
        form = next((one for one in self.forms if one.button == button), None)
        if form is None:
            raise PageError(f"the page {self.url} has no button {button}")
        fields = {**form.fields, **(choices or {})}
        address = urljoin(self.url, form.action)
        reply = _send("POST", address, urlencode(fields).encode())
        if reply.status not in {200, 303}:
            raise PageError(f"the button {button} of {self.url} was answered {reply.status}")
        return urljoin(address, reply.headers.get("location", address))


def open_page(url: str) -> Page:
    """Open it."""
    reply = _send("GET", url)
    reader = _Reader()
    reader.feed(reply.body.decode(errors="replace"))
    return Page(url, reply.status, " ".join(" ".join(reader.words).split()), tuple(reader.forms))


def _send(method: str, url: str, body: bytes | None = None) -> Reply:
    parts = urlsplit(url)
    client = HttpClient(f"{parts.scheme}://{parts.netloc}", None)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    extra = {"Accept": "text/html", "Content-Type": FORM_TYPE} if body else {"Accept": "text/html"}
    return client.call(method, path, body=body, extra=extra)


class _Reader(HTMLParser):
    """Reads the words and the forms of a page without scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        self._within.append(tag)
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag == "input" and self.forms and "checked" in given:
            self.forms[-1].fields[given.get("name") or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "button" in self._within and self.forms:
            self.forms[-1].button += data
        if not _UNSEEN.intersection(self._within):
            self.words.append(data)
