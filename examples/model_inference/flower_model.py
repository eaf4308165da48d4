"""The model of the examples that have one."""

from __future__ import annotations

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def flower_model() -> bytes:
    """An ONNX model: a logistic regression from four features to one score."""
    weights = np.array([[0.4], [-0.9], [1.3], [0.7]], dtype=np.float32)
    bias = np.array([-3.0], dtype=np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["features", "weights"], ["product"]),
            helper.make_node("Add", ["product", "bias"], ["sum"]),
            helper.make_node("Sigmoid", ["sum"], ["score"]),
        ],
        "flowers",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, [None, 4])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, [None, 1])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    opset = helper.make_opsetid("", 13)
    content: bytes = helper.make_model(graph, opset_imports=[opset], ir_version=8).SerializeToString()
    return content
