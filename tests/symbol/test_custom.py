"""Operators written in Python, as a user of `mx.operator` meets them."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import symbolnb as mx
from symbolnb.ops.custom import DEFINITIONS


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a test registers is gone after it."""
    before = dict(DEFINITIONS)
    yield
    DEFINITIONS.clear()
    DEFINITIONS.update(before)


class Keep(mx.operator.CustomOp):
    """The square; what backward needs is kept in the object."""

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        self.kept = in_data[0].asnumpy()
        self.trained = is_train
        self.assign(out_data[0], req[0], in_data[0] * in_data[0])

    def backward(self, req: Any, out_grad: Any, in_data: Any, out_data: Any, in_grad: Any, aux: Any) -> None:
        assert self.trained
        self.assign(in_grad[0], req[0], mx.nd.array(2 * self.kept) * out_grad[0])


class KeepProp(mx.operator.CustomOpProp):
    """One input, one output."""

    made: list[Any] = []

    def __init__(self, **attributes: str) -> None:
        super().__init__()
        self.attributes = attributes

    def declare_backward_dependency(self, out_grad: Any, in_data: Any, out_data: Any) -> Any:
        return out_grad

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> Any:
        self.made.append((ctx, in_shapes, in_dtypes))
        return Keep()


class Boom(mx.operator.CustomOp):
    """Fails."""

    def forward(self, is_train: Any, req: Any, in_data: Any, out_data: Any, aux: Any) -> None:
        raise ZeroDivisionError("what a user did wrong")


class BoomProp(mx.operator.CustomOpProp):
    """Makes what fails."""

    def create_operator(self, ctx: Any, in_shapes: Any, in_dtypes: Any) -> Any:
        return Boom()


def test_object_lives_from_forward_to_backward() -> None:
    mx.operator.register("keep")(KeepProp)
    KeepProp.made.clear()
    data = mx.sym.var("data")
    net = mx.sym.Custom(mx.sym.Custom(data, op_type="keep", name="first") + 1, op_type="keep", name="second")
    executor = net.simple_bind(mx.cpu(), data=(3,))
    executor.arg_dict["data"][:] = np.array([1, 2, 3])
    assert executor.forward(is_train=True)[0].asnumpy().tolist() == [4, 25, 100]
    executor.backward(mx.nd.ones(3))
    assert executor.grad_dict["data"].asnumpy().tolist() == [8, 40, 120]
    assert KeepProp.made == [(mx.cpu(), [[3]], [0])] * 2
    executor.backward(mx.nd.ones(3))
    assert executor.grad_dict["data"].asnumpy().tolist() == [8, 40, 120]
    assert len(KeepProp.made) == 2


def test_attributes_and_text() -> None:
    mx.operator.register("keep")(KeepProp)
    net = mx.sym.Custom(data=mx.sym.var("data"), op_type="keep", name="own", size=(1, 2), word=None, lr_mult=2)
    assert net.list_attr() == {
        "op_type": "keep", "size": "(1, 2)", "word": "None", "__lr_mult__": "2", "lr_mult": "2"
    }  # fmt: skip
    operator = net.entries[0].node.operator
    assert operator.definition.prop.attributes == {"size": "(1, 2)", "word": "None"}
    again = mx.sym.load_json(net.tojson())
    assert again.tojson() == net.tojson()
    assert again.entries[0].node.operator == operator
    mx.operator.register("keep")(type("Other", (KeepProp,), {}))
    assert mx.sym.load_json(net.tojson()).entries[0].node.operator != operator


def test_unregistered_operator_in_a_file() -> None:
    mx.operator.register("keep")(KeepProp)
    text = mx.sym.Custom(mx.sym.var("data"), op_type="keep", name="own").tojson()
    DEFINITIONS.clear()
    with pytest.raises(mx.MXNetError) as caught:
        mx.sym.load_json(text)
    assert str(caught.value) == (
        "symbol JSON: node 1 ('own'): Custom: no custom operator is registered as 'keep' (none is); define it with "
        "mx.operator.register('keep') before the graph is made or loaded"
    )


