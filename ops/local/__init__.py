"""The local stack: the real template in a local AWS on this machine, without Docker and without an
account."""
