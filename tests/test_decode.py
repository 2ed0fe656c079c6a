from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import decode
from harness.errors import StorageError, UsageError
from harness.suite import Speed, Suite
from harness.types import Geometry

if TYPE_CHECKING:
    from pathlib import Path


def test_an_unknown_key_is_named_with_its_place_and_the_nearest_known() -> None:
    data = {"name": "s", "models": [{"name": "a:b", "geometry": {"input_sise": [1, 1]}}]}
    with pytest.raises(UsageError) as error:
        decode.convert(data, Suite, "s.toml")
    assert str(error.value) == (
        "s.toml: unknown key 'models[0].geometry.input_sise'; did you mean 'input_size'?"
    )


def test_a_wrong_type_is_named_with_its_place() -> None:
    with pytest.raises(UsageError, match=r"s.toml: Expected `int`, got `str` - at `rounds`"):
        decode.convert({"rounds": "ten"}, Speed, "s.toml")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(UsageError, match="missing required field `input_size`"):
        decode.convert({}, Geometry, "g")


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "the file is empty"), ("a = ", "not TOML"), (None, "cannot be read")],
)
def test_a_file_that_is_no_toml_is_one_line(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "s.toml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=message) as error:
        decode.toml_data(path)
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_broken_json_raises_the_error_asked_for() -> None:
    with pytest.raises(StorageError, match="records:3: not JSON"):
        decode.json(b"{", Geometry, "records:3", error=StorageError)


def test_equal_nouns_have_one_canonical_form() -> None:
    assert decode.canonical({"b": 1, "a": [2]}) == decode.canonical({"a": [2], "b": 1})
    given = Geometry(input_size=(2, 3))
    assert decode.json(decode.encode(given), Geometry, "g", error=UsageError) == given


def test_a_path_of_the_users_has_its_home_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert decode.path("~/x") == tmp_path / "x"
    assert str(decode.path("x/../y")) == "x/../y"
    with pytest.raises(
        UsageError, match=r"^~nobody-here/x: there is no such home folder; write the"
    ):
        decode.path("~nobody-here/x")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"interpolation": "bicubik"}, "g: 'interpolation' is 'bicubik'; did you mean 'bicubic'?"),
        ({"crop_mode": "x"}, "g: 'crop_mode' is 'x'; known: border, center, squash"),
        ({"mode": 7}, "g: Expected `str`, got `int` - at `mode`"),
    ],
)
def test_a_word_that_is_not_known_is_named_with_those_that_are(
    data: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError) as error:
        decode.convert({"input_size": [1, 1]} | data, Geometry, "g")
    assert str(error.value) == message
