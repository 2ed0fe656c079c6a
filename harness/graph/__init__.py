"""An ONNX graph → shapes, parameters, multiply-accumulates, receptive fields and depth.

Beside `harness.testing`, the one part of the core that imports onnx.
"""

from __future__ import annotations

from harness.graph.kinds import Kind
from harness.graph.layers import Layer
from harness.graph.model import Shape
from harness.graph.reach import ReceptiveField
from harness.graph.structure import Structure, analyse, longest_path

__all__ = ["Kind", "Layer", "ReceptiveField", "Shape", "Structure", "analyse", "longest_path"]
