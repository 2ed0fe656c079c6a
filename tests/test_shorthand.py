from __future__ import annotations

import pytest

from harness import shorthand
from harness.errors import UsageError


def test_names_become_tables_and_what_is_no_short_form_stays() -> None:
    data = {
        "models": ["a:b", {"name": "c:d", "data": "photos:/p"}, 3],
        "backends": ["numpy", {"name": "null", "label": "n"}],
        "data": {"name": "mnist:/m", "limit": 2},
        "threads": 1,
    }
    before = repr(data)
    assert shorthand.written_out(data, "s.toml") == {
        "models": [{"name": "a:b"}, {"name": "c:d", "data": {"name": "photos", "path": "/p"}}, 3],
        "backends": [{"name": "numpy"}, {"name": "null", "label": "n"}],
        "data": {"name": "mnist", "path": "/m", "limit": 2},
        "threads": 1,
    }
    assert repr(data) == before
    assert shorthand.written_out({"models": "a:b"}, "s.toml") == {"models": "a:b"}


def test_a_list_of_weights_is_the_first_of_them_and_the_others() -> None:
    given = {"models": [{"name": "a:b", "weights": ["x", "y", "z"]}, {"name": "c", "weights": "x"}]}
    one, other = shorthand.written_out(given, "s.toml")["models"]
    assert one == {"name": "a:b", "weights": "x", "otherwise": ["y", "z"]}
    assert other == {"name": "c", "weights": "x"}


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"weights": []}, "'models[0].weights' is empty; leave it out for pretrained ones"),
        ({"weights": [["x"]]}, "'models[0].weights' is a list of names, as [\"pretrained\", "),
        ({"weights": ["x", "y", "x"]}, "'models[0].weights' names 'x' twice"),
        ({"otherwise": ["x"]}, "unknown key 'models[0].otherwise'; weights may be a list"),
        ({"data": "mnist:"}, "data 'mnist:' names no path; say mnist:PATH, or mnist alone"),
    ],
)
def test_what_is_wrong_is_one_line(model: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        shorthand.written_out({"models": [{"name": "a:b"} | model]}, "s.toml")
    assert str(raised.value).startswith(f"s.toml: {message}")
