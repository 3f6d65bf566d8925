"""Which session of botocore has the thin client? One with none of botocore's own hooks but those
that answer a request in place of the network: nothing else is emitted there, and to register
them all takes as long as every twentieth import.
"""

from botocore.handlers import BUILTIN_HANDLERS
from botocore.session import Session
from pynamodb.connection import Connection

BEFORE_SEND = "before-send"
"""Whoever answers this event answers the request."""


def open_session(connection: Connection) -> Session:
    """A session with the connection's keys, or those that the environment leads to."""
    session = Session(include_builtin_handlers=False)
    for event, hook, *_ in BUILTIN_HANDLERS:
        if event.startswith(BEFORE_SEND):
            session.register(event, hook)
    if connection._aws_access_key_id and connection._aws_secret_access_key:
        session.set_credentials(
            connection._aws_access_key_id,
            connection._aws_secret_access_key,
            connection._aws_session_token,
        )
    return session