@pytest.mark.parametrize("watched", [False, True])
def test_failure_of_the_users_code_names_the_node_and_keeps_the_traceback(watched: bool) -> None:
    mx.operator.register("boom")(BoomProp)
    executor = mx.sym.Custom(mx.sym.var("data"), op_type="boom", name="own").simple_bind(mx.cpu(), data=(2, 3))
    executor.set_monitor_callback((lambda name, array: None) if watched else None)
    with pytest.raises(mx.MXNetError) as caught:
        executor.forward()
    wanted = "Custom 'own' failed with data (2, 3) float32: forward of 'boom' raised ZeroDivisionError: what a user did"
    assert str(caught.value).startswith(wanted)
    text = "".join(traceback.format_exception(caught.value))
    assert 'raise ZeroDivisionError("what a user did wrong")' in text
    with pytest.raises(mx.MXNetError, match="forward of 'boom' raised ZeroDivisionError"):
        mx.nd.Custom(mx.nd.ones(2), op_type="boom")


def test_failing_inference_is_told_once_all_is_known() -> None:
    class Prop(KeepProp):
        def infer_shape(self, in_shape: Any) -> Any:
            return in_shape, [in_shape[0][:1], in_shape[0][5]], []

    mx.operator.register("shapes")(Prop)
    net = mx.sym.Custom(mx.sym.var("data"), op_type="shapes", name="own")
    assert net.infer_shape_partial() == ([()], [()], [])
    with pytest.raises(mx.MXNetError, match=r"Custom 'own': infer_shape of 'shapes' raised IndexError: .* \[data"):
        net.infer_shape(data=(2, 3))


def test_calls_that_do_not_fit() -> None:
    mx.operator.register("keep")(KeepProp)
    data, array = mx.sym.var("data"), mx.nd.ones(2)
    with pytest.raises(mx.MXNetError, match=r"Custom takes 1 inputs \(data\).* but 2 are given"):
        mx.sym.Custom(data, data, op_type="keep")
    with pytest.raises(mx.MXNetError, match="Custom has no input 'other' with these parameters; its inputs are data"):
        mx.sym.Custom(other=data, op_type="keep")
    with pytest.raises(mx.MXNetError, match="either by position or by keyword, not both"):
        mx.sym.Custom(data, other=data, op_type="keep")
    with pytest.raises(mx.MXNetError, match="takes 1 inputs but 2 are given"):
        mx.nd.Custom(array, array, op_type="keep")
    with pytest.raises(mx.MXNetError, match="takes no other"):
        mx.nd.Custom(array, other=array, op_type="keep")
    with pytest.raises(mx.MXNetError, match="input data is a int but must be an NDArray"):
        mx.nd.Custom(3, op_type="keep")
    with pytest.raises(mx.MXNetError, match="subclass of CustomOpProp, but it is <class 'int'>"):
        mx.operator.register("bad")(int)  # type: ignore[type-var]
    mx.operator.register("none")(type("None", (KeepProp,), {"create_operator": lambda *_: 3}))
    with pytest.raises(mx.MXNetError, match="create_operator of 'none' gave 3, which is no CustomOp"):
        mx.nd.Custom(array, op_type="none")


def test_inside_a_loop() -> None:
    mx.operator.register("keep")(KeepProp)
    out, state = mx.sym.contrib.foreach(
        lambda row, total: (mx.sym.Custom(row, op_type="keep"), total + row), mx.sym.var("data"), mx.sym.var("start")
    )
    executor = mx.sym.Group([out, state]).simple_bind(mx.cpu(), data=(3, 2), start=(2,))
    executor.arg_dict["data"][:] = np.arange(6).reshape(3, 2)
    made = executor.forward(is_train=True)
    np.testing.assert_array_equal(made[0].asnumpy(), np.arange(6).reshape(3, 2) ** 2)
    executor.backward([mx.nd.ones((3, 2)), mx.nd.zeros(2)])
    np.testing.assert_array_equal(executor.grad_dict["data"].asnumpy(), 2 * np.arange(6).reshape(3, 2))


def test_assign_and_defaults() -> None:
    op, prop, array = mx.operator.CustomOp(), mx.operator.CustomOpProp(), mx.nd.ones(2)
    for request, wanted in (("write", 3), ("add", 6), ("null", 6), ("inplace", 3)):
        op.assign(array, request, mx.nd.full(2, 3))
        assert array.asnumpy().tolist() == [wanted, wanted]
    assert prop.infer_type([np.float16]) == ([np.float16], [np.float16], [])
    assert prop.infer_storage_type(["default"]) == (["default"], ["default"], [])
    assert prop.infer_storage_type_backward(["default"], ["default"], ["default"], ["undefined"], []) == (
        ["default"], ["default"], ["default"], ["default"], [],
    )  # fmt: skip
    assert mx.operator.CustomOpProp(need_top_grad=False).declare_backward_dependency([0], [1], [2]) == [1, 2]
    assert {"Custom", "FullyConnected"} < set(mx.operator.get_all_registered_operators())
