from __future__ import annotations

import pytest

from harness_zoo.lenet5 import lenet5

torch = pytest.importorskip("torch")


def test_parameters_are_the_papers_with_dense_c3() -> None:
    counts = {
        name: sum(each.numel() for each in layer.parameters())
        for name, layer in lenet5().named_children()
    }
    found = {name: count for name, count in counts.items() if count}
    assert found == {"c1": 156, "c3": 2416, "c5": 48120, "f6": 10164, "output": 850}
    assert sum(found.values()) == 61706


def test_shapes_are_the_papers() -> None:
    value = torch.zeros(2, 1, 32, 32)
    shapes = {}
    for name, layer in lenet5().named_children():
        value = layer(value)
        shapes[name] = tuple(value.shape[1:])
    assert shapes["c1"] == (6, 28, 28)
    assert shapes["s2"] == (6, 14, 14)
    assert shapes["c3"] == (16, 10, 10)
    assert shapes["s4"] == (16, 5, 5)
    assert shapes["output"] == (10,)
