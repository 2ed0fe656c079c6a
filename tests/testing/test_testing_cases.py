from __future__ import annotations

import subprocess
import sys

import numpy as np

from harness.testing.cases import CNN_OPERATORS, node_cases


def test_cases_are_of_one_node_and_numbers_alone() -> None:
    cases = node_cases("MaxPool")
    assert "test_maxpool_2d_default" in {each.name for each in cases}
    for case in cases:
        (node,) = case.model.graph.node
        assert (node.op_type, node.domain, case.operator) == ("MaxPool", "", "MaxPool")
        assert [each.name for each in case.model.graph.input] == list(node.input)
        assert len(case.inputs) == 1
        assert len(case.outputs) == len(node.output)
        assert all(each.dtype.kind in "fiu" for each in (*case.inputs, *case.outputs))


def test_a_module_is_found_by_its_operator_however_it_is_spelt() -> None:
    found = {
        name: bool(node_cases(name))
        for name in ("And", "BatchNormalization", "Range", "ReduceLogSumExp", "Scatter")
    }
    assert all(found.values()), found


def test_strings_and_sequences_are_left_out() -> None:
    assert {each.name for each in node_cases("Identity")} == {"test_identity"}
    assert not [each.name for each in node_cases("Equal") if "string" in each.name]


def test_an_operator_without_cases_has_none() -> None:
    assert node_cases("GlobalLpPool") == []
    assert node_cases("Unheard") == []


def test_cases_are_the_same_in_every_process() -> None:
    code = (
        "from harness.testing.cases import node_cases;"
        "print(sum(float(each.inputs[0].sum()) for each in node_cases('Softplus')))"
    )
    here = sum(float(each.inputs[0].sum()) for each in node_cases("Softplus"))
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert float(there) == here


def test_random_numbers_of_others_are_left_alone() -> None:
    code = (
        "import numpy as np; from harness.testing.cases import node_cases; np.random.seed(3);"
        "node_cases('Selu'); print(np.random.random())"
    )
    there = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert float(there) == np.random.RandomState(3).random()


def test_the_operators_stand_in_order_and_once() -> None:
    assert list(CNN_OPERATORS) == sorted({*CNN_OPERATORS})


def test_importing_the_module_imports_no_onnx() -> None:
    code = "import sys, harness.testing.cases; print('onnx' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
