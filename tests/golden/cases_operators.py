"""What is asked of MXNet about operators at their corners: expression, inputs, mode, wanted gradients.

`cases()` yields dicts; inputs are lists or arrays, float unless said otherwise. Where gradients are
wanted, `head` gives the head gradients. Left out is what MXNet crashes on or gets wrong.
"""

import numpy as np

RAMP = [-2.5, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.5]
SIGNED = [-3.5, -1.0, 0.0, 1.0, 2.0, 5.25]
LEFT, RIGHT = [-3.5, 2.0, 7.5, 1.0, 5.0], [2.0, 2.0, 0.5, -3.0, -2.0]
INTS = np.array([-3, -1, 0, 2, 5], "int32")
BYTES = np.array([0, 3, 200, 255], "uint8")


def words(text):
    """The words of a text: a list that reads as one."""
    return text.split()


def head(shape):
    """Head gradients: 1, 1.5, 2, ... so that no two are equal."""
    size = int(np.prod(shape))
    return (1 + np.arange(size, dtype="float32") / 2).reshape(shape)


def drawn(*shape, seed=0):
    """Values between -1 and 1 with two decimals."""
    return np.random.RandomState(seed).uniform(-1, 1, shape).round(2)


def case(expression, gradients=None, is_train=True, **inputs):
    """One question; by default the gradients of all inputs are wanted."""
    wanted = sorted(inputs) if gradients is None else list(gradients)
    return {"expression": expression, "inputs": inputs, "is_train": is_train, "gradients": wanted}


SCALARS = words(
    """
x%2 x%-2 x%2.5 x%0 x**2 2**x x>1 x==2 x!=2 x<=1 x+1.5 1.5-x x*-2 x/4 -x mx.sym.maximum(x,1)
mx.sym.minimum(x,1) mx.sym.hypot(x,3)
"""
)
SCALARS_ON_INTS = words(
    """
x+1 x+1.5 x-0.5 x*1.5 x/2 x%2 x%2.5 x%-3 x%0 7%x x**2 x**0.5 2**x x>1 x>1.5 x==2.5 x<=1 -x 1.5-x
mx.sym.maximum(x,1.7) mx.sym.minimum(x,1) mx.sym.hypot(x,3)
"""
)
SCALARS_ON_BYTES = words("x+1 x-5 x*2 x/2 x+300 x%3 x*1.5")
BINARIES = words("x+y x-y x*y x/y x%y x>y x==y x!=y x>=y x<y x<=y mx.sym.maximum(x,y) mx.sym.minimum(x,y)")
BINARIES_ON_INTS = words("x+y x-y x*y x/y x%y x**y x>y x==y mx.sym.maximum(x,y) mx.sym.hypot(x,y)")
BROADCASTS = words(
    """
add sub mul div mod power maximum minimum hypot equal not_equal greater greater_equal lesser lesser_equal
logical_and logical_or logical_xor
"""
)
UNARIES = words(
    """
abs sign round rint fix floor ceil trunc square cbrt exp expm1 sin cos tan arctan sinh cosh tanh arcsinh
degrees radians erf reciprocal negative relu sigmoid softsign hard_sigmoid identity BlockGrad make_loss
logical_not ones_like zeros_like sqrt rsqrt rcbrt log log10 log2 log1p arcsin arccos arccosh arctanh erfinv
"""
)
# gamma and gammaln have wrong derivatives at negative arguments there
POSITIVE_UNARIES = ["gamma", "gammaln"]
UNARIES_ON_INTS = words("abs sign round floor square negative relu exp sigmoid tanh")


