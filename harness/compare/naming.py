"""What contenders and cases are called, and what is said of those that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.types import Case, Contender, Record


def titled(contender: Contender) -> str:
    """Return a contender's name with its version, and with settings that no label stands for."""
    settings = {} if contender.label else contender.settings
    traits = [contender.version, *(f"{key}={value}" for key, value in settings.items())]
    return " ".join([contender.name, *(each for each in traits if each)])


def about(case: Case) -> str:
    """Return what a case is, in a few words."""
    weights = "" if case.weights in {"", "pretrained"} else f" ({case.weights})"
    size = f"@{case.batch_size}" if case.batch_size else ""
    parts = [case.model + weights, case.device, case.precision, size]
    return " · ".join(each for each in parts if each)


def failure(record: Record) -> str:
    """Return why a record's figures count for nothing, or ""."""
    if record.status == "ok":
        return ""
    reason = f"{record.job.contender.name} is {record.status}"
    return f"{reason}: {record.reason}" if record.reason else reason
