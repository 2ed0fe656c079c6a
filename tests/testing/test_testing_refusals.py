from __future__ import annotations

import pytest

from harness.errors import ModelError, UnavailableError
from harness.process import ChildError
from harness.testing import refused


@pytest.mark.parametrize(
    ("error", "grade", "detail"),
    [
        (ModelError("LRN is\n unknown"), "degraded", "LRN is unknown"),
        (ValueError("3"), "degraded", "ValueError: 3"),
        (MemoryError(), "degraded", "MemoryError"),
        (UnavailableError("no CUDA device"), "not applicable", "no CUDA device"),
        (ChildError("no CUDA device", "skipped"), "not applicable", "no CUDA device"),
        (ChildError("refused"), "degraded", "refused"),
        (ChildError("too big", "oom"), "degraded", "too big"),
        (ChildError("no answer within 1 s", "timeout"), "fail", "no answer within 1 s"),
        (ChildError("died of SIGSEGV", "killed"), "fail", "died of SIGSEGV"),
        (ChildError("killed: out of memory", "oom", ended=True), "fail", "killed: out of memory"),
        (ChildError("exit code 0", ended=True), "fail", "exit code 0"),
    ],
)
def test_an_error_is_a_refusal_unless_it_is_an_end(
    error: Exception, grade: str, detail: str
) -> None:
    found = refused("operators", "LRN", error)
    assert (found.level, found.name, found.grade) == ("operators", "LRN", grade)
    assert found.detail == detail
