"""Graphs far deeper than Python's stack: nothing that walks them may recurse."""

from __future__ import annotations

import copy
import pickle
import sys

import numpy as np

import symbolnb as mx

DEPTH = 3 * sys.getrecursionlimit()


def _chain() -> mx.sym.Symbol:
    net = mx.sym.var("data")
    for number in range(DEPTH):
        net = net + 1.0 if number % 2 else mx.sym.Activation(net, act_type="relu")
    return net


def test_a_deep_graph_goes_everywhere() -> None:
    net = _chain()
    assert net.infer_shape(data=(2, 3))[1] == [(2, 3)]
    assert net.infer_type(data="float32")[1] == [np.float32]
    assert mx.sym.load_json(net.tojson()).tojson() == net.tojson()
    assert copy.deepcopy(net).name == pickle.loads(pickle.dumps(net)).name == net.name
    assert len(net(data=mx.sym.var("other")).get_internals()) == DEPTH + 1
    assert net.debug_str().count("Op:") == DEPTH


def test_a_deep_graph_runs_in_both_directions() -> None:
    executor = _chain().simple_bind(mx.cpu(), data=(2, 3))
    output = executor.forward(is_train=True, data=mx.nd.ones((2, 3)))[0]
    np.testing.assert_array_equal(output.asnumpy(), np.full((2, 3), 1 + DEPTH // 2))
    executor.backward(mx.nd.ones((2, 3)))
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), np.ones((2, 3)))
