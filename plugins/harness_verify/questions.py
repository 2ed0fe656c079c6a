"""What the child is asked, one question a process; a line of JSON each way."""

from __future__ import annotations

import msgspec


class Question(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One piece of work with a backend; the tag is the class's name."""

    files: list[str]
    """Plugin files."""
    backend: str
    device: str
    precision: str
    threads: int
    scratch: str
    """The folder for temporary files, which outlives the child and is cleared away."""


class Contract(Question, frozen=True, kw_only=True):
    """What does it promise and not keep, on a prepared model? Answered by `Check`s."""

    folder: str | None
    """The model's; None for a tiny one, made on the spot."""
    oracle: str
    names: list[str]
    """The promises."""


class Operators(Question, frozen=True, kw_only=True):
    """Which operators does it compute, and how well? Answered by `Check`s."""

    names: list[str]


class Locate(Question, frozen=True, kw_only=True):
    """At which operator does it part from the oracle? Answered by a `Divergence`, or nothing."""

    oracle: str
    folder: str
    images: str
    rows: list[int]
    allowed: float


Any = Contract | Operators | Locate
decode = msgspec.json.Decoder(Any).decode