def elementwise():
    for e in SCALARS:
        yield case(e, x=SIGNED)
    for e in SCALARS_ON_INTS:
        yield case(e, [], x=INTS)
    for e in SCALARS_ON_BYTES:
        yield case(e, [], x=BYTES)
    for e in [*BINARIES, "mx.sym.hypot(x,y)"]:
        yield case(e, x=LEFT, y=RIGHT)
    yield case("x**y", x=[2.0, 0.5, 3.0], y=[2.0, -1.0, 0.0])
    for e in BINARIES_ON_INTS:
        yield case(e, [], x=np.array([-7, 7, 0, 1, 5], "int32"), y=np.array([2, -2, 1, -3, 3], "int32"))
    for name in BROADCASTS:
        yield case(f"mx.sym.broadcast_{name}(x, y)", x=[[1.0, 0.5, -2.0]], y=[[2.0], [-0.5]])
    yield case("mx.sym.broadcast_add(x, y)", x=drawn(2, 1, 3), y=drawn(4, 1))
    yield case("mx.sym.broadcast_mul(x, y)", x=drawn(2, 3), y=drawn(3))
    yield case("mx.sym.broadcast_maximum(x, y)", x=[[1.0, 2.0]], y=[[1.0], [2.0]])
    for name in UNARIES:
        yield case(f"mx.sym.{name}(x)", x=RAMP)
    for name in POSITIVE_UNARIES:
        yield case(f"mx.sym.{name}(x)", x=[0.5, 1.0, 1.5, 3.0, 7.25])
        yield case(f"mx.sym.{name}(x)", [], x=[-2.5, -1.5, -0.5, 171.0])
    for name in UNARIES_ON_INTS:
        yield case(f"mx.sym.{name}(x)", [], x=np.array([-2, 0, 1, 3], "int32"))
    yield case("mx.sym.relu(x)", [], x=[np.nan, np.inf, -np.inf])
    yield case("mx.sym.sign(x)", x=[np.nan, 1.0])
    yield case("mx.sym.maximum(x, y)", x=[np.nan, 1.0], y=[1.0, np.nan])
    yield case("mx.sym.smooth_l1(x, scalar=2)", x=RAMP)


def activations():
    for kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
        yield case(f"mx.sym.Activation(x, act_type={kind!r})", x=[-3.0, -1.0, 0.0, 1.0, 3.0, 30.0])
    for kind in ("leaky", "elu", "gelu"):
        yield case(f"mx.sym.LeakyReLU(x, act_type={kind!r})", x=[[-3.0, -1.0, 0.0, 1.0, 3.0]])
        yield case(f"mx.sym.LeakyReLU(x, act_type={kind!r}, slope=0.1)", x=[[-3.0, -1.0, 0.0, 1.0, 3.0]])
    yield case("mx.sym.LeakyReLU(x, act_type='selu')", [], x=RAMP)  # its gradient is wrong there
    yield case("mx.sym.LeakyReLU(x, act_type='rrelu')[0]", [], False, x=[[-3.0, -1.0, 0.0, 1.0]])
    yield case("mx.sym.LeakyReLU(x, y, act_type='prelu')", x=drawn(2, 3, 2), y=[0.1, 0.2, 0.3])
    yield case("mx.sym.LeakyReLU(x, y, act_type='prelu')", x=[[-3.0, -1.0, 0.0, 1.0]], y=[0.1])
    yield case("mx.sym.clip(x, a_min=-1, a_max=1)", x=[-2.0, -1.0, 0.0, 1.0, 2.0, np.nan])
    yield case("mx.sym.clip(x, a_min=-1, a_max=1.5)", [], x=np.array([-3, 0, 3], "int32"))
    for dtype in ("uint8", "int8", "int32", "int64", "float16", "float64", "bool"):
        yield case(f"mx.sym.Cast(x, dtype={dtype!r})", [], x=[-1.5, -0.5, 0.0, 0.7, 1.5, 127.6, 100.0])
    yield case("mx.sym.Cast(x, dtype='uint8')", [], x=np.array([-1, 256, 300], "int32"))
    yield case("mx.sym.Cast(x, dtype='float64') * 2", x=[1.0, -3.0])
    for axis in ("", ", axis=0", ", temperature=2", ", axis=-2, temperature=-1"):
        yield case(f"mx.sym.softmax(x{axis})", x=[[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]])
        yield case(f"mx.sym.log_softmax(x{axis})", x=[[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]])
    lengths = np.array([2, 3], "int32")
    yield case("mx.sym.softmax(x, length=y, use_length=True)", ["x"], x=[[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]], y=lengths)
    lengths = np.array([[1, 2], [3, 2]], "int32")
    yield case("mx.sym.softmax(x, length=y, use_length=True, axis=1)", ["x"], x=drawn(2, 3, 2), y=lengths)
    yield case("mx.sym.softmax(x, dtype='float64')", x=[[1.0, 2.0, 3.0]])
    yield case("mx.sym.softmax(x)", x=[1000.0, 1001.0, -np.inf])
    yield case("mx.sym.SoftmaxActivation(x)", x=drawn(2, 3))
    yield case("mx.sym.SoftmaxActivation(x, mode='channel')", [], x=drawn(2, 3, 2))
    yield case("mx.sym.Dropout(x, p=0.5)", is_train=False, x=drawn(2, 3))
    yield case("mx.sym.Dropout(x, p=0)", x=drawn(2, 3))


