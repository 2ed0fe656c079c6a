"""Records for a person: found by what is said of them, and one of them in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.types import Measurement, Record

WIDTH = 96


def matching(records: Sequence[Record], words: Sequence[str]) -> list[Record]:
    """Return the records of which every word is true.

    A word is a kind, a status, a part of a model's or a backend's name, a batch size as `@8`, or
    the beginning of a key.
    """
    return [each for each in records if all(_is(each, word) for word in words)]


def described(record: Record) -> str:
    """Return what a record is about, in a line."""
    case, backend = record.job.case, record.job.contender.name
    size = f"@{case.batch_size}" if case.batch_size else ""
    parts = [record.job.kind, case.model, backend, case.device, case.precision, size]
    return " · ".join(each for each in parts if each)


def full(record: Record) -> str:
    """Return everything that is known of a job, key by key; what is empty is left out."""
    data = decode.plain(record)
    del data["measurements"]
    told = [described(record), "", *_lines(data, "")]
    if record.measurements:
        told += ["measurements:", *(f"  {_measured(each)}" for each in record.measurements)]
    return "\n".join(told)


def _is(record: Record, word: str) -> bool:
    case, job = record.job.case, record.job
    exact = {job.kind, record.status, case.device, case.precision, f"@{case.batch_size}"}
    return (
        word in exact
        or job.key.startswith(word)
        or word in case.model
        or any(word in each for each in (job.contender.backend, job.contender.label))
    )


def _lines(data: dict[str, Any], indent: str) -> Iterator[str]:
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, list) and value:
            yield from _wrapped(f"{indent}{key}:", [_scalar(each) for each in value], indent)
        elif value not in (None, "", {}, []):
            yield f"{indent}{key}: {_scalar(value)}"


def _wrapped(start: str, words: list[str], indent: str) -> Iterator[str]:
    line = start
    for word in words:
        if len(line) + len(word) + 1 > WIDTH:
            yield line
            line = f"{indent}   "
        line += f" {word}"
    yield line


def _measured(found: Measurement) -> str:
    """Return a figure with its unit and all that qualifies it."""
    value = "none" if found.value is None else f"{_scalar(found.value)} {found.unit}"
    parts = [f"{found.name}: {value}"]
    if found.low is not None and found.high is not None:
        parts.append(f"[{_scalar(found.low)}, {_scalar(found.high)}]")
    counts = {"k": found.k, "n": found.n}
    parts += [f"{name} {count:,}" for name, count in counts.items() if count is not None]
    parts += [each for each in (found.label, found.reason) if each]
    return ", ".join(parts)


def _scalar(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) and not value.is_integer() else f"{value}"
