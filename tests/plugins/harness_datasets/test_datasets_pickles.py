from __future__ import annotations

import os
import pickle
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness import DataError
from harness_datasets import pickles

if TYPE_CHECKING:
    from pathlib import Path

PIXELS = np.arange(12, dtype=np.uint8).reshape(2, 6)
PYTHON_2 = (
    b"\x80\x02}(U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    b"(K\x01K\x02K\x06\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R"
    b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89"
    b"U\x0c" + PIXELS.tobytes() + b"tbU\x06labels](K\x03K\x08eu."
)
"""As Python 2 wrote the published files: byte strings, NumPy's old names."""


def named(module: str, name: str) -> bytes:
    return b"c" + f"{module}\n{name}\n".encode()


def raw(content: bytes) -> bytes:
    return b"C" + struct.pack("B", len(content)) + content


def called(function: bytes, *arguments: bytes) -> bytes:
    return function + b"(" + b"".join(arguments) + b"tR"


OBJECTS = called(named("numpy", "dtype"), b"X\x01\x00\x00\x00O")
MADE_UP = called(named("numpy", "ndarray"), b"K\x01\x85", OBJECTS, raw(b"A" * 8))
"""An array of one object, whose address the file chooses."""


def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "batch").write_bytes(PYTHON_2)
    found = pickles.read(tmp_path / "batch")
    assert found["labels"] == [3, 8]
    assert np.array_equal(pickles.array(found["data"]), PIXELS)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_what_python_3_writes_is_read(tmp_path: Path, protocol: int) -> None:
    content = {"data": PIXELS, b"nested": {"names": [b"a", "b"], "pair": (1, None)}}
    (tmp_path / "batch").write_bytes(pickle.dumps(content, protocol=protocol))
    found = pickles.read(tmp_path / "batch")
    assert np.array_equal(pickles.array(found["data"]), PIXELS)
    assert found["nested"] == {"names": [b"a", "b"], "pair": (1, None)}


class Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("evil",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"data": Evil()}), r"asks for posix\.mkdir"),
        (b"\x80\x04\x8c\x05numpy\x8c\x07f2py.os\x93.", r"asks for numpy\.f2py\.os"),
        (pickle.dumps([PIXELS]), "holds no dictionary"),
        (PYTHON_2[:60], "batch cannot be read: "),
        (b"", "batch cannot be read: "),
        (b"no pickle", "batch cannot be read: "),
    ],
)
def test_anything_else_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(DataError, match=message) as error:
        pickles.read(tmp_path / "batch")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize(
    "value",
    [
        MADE_UP,
        called(named("numpy", "ndarray"), MADE_UP),
        pickle.dumps(PIXELS.astype(np.int64), protocol=3)[2:-1],
        pickle.dumps(np.asfortranarray(PIXELS), protocol=3)[2:-1],
        pickle.dumps(list(b"pixels"), protocol=3)[2:-1],
    ],
)
def test_an_array_of_anything_but_bytes_in_order_is_refused(tmp_path: Path, value: bytes) -> None:
    (tmp_path / "batch").write_bytes(b"\x80\x03}X\x04\x00\x00\x00data" + value + b"s.")
    with pytest.raises(ValueError, match="no array of bytes"):
        pickles.array(pickles.read(tmp_path / "batch")["data"])


def test_a_shape_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    content = PYTHON_2.replace(b"K\x02K\x06\x86", b"K\x02K\x07\x86")
    (tmp_path / "batch").write_bytes(content)
    with pytest.raises(ValueError, match="cannot reshape"):
        pickles.array(pickles.read(tmp_path / "batch")["data"])
