from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness import suite
from harness.discovery import discover
from harness.errors import UnknownNameError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.catalog import Catalogs

SMALLEST = {"name": "s", "models": ["zoo:lenet5"], "backends": ["numpy"], "data": "mnist"}


def test_names_alone_are_enough(tmp_path: Path) -> None:
    read = suite.parse(SMALLEST, "s.toml", tmp_path)
    assert read.models[0].name == "zoo:lenet5"
    assert read.models[0].weights == "pretrained"
    assert read.data is not None
    assert (read.data.name, read.data.split, read.data.limit) == ("mnist", None, None)
    assert read.folder == tmp_path


def test_a_model_may_bring_its_own_data(tmp_path: Path) -> None:
    models = [{"name": "a:b", "data": "cifar10"}]
    read = suite.parse({**SMALLEST, "models": models}, "s.toml", tmp_path)
    assert read.models[0].data is not None
    assert read.models[0].data.name == "cifar10"


def test_weights_may_be_several_in_the_order_of_preference(tmp_path: Path) -> None:
    weights = ["pretrained", "mine.pth", "random"]
    read = suite.parse(
        {**SMALLEST, "models": [{"name": "a:b", "weights": weights}]}, "s.toml", tmp_path
    )
    found = [read.models[0]]
    while other := suite.instead(found[-1]):
        found.append(other)
    assert [each.weights for each in found] == weights


@pytest.mark.parametrize(
    ("data", "name", "path", "limit"),
    [
        ("imagefolder:photos", "imagefolder", "photos", None),
        ({"name": "imagefolder:/a:b", "limit": 3}, "imagefolder", "/a:b", 3),
        ({"name": "imagefolder", "path": "photos"}, "imagefolder", "photos", None),
        ("mnist", "mnist", None, None),
    ],
)
def test_a_data_set_may_bring_its_path(
    tmp_path: Path, data: object, name: str, path: str | None, limit: int | None
) -> None:
    models = ["a:b", {"name": "c:d", "data": data}]
    read = suite.parse({**SMALLEST, "models": models, "data": data}, "s.toml", tmp_path)
    for spec in (read.data, read.models[1].data):
        assert spec is not None
        assert (spec.name, spec.path, spec.limit) == (name, path, limit)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": ["a:b"]}, "unknown key 'model'; did you mean 'models'"),
        ({"speed": {"round": 3}}, "unknown key 'speed.round'; did you mean 'rounds'"),
        ({"models": []}, "'models' is empty"),
        ({"kinds": []}, "'kinds' is empty; name some of static, accuracy, speed, memory"),
        ({"kinds": ["tempo"]}, "'kinds[0]' is 'tempo'; known: accuracy, memory, speed, static"),
        ({"speed": {"precision_target": 0}}, "'speed.precision_target' is a share: 0.02"),
        ({"speed": {"precision_target": 0.02}}, "needs 'speed.time_limit_seconds'"),
        ({"speed": {"time_limit_seconds": 0}}, "'speed.time_limit_seconds' must be more than 0"),
        (
            {"backends": ["numpy", {"name": "onnxruntime", "label": "numpy"}]},
            "backend label 'numpy' is the name of another",
        ),
        (
            {"backends": [{"name": "numpy", "label": "a"}, {"name": "pytorch", "label": "a"}]},
            "backend label 'a' is the name of another",
        ),
        (
            {"models": [{"name": "a:b", "label": "One"}, {"name": "a:c", "label": "One"}]},
            "two models have the label 'One'",
        ),
        ({"models": [{"name": "a:b", "weights": []}]}, "'models[0].weights' is empty"),
        (
            {
                "models": [
                    {"name": "a:b", "weights": ["pretrained", "random"]},
                    {"name": "a:b", "label": "B", "weights": "random"},
                ]
            },
            "two entries of 'a:b' may both take weights = 'random'; keep one",
        ),
        ({"models": ["lenet5"]}, "model 'lenet5': say scheme:name"),
        ({"models": "zoo:lenet5"}, "Expected `array`, got `str` - at `models`"),
        ({"backends": [3]}, "Expected `object`, got `int`"),
        ({"data": {"name": "mnist", "limit": 0}}, "'data.limit' must be 1 or more"),
        ({"speed": {"batch_sizes": [0]}}, "'speed.batch_sizes' must be 1 or more"),
        ({"name": "../up"}, "'name' must be one word"),
        ({"folder": "/"}, "unknown key 'folder'"),
        ({"backends": ["numpy", "numpy"]}, "'backends' holds one thing twice"),
        ({"threads": 0}, "'threads' must be from 1 to 1,024"),
        ({"threads": 10**8}, "'threads' must be from 1 to 1,024"),
        ({"data": {"name": "mnist", "seed": 2**63}}, "'seed' must be 0 or more, and less than"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as error:
        suite.parse(SMALLEST | change, "s.toml", tmp_path)
    assert str(error.value).startswith("s.toml: ")
    assert message in str(error.value)


def test_no_data_at_all_is_an_error(tmp_path: Path) -> None:
    without = {key: value for key, value in SMALLEST.items() if key != "data"}
    with pytest.raises(UsageError, match="model 'zoo:lenet5' has no data"):
        suite.parse(without, "s.toml", tmp_path)


def test_a_star_stands_for_every_other_available_backend(tiny: Catalogs, tmp_path: Path) -> None:
    null = {"name": "null", "settings": {"why": "tests"}}
    read = suite.parse({**SMALLEST, "backends": [null, "*"]}, "s.toml", tmp_path)
    found = suite.available(read, tiny.backends).backends
    names = [each.name for each in found]
    assert names[0] == "null"
    assert len(names) == len(set(names))
    assert {"numpy", "zeros", "crash"} < set(names)
    plain = suite.parse(SMALLEST, "s.toml", tmp_path)
    assert suite.available(plain, tiny.backends) == plain


def test_shipped_suites_are_found_by_name_and_valid() -> None:
    shipped = discover().suites
    assert {"quickstart", "backends", "cifar10", "imagenet"} <= set(shipped.offers)
    for each in shipped:
        assert suite.read(suite.find(each.name, shipped)).summary == each.summary


def test_an_unknown_suite_is_told_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'quickstart'"):
        suite.find("quickstrat", discover().suites)


def test_one_model_may_be_named_with_weights_that_differ(tmp_path: Path) -> None:
    models = [
        "a:b",
        {"name": "a:b", "weights": ["mine.pth", "random"]},
        {"name": "a:b", "weights": "random", "seed": 1},
    ]
    read = suite.parse({**SMALLEST, "models": models}, "s.toml", tmp_path)
    assert [each.weights for each in read.models] == ["pretrained", "mine.pth", "random"]


def test_an_empty_path_is_not_taken_for_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"data 'mnist:' names no path; say mnist:PATH"):
        suite.parse({**SMALLEST, "data": "mnist:"}, "s.toml", tmp_path)
