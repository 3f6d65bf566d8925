"""How does a test use a real browser? Headless Chromium by its own chromedriver, if both are on
the machine: a page is opened, read and clicked, and everything that it asked for or complained of
is told.

Spoken is W3C WebDriver, which is plain JSON over HTTP, so that no package is needed for it:
selenium would bring 28 MB of programs for three systems, and a second event loop with its own
dependencies. Source: https://www.w3.org/TR/webdriver2/, and
https://developer.chrome.com/docs/chromedriver/logging/performance-log, as of 2026-11.
"""

import base64
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
START_SECONDS, ANSWER_SECONDS, WAIT_SECONDS = 60, 90, 30
PAUSE_SECONDS = 0.05

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What an element's id stands under. Source: W3C WebDriver, "Elements"."""

TAB, BLANK = "\ue004", " "
"""Source: W3C WebDriver, "Keyboard actions"."""
INSIDE = ("chrome:", "about:", "data:")


class BrowserError(Exception):
    """The browser did not do it; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where they are."""

    chromium: str
    chromedriver: str


def installed() -> Programs | None:
    """What is on this machine; None if a part of it is missing."""
    chromium = next((found for name in CHROMIUMS if (found := shutil.which(name))), None)
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        return None
    return Programs(chromium, chromedriver)


class Browser:
    """One window, with a profile of its own."""

    def __init__(self, session_url: str) -> None:
        self._url = session_url

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self._call("GET", "/url"))

    @property
    def title(self) -> str:
        """Of the page."""
        return str(self._call("GET", "/title"))

    def open(self, url: str) -> None:
        """Open a page, and wait until it is loaded."""
        self._call("POST", "/url", {"url": url})

    def text(self, css: str = "body") -> str:
        """What is to be read there."""
        return str(self._call("GET", f"/element/{self._find('css selector', css)}/text"))

    def click(self, label: str) -> None:
        """Click the button, or the label of the field, that says so."""
        path = f"//*[self::button or self::label][normalize-space()='{label}']"
        self._call("POST", f"/element/{self._find('xpath', path)}/click", {})

    def type(self, keys: str) -> None:
        """Press keys, wherever the focus is."""
        self._call("POST", f"/element/{self._active()}/value", {"text": keys})

    def focused(self) -> str:
        """The text of what has the focus, or the value of a field."""
        script = "return document.activeElement.value || document.activeElement.innerText"
        return str(self.run(script))

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": []})

    def wait_for(self, url: str) -> None:
        """Wait until it is at an address that begins so.

        Raises: BrowserError if it does not come there.
        """
        ends_at = time.monotonic() + WAIT_SECONDS
        while not self.url.startswith(url):
            if time.monotonic() > ends_at:
                raise BrowserError(f"it is at {self.url}, not at {url}")
            time.sleep(PAUSE_SECONDS)

    def resize(self, width: int, height: int) -> None:
        """Make the page's window so large."""
        window = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        command = {"cmd": "Emulation.setDeviceMetricsOverride", "params": window}
        self._call("POST", "/goog/cdp/execute", command)

    def complaints(self) -> list[str]:
        """What its console has said since it was last asked."""
        entries = self._call("POST", "/se/log", {"type": "browser"})
        return [f"{entry['level']}: {entry['message']}" for entry in entries]

    def requests(self) -> list[str]:
        """Every address that pages have asked for since it was last asked, but for those that are
        the browser's own or the page's.
        """
        entries = self._call("POST", "/se/log", {"type": "performance"})
        messages = [json.loads(entry["message"])["message"] for entry in entries]
        asked = [
            str(message["params"]["request"]["url"])
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in asked if not url.startswith(INSIDE)]

    def take_picture(self, path: Path) -> None:
        """What is to be seen, as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))

    def close(self) -> None:
        """End it."""
        self._call("DELETE", "")

    def _find(self, using: str, value: str) -> str:
        return str(self._call("POST", "/element", {"using": using, "value": value})[ELEMENT])

    def _active(self) -> str:
        return str(self._call("GET", "/element/active")[ELEMENT])

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return call(method, self._url + path, body)


@contextmanager
def running_browser(programs: Programs, *, folder: Path, port: int) -> Iterator[Browser]:
    """A browser that knows no other host than this machine, until the end of the block.

    Args:
        programs: see there.
        folder: takes its profile and its log.
        port: that chromedriver is to listen on.
    """
    url = f"http://127.0.0.1:{port}"
    with (folder / "chromedriver.log").open("wb") as log:
        # A group of its own: nothing of it outlives the block.
        driver = subprocess.Popen(
            [programs.chromedriver, f"--port={port}", "--allowed-ips=127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_ready(url, driver)
            made = call("POST", f"{url}/session", _capabilities(programs, folder))
            browser = Browser(f"{url}/session/{made['sessionId']}")
            try:
                yield browser
            finally:
                browser.close()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGTERM)
            driver.wait(START_SECONDS)


def _capabilities(programs: Programs, folder: Path) -> dict[str, Any]:
    options = {
        "binary": programs.chromium,
        "args": [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={folder / 'profile'}",
        ],
    }
    wanted = {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
    }
    return {"capabilities": {"alwaysMatch": wanted}}


def _wait_until_ready(url: str, driver: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError):
            if call("GET", f"{url}/status")["ready"]:
                return
        if driver.poll() is not None or time.monotonic() > ends_at:
            raise BrowserError("chromedriver does not start; see chromedriver.log")
        time.sleep(PAUSE_SECONDS)


def call(method: str, url: str, body: dict[str, Any] | None = None) -> Any:
    """One command of WebDriver.

    Raises: BrowserError with what it said, if it did not do it.
    """
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return json.load(response)["value"]
    except urllib.error.HTTPError as error:
        with error:
            said = error.read().decode(errors="replace")
        raise BrowserError(f"{method} {url}: {said[:500]}") from None
