"""Where is DynamoDB, as far as that can be said without botocore's rules?

Known for sure are an address that was given, one that the environment names, and the usual one of a
region of the two partitions below. Whatever else is asked for (FIPS, dual stack, an account's own
endpoint, a proxy, a profile with endpoints of its own, another partition) is left to botocore's own
client: None.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.session import Session
from botocore.utils import get_environ_proxies, is_valid_endpoint_url

# Source: botocore's partitions.json, regions and suffixes of the partitions aws and aws-cn, as of
# 2026-11.
_PARTITIONS = (
    (re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+"), "amazonaws.com"),
    (re.compile(r"cn-[a-z]+-\d+"), "amazonaws.com.cn"),
)
_WANTS_MORE = ("use_fips_endpoint", "use_dualstack_endpoint", "tcp_keepalive")
_PROFILE_NAMES_ENDPOINTS = frozenset({"endpoint_url", "services"})
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """One server; `authority` is what the Host header says."""

    url: str
    is_tls: bool
    host: str
    port: int
    authority: str


def find_address(session: Session, region: str, given_url: str | None) -> Address | None:
    """The address, or None if only botocore knows."""
    if any(session.get_config_variable(name) for name in _WANTS_MORE):
        return None
    if session.get_config_variable("account_id_endpoint_mode") == "required":
        return None
    url = given_url
    if not url and not session.get_config_variable("ignore_configured_endpoint_urls"):
        url = read_variable(session, "AWS_ENDPOINT_URL_DYNAMODB")
        url = url or read_variable(session, "AWS_ENDPOINT_URL")
        if not url and _PROFILE_NAMES_ENDPOINTS & session.get_scoped_config().keys():
            return None
    url = url or _usual_url(region)
    if url is None or not is_valid_endpoint_url(url):
        return None
    # What is not to go by a proxy (NO_PROXY) is told beside the proxies, as if it were one.
    if urlsplit(url).scheme in get_environ_proxies(url):
        return None
    return _take_apart(url)


def read_variable(session: Session, name: str) -> str | None:
    """A variable of the environment that is for AWS's libraries, by way of the session: it has the
    rest of the configuration too.
    """
    session.session_var_map[name] = (None, name, None, None)
    found: str | None = session.get_config_variable(name)
    return found


def _usual_url(region: str) -> str | None:
    for pattern, suffix in _PARTITIONS:
        if pattern.fullmatch(region):
            return f"https://dynamodb.{region}.{suffix}"
    return None


def _take_apart(url: str) -> Address | None:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or parts.username is not None or parts.hostname is None:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    return Address(
        url=f"{parts.scheme}://{parts.netloc}/",
        is_tls=parts.scheme == "https",
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        authority=parts.netloc,
    )
