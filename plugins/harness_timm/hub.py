"""The hub that timm downloads from, which its client would retry for a minute when offline."""

from __future__ import annotations

import os
import socket
from urllib.parse import urlsplit

from harness import UsageError

SECONDS = 10
PORTS = {"http": 80, "https": 443}


def fail_fast() -> None:
    """Bound each request of this process, and use downloaded files alone when out of reach."""
    os.environ.setdefault("HF_HUB_DOWNLOAD_TIMEOUT", str(SECONDS))  # read when it is imported
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(SECONDS))
    from urllib.request import getproxies  # imports http and ssl

    from huggingface_hub import constants

    if not getproxies() and not reachable(constants.ENDPOINT):
        constants.HF_HUB_OFFLINE = True


def reachable(url: str) -> bool:
    """Return whether a server answers there; `UsageError` for what is no address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        host = None
    if not host:
        message = f"HF_ENDPOINT is {url!r}: say https://HOST"
        raise UsageError(message)
    try:
        socket.create_connection((host, port), timeout=SECONDS).close()
    except OSError:
        return False
    return True