LOSSES = [
    "",
    ", grad_scale=2",
    ", use_ignore=True, ignore_label=0",
    ", ignore_label=0",
    ", normalization='batch'",
    ", normalization='valid'",
    ", normalization='valid', use_ignore=True, ignore_label=0",
    ", normalization='batch', use_ignore=True, ignore_label=0",
    ", smooth_alpha=0.3",
]
IMAGE_LOSSES = [
    ", multi_output=True",
    ", multi_output=True, preserve_shape=True",
    ", multi_output=True, normalization='batch'",
    ", multi_output=True, normalization='valid'",
    ", multi_output=True, normalization='valid', use_ignore=True, ignore_label=1",
    ", multi_output=True, use_ignore=True, ignore_label=1, grad_scale=2",
    ", multi_output=True, smooth_alpha=0.3",
]


def losses():
    scores = [[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]]
    for e in LOSSES:
        yield case(f"mx.sym.SoftmaxOutput(x, y{e})", x=scores, y=[2.0, 0.0])
    yield case("mx.sym.SoftmaxOutput(x, y)", x=scores, y=[5.0, -1.0])
    yield case("mx.sym.SoftmaxOutput(x, y)", x=scores, y=[[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]])
    for e in IMAGE_LOSSES:
        yield case(f"mx.sym.SoftmaxOutput(x, y{e})", x=drawn(2, 3, 2), y=[[0.0, 1.0], [2.0, 1.0]])
    for e in ("", ", normalization='valid'", ", normalization='batch'"):
        yield case(
            f"mx.sym.SoftmaxOutput(x, y, preserve_shape=True{e})",
            x=drawn(2, 3, 2),
            y=[[0.0, 1, 1], [1, 0, 1]],
        )
    for name in ("Linear", "Logistic", "MAE"):
        for e in ("", ", grad_scale=3"):
            expression = f"mx.sym.{name}RegressionOutput(x, y{e})"
            yield case(expression, x=[[1.0, 2.0], [0.0, -1.0], [3.0, 3.0]], y=[[0.0, 2.0], [1.0, 1.0], [3.0, 2.0]])
        yield case(f"mx.sym.{name}RegressionOutput(x, y)", x=[[1.0], [2.0]], y=[0.0, 0.0])
        yield case(f"mx.sym.{name}RegressionOutput(x, y)", x=drawn(2, 2, 2), y=np.zeros((2, 2, 2)))
    for e in ("", ", grad_scale=2", ", normalization='batch'", ", normalization='valid'"):
        yield case(f"mx.sym.MakeLoss(x{e})", x=[[1.0, 2.0], [3.0, -1.0]])
    yield case("mx.sym.MakeLoss(x, normalization='valid', valid_thresh=1.5)", x=[[1.0, 2.0], [3.0, -1.0]])
    yield case("mx.sym.MakeLoss(x, normalization='valid', valid_thresh=99)", x=[[1.0, 2.0], [3.0, -1.0]])


def layers():
    weight, bias = drawn(2, 3, seed=1), [0.5, -0.5]
    yield case("mx.sym.FullyConnected(x, y, z, num_hidden=2)", x=drawn(2, 3), y=weight, z=bias)
    yield case("mx.sym.FullyConnected(x, y, num_hidden=2, no_bias=True)", x=drawn(2, 3), y=weight)
    yield case("mx.sym.FullyConnected(x, y, z, num_hidden=2)", x=drawn(2, 3, 1), y=weight, z=bias)
    yield case("mx.sym.FullyConnected(x, y, z, num_hidden=2, flatten=False)", x=drawn(2, 2, 3), y=weight, z=bias)
    norm = {"x": drawn(3, 2, 2), "g": [2.0, 0.5], "b": [0.1, 0.2], "m": [0.3, 0.4], "v": [1.5, 2.0]}
    wanted = ["x", "g", "b"]
    for e in (
        "",
        ", fix_gamma=False",
        ", use_global_stats=True",
        ", use_global_stats=True, fix_gamma=False",
        ", eps=0.1, fix_gamma=False",
        ", momentum=0.5",
        ", axis=2, fix_gamma=False",
        ", axis=-1",
    ):
        yield case(f"mx.sym.BatchNorm(x, g, b, m, v{e})", wanted, **norm)
    for e in ("", ", fix_gamma=False"):
        yield case(f"mx.sym.BatchNorm(x, g, b, m, v{e})", [], False, **norm)
    yield case("mx.sym.BatchNorm(x, g, b, m, v, output_mean_var=True)", [], **norm)
    yield case("mx.sym.BatchNorm(x, g, b, m, v, fix_gamma=False)", wanted, **dict(norm, x=drawn(4, 2)))
    yield case("mx.sym.BatchNorm(x, g, b, m, v, fix_gamma=False)", wanted, **dict(norm, x=drawn(2, 2, 3, 2)))
    indices = np.array([[0, 2], [1, 1]], "int32")
    yield case("mx.sym.Embedding(x, y, input_dim=3, output_dim=2)", ["y"], x=indices, y=drawn(3, 2))
    yield case("mx.sym.Embedding(x, y, input_dim=3, output_dim=2)", ["y"], x=[0.0, 2.9, 7.0, -3.0], y=drawn(3, 2))


