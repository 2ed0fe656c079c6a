from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from harness.testing import NodeCase, node_cases, single

if TYPE_CHECKING:
    from numpy.typing import NDArray


def case(operator: str, name: str) -> NodeCase:
    (found,) = [each for each in node_cases(operator) if each.name == name]
    return found


def opset(operator: str, name: str) -> int:
    return int(single.network(case(operator, name)).opset_import[0].version)


@pytest.mark.parametrize(
    ("operator", "name", "fits"),
    [
        ("Relu", "test_relu", True),
        ("Where", "test_where_example", True),  # the batch is its second input
        ("Where", "test_where_long_example", False),
        ("Equal", "test_equal", False),
        ("Dropout", "test_dropout_default", True),
        ("Dropout", "test_training_dropout", False),
        ("Clip", "test_clip_default_int8_min", False),
        ("CastLike", "test_castlike_FLOAT4E2M1_to_FLOAT", False),
        ("CastLike", "test_castlike_FLOAT_to_FLOAT16", True),
    ],
)
def test_what_a_session_can_take(operator: str, name: str, *, fits: bool) -> None:
    assert single.fits(case(operator, name)) == fits


def test_all_inputs_but_the_batch_are_constants() -> None:
    found = case("Where", "test_where_example")
    graph = single.network(found).graph
    assert [each.name for each in graph.input] == ["x"]
    assert {each.name for each in graph.initializer} == {"condition", "y"}
    assert single.batch(found) is found.inputs[1]
    assert len(found.model.graph.input) == 3  # the case itself is as it was


def test_only_floats_are_wanted() -> None:
    found = case("TopK", "test_top_k")
    assert {*single.wanted(found)} == {"values"}
    assert len(found.outputs) == 2


def test_a_case_is_asked_in_the_opset_of_exports_where_it_means_the_same() -> None:
    import onnx

    newest = case("DepthToSpace", "test_depthtospace_example").model.opset_import[0].version
    assert newest > single.EXPORTED
    assert opset("DepthToSpace", "test_depthtospace_example") == single.EXPORTED
    model = single.network(case("DepthToSpace", "test_depthtospace_example"))
    assert model.ir_version == onnx.helper.find_min_ir_version_for(model.opset_import)
    assert opset("Relu", "test_relu") < single.EXPORTED  # older ones stay
    assert opset("SpaceToDepth", "test_spacetodepth_crd_mode_example") == newest  # a new attribute
    groups = "test_group_normalization_example"  # its scale is by channel now, by group before
    assert opset("GroupNormalization", groups) > single.EXPORTED


def test_another_meaning_is_seen_by_its_answer() -> None:
    found = case("DepthToSpace", "test_depthtospace_example")
    other = replace(found, outputs=tuple(each + 1 for each in found.outputs))
    assert single.network(other).opset_import[0].version > single.EXPORTED


@pytest.mark.parametrize(
    ("got", "right", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], ""),
        ([1.0, 2.0005], [1.0, 2.0], ""),
        ([np.nan, np.inf], [np.nan, np.inf], ""),
        ([1.0, 2.5, 2.25], [1.0, 2.0, 2.0], "2 of 3 cells, 2.5 where 2 is right"),
        ([1.0, np.nan], [1.0, 2.0], "1 of 2 cells, nan where 2 is right"),
        ([1.0, -np.inf], [1.0, np.inf], "1 of 2 cells, -inf where inf is right"),
        ([1.0], [1.0, 2.0], "answers float64 (1,), not float64 (2,)"),
        ([1, 2], [1.0, 2.0], "answers int64 (2,), not float64 (2,)"),
    ],
)
def test_a_difference_names_the_worst_cell(got: list[Any], right: list[Any], expected: str) -> None:
    tolerant = replace(case("Relu", "test_relu"), rtol=1e-3, atol=1e-7)
    first: NDArray[Any] = np.array(got)
    assert single.difference(first, np.array(right), tolerant) == expected
