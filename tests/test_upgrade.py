from __future__ import annotations

from typing import Any

import pytest

from harness import store
from harness.upgrade import STEPS, upgraded


def of_schema_1(commit: str) -> dict[str, Any]:
    return {"schema": 1, "run_id": "1", "environment": {"commit": commit, "cores": 2}}


def test_a_step_leads_from_every_older_schema() -> None:
    assert list(STEPS) == list(range(1, store.SCHEMA))


@pytest.mark.parametrize(
    ("told", "commit", "dirty"),
    [("abc-dirty", "abc", True), ("v1-5-gabc", "v1-5-gabc", False), ("", "", False)],
)
def test_from_1_the_commit_is_told_apart_from_changes_to_it(
    told: str, commit: str, *, dirty: bool
) -> None:
    before = of_schema_1(told)
    assert upgraded(before) == {
        "schema": 2,
        "run_id": "1",
        "environment": {"commit": commit, "dirty": dirty, "cores": 2},
    }
    assert before == of_schema_1(told)


@pytest.mark.parametrize(
    "data",
    [
        {"schema": store.SCHEMA, "environment": {"commit": "abc-dirty"}},
        {"schema": 99},
        {"schema": [1]},
        {},
    ],
)
def test_what_no_step_starts_from_stays_as_it_is(data: dict[str, Any]) -> None:
    assert upgraded(data) == data


@pytest.mark.parametrize("environment", [{}, {"commit": 5}, 5])
def test_what_is_not_as_its_schema_says_passes_through(environment: object) -> None:
    data = {"schema": 1, "environment": environment}
    assert upgraded(data) == {"schema": 2, "environment": environment}
