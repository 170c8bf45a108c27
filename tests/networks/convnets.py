"""Random convolutional networks for property tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import symbolnb as mx

SMOOTH = ("tanh", "sigmoid", "softrelu", "softsign")


@st.composite
def convnets(draw: st.DrawFn, kinks: bool = True) -> tuple[mx.sym.Symbol, tuple[int, ...]]:
    """A network of 3 to 15 layers with branches, and the shape of its data.

    Numbers of channels are any, so that layouts in blocks of channels need padding. Without `kinks` it has a
    continuous derivative.
    """
    shape = (draw(st.integers(1, 3)), draw(st.integers(1, 20)), draw(st.integers(5, 12)), draw(st.integers(5, 12)))
    net = mx.sym.var("data")
    made: list[tuple[mx.sym.Symbol, tuple[int, ...]]] = [(net, shape)]
    for position in range(draw(st.integers(3, 15))):
        net, at = draw(st.sampled_from(made[-3:]))
        kind = draw(st.sampled_from(("conv", "conv", "norm", "act", "pool", "scale", "drop", "join", "add", "lrn")))
        name, same = f"{kind}{position}", [other for other, size in made if size == at]
        if kind == "conv":
            net = _convolution(draw, net, at, name)
        elif kind == "norm":
            net = mx.sym.BatchNorm(net, fix_gamma=draw(st.booleans()), name=name)
        elif kind == "act":
            net = mx.sym.Activation(net, act_type=draw(st.sampled_from((*SMOOTH, *("relu",) * kinks))), name=name)
        elif kind == "pool":
            pool_type = draw(st.sampled_from(("avg", *("max",) * kinks)))
            kernel = draw(st.sampled_from((2, 3)))
            net = mx.sym.Pooling(net, kernel=(kernel,) * 2, stride=(kernel - 1,) * 2, pad=(1, 1), pool_type=pool_type)
        elif kind == "scale":
            net = net * draw(st.sampled_from((-1.0, 0.5))) + 0.25
        elif kind == "drop":
            net = mx.sym.Dropout(net, p=0.3, name=name)
        elif kind == "lrn":
            net = mx.sym.LRN(net, nsize=3, name=name)
        elif kind == "add":
            net = net + draw(st.sampled_from(same))
        else:
            fitting = [other for other, size in made if size[2:] == at[2:]]
            net = mx.sym.Concat(net, draw(st.sampled_from(fitting)), name=name)
        made.append((net, _size(net, shape)))
    return _head(draw, made), shape


def _convolution(draw: st.DrawFn, net: mx.sym.Symbol, at: tuple[int, ...], name: str) -> mx.sym.Symbol:
    kernel, filters = draw(st.sampled_from((1, 3))), draw(st.integers(1, 20))
    groups = draw(st.sampled_from((1, 1, at[1])))
    options: dict[str, Any] = {
        "weight": _weight(draw, name),
        "kernel": (kernel,) * 2,
        "pad": (kernel // 2,) * 2,
        "no_bias": draw(st.booleans()),
    }
    if draw(st.integers(0, 5)) == 0:
        return mx.sym.Deconvolution(net, num_filter=filters, name=name, **options)
    options |= {"num_filter": groups if groups > 1 else filters, "num_group": groups}
    return mx.sym.Convolution(net, stride=(draw(st.sampled_from((1, 1, 2))),) * 2, name=name, **options)


def _weight(draw: st.DrawFn, name: str) -> mx.sym.Symbol:
    """A layer's weight; sometimes computed from it in steps, which are prepared and of which only the last is kept.

    A softmax alone would not do: sums of one in front of a decision make the gradients below it cancel to zero.
    """
    weight = mx.sym.var(f"{name}_weight")
    return weight if draw(st.booleans()) else mx.sym.softmax(mx.sym.sin(weight) * 3) * weight


def _head(draw: st.DrawFn, made: list[tuple[mx.sym.Symbol, tuple[int, ...]]]) -> mx.sym.Symbol:
    """One or two outputs: the last layer as it is, or a decision about it; and another layer's result."""
    last = made[-1][0]
    heads = [last]
    if draw(st.booleans()):
        last = mx.sym.FullyConnected(last, weight=_weight(draw, "fc"), num_hidden=3, name="fc")
        heads = [mx.sym.SoftmaxOutput(last, name="softmax")]
    if draw(st.booleans()):
        heads.append(draw(st.sampled_from(made[:-1]))[0])
    return mx.sym.Group(heads)


def _size(net: mx.sym.Symbol, shape: tuple[int, ...]) -> tuple[int, ...]:
    _, outputs, _ = net.infer_shape(data=shape)
    return tuple(outputs[0])