POOLS = [
    "kernel=(2, 2), stride=(2, 2)",
    "kernel=(3, 3), stride=(2, 2), pooling_convention='full'",
    "kernel=(2, 2), pad=(1, 1)",
    "kernel=(3, 3), stride=(2, 2), pad=(1, 1)",
    "kernel=(3, 3), stride=(2, 2), pad=(1, 1), pooling_convention='full'",
    "kernel=(2, 2), stride=(3, 3), pooling_convention='full'",
    "kernel=(2, 3)",
    "global_pool=True",
    "global_pool=True, kernel=(2, 2), stride=(3, 3), pad=(1, 1)",
]


def pool_gradients(parameters, kind):
    """All but those of averages over windows that hang over the edge: their divisor is wrong there."""
    return [] if kind == "'avg'" and "full" in parameters else None


def windows():
    image = drawn(1, 1, 4, 4)
    for e in POOLS:
        for kind in ("'max'", "'avg'", "'sum'", "'lp', p_value=2"):
            yield case(f"mx.sym.Pooling(x, {e}, pool_type={kind})", pool_gradients(e, kind), x=image)
        if "pad" in e and "global" not in e:
            yield case(f"mx.sym.Pooling(x, {e}, pool_type='avg', count_include_pad=False)", x=image)
    yield case("mx.sym.Pooling(x, kernel=(2, 2), pool_type='lp', p_value=1)", x=abs(image))
    yield case("mx.sym.Pooling(x, kernel=(2, 2), pool_type='lp', p_value=3)", x=abs(image))
    yield case("mx.sym.Pooling(x, kernel=(2,))", x=drawn(1, 2, 5))
    yield case("mx.sym.Pooling(x, kernel=(2, 2, 2), pool_type='avg')", x=drawn(1, 1, 3, 3, 3))
    yield case("mx.sym.Pooling(x, kernel=(2, 2))", x=[[[[4.0, 4.0], [4.0, 4.0]]]])
    conv = "mx.sym.Convolution(x, y, %s)"
    yield case(
        conv % "z, kernel=(2, 2), num_filter=2",
        x=drawn(2, 2, 3, 4),
        y=drawn(2, 2, 2, 2, seed=1),
        z=[0.1, 0.2],
    )
    yield case(
        conv % "kernel=(2, 3), num_filter=4, num_group=2, stride=(2, 1), pad=(1, 0), dilate=(1, 2), no_bias=True",
        x=drawn(1, 4, 4, 6),
        y=drawn(4, 2, 2, 3, seed=1),
    )
    yield case(
        conv % "kernel=(2,), num_filter=2, no_bias=True, dilate=(2,), pad=(1,), stride=(2,), num_group=2",
        x=drawn(1, 2, 5),
        y=drawn(2, 1, 2, seed=1),
    )
    yield case(
        conv % "kernel=(2, 1, 2), num_filter=2, no_bias=True",
        x=drawn(1, 2, 2, 2, 3),
        y=drawn(2, 2, 2, 1, 2, seed=1),
    )
    back = "mx.sym.Deconvolution(x, y, %s)"
    yield case(back % "kernel=(2, 2), num_filter=3", x=drawn(1, 2, 2, 3), y=drawn(2, 3, 2, 2, seed=1))
    yield case(
        back % "kernel=(3, 3), num_filter=1, stride=(2, 2), pad=(1, 1), adj=(1, 1)",
        x=drawn(1, 2, 2, 3),
        y=drawn(2, 1, 3, 3, seed=1),
    )
    yield case(
        back % "z, kernel=(2,), num_filter=2, stride=(2,), no_bias=False, num_group=2",
        x=drawn(1, 2, 3),
        y=drawn(2, 1, 2, seed=1),
        z=[0.1, 0.2],
    )


