from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness import options, suite
from harness.errors import UnknownNameError, UsageError
from harness.suite import DataSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.suite import Suite

DATA = {"name": "s", "models": ["a:b", {"name": "c:d"}], "data": "mnist", "speed": {"rounds": 3}}


@pytest.mark.parametrize(
    ("setting", "key", "expected"),
    [
        ("speed.rounds=5", "speed", {"rounds": 5}),
        ("speed.batch_sizes=[1, 2]", "speed", {"rounds": 3, "batch_sizes": [1, 2]}),
        ("threads=1", "threads", 1),
        ("data.limit=10", "data", {"name": "mnist", "limit": 10}),
        ("data=cifar10", "data", "cifar10"),
        ("data=imagefolder:a=b", "data", "imagefolder:a=b"),
        ("models.0.seed=4", "models", [{"name": "a:b", "seed": 4}, {"name": "c:d"}]),
        ("models.1.seed=4", "models", ["a:b", {"name": "c:d", "seed": 4}]),
        ("accuracy.batch_size=8", "accuracy", {"batch_size": 8}),
    ],
)  # fmt: skip
def test_a_setting_replaces_one_key(setting: str, key: str, expected: object) -> None:
    found = options.overridden(DATA, [setting])
    assert found == {**DATA, key: expected}


def test_settings_add_up_and_leave_the_data_alone() -> None:
    before = repr(DATA)
    found = options.overridden(DATA, ["speed.rounds=5", "speed.round_calls=1"])
    assert found["speed"] == {"rounds": 5, "round_calls": 1}
    assert repr(DATA) == before


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("speed.rounds", "--set speed.rounds: say key=value"),
        ("=5", "--set =5: say key=value"),
        ("speed..rounds=5", "say key=value"),
        ("models.2.seed=1", "'2' is no place in a list of 2"),
        ("models.first=1", "'first' is no place in a list of 2"),
        ("speed.rounds.more=1", "nothing can be set within 3"),
    ],
)
def test_what_cannot_be_set_is_one_line(setting: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        options.overridden(DATA, [setting])
    assert message in str(error.value)


def test_a_key_that_a_suite_does_not_have_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\nmodels = ["a:b"]\nbackends = ["numpy"]\ndata = "mnist"\n')
    assert suite.read(path, ["speed.rounds=7"]).speed.rounds == 7
    with pytest.raises(UsageError, match=r"unknown key 'speed.round'; did you mean 'rounds'"):
        suite.read(path, ["speed.round=7"])


def test_a_suite_is_narrowed(make_suite: Callable[..., Suite]) -> None:
    whole = make_suite("numpy", "null")
    found = options.narrowed(whole, "cuda", ["null"], 3, ".")
    assert [each.name for each in found.backends] == ["null"]
    assert found.data is not None
    assert (found.devices, found.data.limit) == (("cuda",), 3)
    assert options.narrowed(whole, None, None, None, None) == whole
    assert found.data.path == str(Path.cwd())
    with pytest.raises(UsageError, match="--data is empty"):
        options.narrowed(whole, None, None, None, "")
    with pytest.raises(UnknownNameError, match="backend of the suite named 'numpi'"):
        options.narrowed(whole, None, ["numpi"], None, None)


def test_the_users_data_may_be_another_set(make_suite: Callable[..., Suite]) -> None:
    models = ["a:b", {"name": "c:d", "data": {"name": "mnist", "split": "train"}}]
    data = {"name": "imagenet-20", "split": "test"}
    whole = make_suite("numpy", models=models, data=data)
    found = options.narrowed(whole, None, None, 5, "imagenet:/photos:1")
    assert found.data == DataSpec(name="imagenet", path="/photos:1", limit=5)
    assert found.models[1].data == DataSpec(name="mnist", split="train", limit=5)
    only = replace(whole, models=whole.models[1:], data=None)
    with pytest.raises(UsageError, match="imagenet:x: the suite has no data set of its own"):
        options.narrowed(only, None, None, None, "imagenet:x")
    with pytest.raises(UsageError, match=r"^--data 'imagenet:' names no path; say imagenet:PATH$"):
        options.narrowed(whole, None, None, None, "imagenet:")
