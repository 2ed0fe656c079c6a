"""The server that torchvision downloads from, which its client would wait for without end."""

from __future__ import annotations

import socket

SECONDS = 10


def fail_fast() -> None:
    """Bound each wait for a server in this process; torch.hub states no time-out of its own."""
    socket.setdefaulttimeout(SECONDS)