SLICES = words(
    """
begin=(0,),end=(2,) begin=(0,1),end=(2,3) begin=(None,1),end=(None,3) begin=(0,0),end=(3,4),step=(2,2)
begin=(None,),end=(None,),step=(-1,) begin=(2,),end=(0,),step=(-1,) begin=(2,3),end=(None,0),step=(-1,-2)
begin=(-2,),end=(None,) begin=(0,),end=(-1,) begin=(0,),end=(10,) begin=(1,1),end=(2,2),step=(None,None)
begin=(2,),end=(-10,),step=(-1,) begin=(10,),end=(None,),step=(-1,) begin=(),end=()
"""
)
REDUCTIONS = [
    "",
    ", axis=0",
    ", axis=1, keepdims=True",
    ", axis=(0, 2)",
    ", axis=-1",
    ", axis=0, exclude=True",
]


def shapes():
    table = np.arange(12.0).reshape(3, 4)
    for e in SLICES:
        yield case(f"mx.sym.slice(x, {e})", x=table)
    for e in ("axis=0,begin=1,end=None", "axis=1,begin=-2,end=None", "axis=-1,begin=0,end=-1"):
        yield case(f"mx.sym.slice_axis(x, {e})", x=table)
    for e in REDUCTIONS:
        for name in ("sum", "mean", "max", "min"):
            yield case(f"mx.sym.{name}(x{e})", x=drawn(2, 3, 2))
    yield case("mx.sym.max(x, axis=1)", x=[[1.0, 1.0, 0.0], [2.0, 3.0, 3.0]])
    yield case("mx.sym.min(x)", x=[1.0, 1.0, 2.0])
    for name in ("sum", "mean", "max"):
        yield case(f"mx.sym.{name}(x)", [], x=np.array([1, 2, 4], "int32"))
    yield case("mx.sym.sum(x)", [], x=np.array([200, 100], "uint8"))
    yield case("mx.sym.dot(x, y)", x=[1.0, 2.0], y=[3.0, 4.0])
    yield case("mx.sym.dot(x, y)", x=drawn(2, 3), y=drawn(3, seed=1))
    yield case("mx.sym.dot(x, y)", x=drawn(2, 2, 3), y=drawn(3, 2, 2, seed=1))
    yield case("mx.sym.dot(x, y, transpose_a=True)", x=drawn(2, 3, 4), y=drawn(2, 2, seed=1))
    yield case("mx.sym.dot(x, y, transpose_b=True)", x=drawn(2, 3), y=drawn(4, 2, 3, seed=1))
    yield case("mx.sym.dot(x, y, transpose_a=True, transpose_b=True)", x=drawn(3, 2), y=drawn(4, 3, seed=1))
    for e, left, right in (
        ("", (2, 3, 4), (2, 4, 2)),
        (", transpose_a=True", (2, 4, 3), (2, 4, 2)),
        (", transpose_b=True", (2, 3, 4), (2, 2, 4)),
    ):
        yield case(f"mx.sym.batch_dot(x, y{e})", x=drawn(*left), y=drawn(*right, seed=1))
    yield case("mx.sym.transpose(x)", x=drawn(2, 3, 2))
    yield case("mx.sym.transpose(x, axes=(1, 2, 0))", x=drawn(2, 3, 2))
    yield case("mx.sym.broadcast_to(x, shape=(2, 0))", x=drawn(1, 3))
    yield case("mx.sym.Concat(x, y, dim=1)", x=drawn(2, 3), y=drawn(2, 1, seed=1))
    yield case("mx.sym.Concat(x, x, y, dim=0)", x=drawn(2, 3), y=drawn(1, 3, seed=1))
    yield case("mx.sym.SliceChannel(x, num_outputs=3, axis=1)", x=drawn(2, 3))
    yield case("mx.sym.SliceChannel(x, num_outputs=2, axis=0, squeeze_axis=True)", x=drawn(2, 3))
    yield case("mx.sym.Reshape(x, shape=(-3, 0))", x=drawn(2, 3, 2))
    yield case("mx.sym.Flatten(x)", x=drawn(2, 3, 2))
    yield case("mx.sym.expand_dims(x, axis=1)", x=drawn(2, 3))
    for e in (
        "zeros((2,))",
        "ones((2,), dtype='float16')",
        "zeros((2,), dtype='int32')",
        "arange(3)",
        "arange(1, 4, 0.5)",
        "arange(4, 1, -1)",
        "arange(3, repeat=2)",
        "arange(0, 1, 0.3)",
        "arange(5, dtype='int32')",
        "arange(2, None)",
        "full((2,), 3.5, dtype='int32')",
    ):
        yield case("mx.sym." + e, [])


def cases():
    """All cases, one after another."""
    for family in (elementwise, activations, losses, layers, windows, shapes):
        yield from family()
