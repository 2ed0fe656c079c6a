from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness import ModelError
from harness_keras import tfjs

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
DENSE = np.arange(6, dtype=np.float32).reshape(2, 3)
GAMMA = np.array([7, 8], np.float32)
HELD = {"conv/kernel": KERNEL, "dense/kernel": DENSE, "norm/gamma": GAMMA, "norm/beta": GAMMA + 2}


def write(folder: Path, *, dtype: str = "float32", cut: int = 0) -> Path:
    """Write the tensors over two shards whose border lies within one of them."""
    content = b"".join(each.tobytes() for each in HELD.values())
    (folder / "a.bin").write_bytes(content[:101])
    (folder / "b.bin").write_bytes(content[101 : len(content) - cut])
    weights = [{"name": n, "shape": list(v.shape), "dtype": dtype} for n, v in HELD.items()]
    manifest = [{"paths": ["a.bin", "b.bin"], "weights": weights}]
    model = folder / "model.json"
    model.write_text(json.dumps({"modelTopology": {}, "weightsManifest": manifest}))
    return model


def test_tensors_bear_torchs_names_and_order_of_axes(tmp_path: Path) -> None:
    found = dict(tfjs.tensors(write(tmp_path)))
    assert list(found) == ["conv.weight", "dense.weight", "norm.weight", "norm.bias"]
    assert found["conv.weight"].shape == (5, 4, 2, 3)
    assert found["conv.weight"][3, 2, 1, 0] == KERNEL[1, 0, 2, 3]
    np.testing.assert_array_equal(found["dense.weight"], DENSE.T)
    np.testing.assert_array_equal(found["norm.bias"], GAMMA + 2)


def test_they_are_kept_as_safetensors(tmp_path: Path) -> None:
    load_file: Any = pytest.importorskip("safetensors.numpy").load_file
    tfjs.convert(write(tmp_path), tmp_path / "weights.safetensors")
    found = load_file(tmp_path / "weights.safetensors")
    np.testing.assert_array_equal(found["conv.weight"], KERNEL.transpose(3, 2, 0, 1))


def test_weights_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"model\.json: 516 bytes where float32 weights take 520$"):
        list(tfjs.tensors(write(tmp_path, cut=4)))
    with pytest.raises(ModelError, match="float32"):
        list(tfjs.tensors(write(tmp_path, dtype="uint8")))


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"weightsManifest": [{"paths": ["a.bin"]}]}')
    with pytest.raises(ModelError, match=r"model\.json: .*weights"):
        list(tfjs.tensors(path))
