"""The model of the row: a network of one hidden layer over 16 features, and the features of a number."""

from __future__ import annotations

from typing import Any

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FEATURES, HIDDEN, BATCH = 16, 64, 1024


def session() -> Any:
    """The model, ready on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])


def features(numbers: Any) -> Any:
    """The features of each number."""
    return (numbers[:, None] % numpy.arange(2, FEATURES + 2)).astype(numpy.float32)


def _model() -> bytes:
    rng = numpy.random.default_rng(7)
    weights = {
        "w1": rng.normal(size=(FEATURES, HIDDEN)),
        "b1": rng.normal(size=HIDDEN),
        "w2": rng.normal(size=(HIDDEN, 1)),
        "b2": rng.normal(size=1),
    }
    nodes = [
        helper.make_node("Gemm", ["x", "w1", "b1"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "w2", "b2"], ["s"]),
        helper.make_node("Sigmoid", ["s"], ["y"]),
    ]
    values = [numpy_helper.from_array(array.astype(numpy.float32), name) for name, array in weights.items()]
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])
    graph = helper.make_graph(nodes, "classifier", [x], [y], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
