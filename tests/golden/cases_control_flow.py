"""Questions about loops and branches: graphs, their results and gradients, names in namespaces, errors.

Steps of a while_loop that are not taken are left out of its results: in MXNet they are undefined.
"""

PRELUDE = """
S = mx.sym
a, b, d, e, i, s, w, x = (mx.sym.Variable(name) for name in "abdeiswx")

def ramp(place, shape):
    size = int(np.prod(shape))
    return np.sin(np.arange(size) * 0.7 + place + 1).astype("float32").reshape(shape)

def answer(outputs, start=None, **shapes):
    net = S.Group(outputs)
    names = net.list_arguments()
    found = net.infer_shape(**shapes)[0] or [shapes[name] for name in names]
    values = {name: ramp(place, shape) for place, (name, shape) in enumerate(zip(names, found))}
    values.update({name: np.full(shapes[name], value, "float32") for name, value in (start or {}).items()})
    args = {name: mx.nd.array(value) for name, value in values.items()}
    grads = {name: mx.nd.zeros(value.shape) for name, value in values.items()}
    executor = net.bind(mx.cpu(), args, args_grad=grads)
    made = [output.asnumpy() for output in executor.forward(is_train=True)]
    executor.backward([mx.nd.array(ramp(place, output.shape)) for place, output in enumerate(made)])
    return {
        "json": net.tojson(), "outputs": net.list_outputs(), "shapes": dict(zip(names, map(list, found))),
        "made": made, "grads": {name: grad.asnumpy() for name, grad in grads.items()},
    }

def graph(outputs):
    return {"json": S.Group(outputs).tojson(), "arguments": S.Group(outputs).list_arguments()}
"""

PROGRAMS = {
    "running sum": """
out, last = S.contrib.foreach(lambda x, s: (x + s, x + s), d, s)
result = answer([out, last], d=(4, 3), s=(3,))
""",
    "slices of a vector": """
out, last = S.contrib.foreach(lambda x, s: (x * s, s + x), d, s)
result = answer([out, last], d=(4,), s=(1,))
""",
    "lists of data and states": """
out, last = S.contrib.foreach(lambda x, s: ([x[0] * s[0], x[1] - s[1]], [s[1] + x[0], s[0]]), [d, e], [a, b])
result = answer(out + last, d=(3, 2), e=(3, 2), a=(2,), b=(2,))
""",
    "nested lists of states": """
out, (first, (second, third)) = S.contrib.foreach(
    lambda x, s: (x * s[0], [s[0] + x, [s[1][0] * 2, s[1][1] - x]]), d, [a, [b, s]])
result = answer([out, first, second, third], d=(3, 2), a=(2,), b=(2,), s=(2,))
""",
    "states only": """
out, last = S.contrib.foreach(lambda x, s: ([], [s[0] * x]), d, [s])
result = dict(answer(last, d=(3, 2), s=(2,)), outputs_of_body=len(out))
""",
    "outputs only": """
out, last = S.contrib.foreach(lambda x, s: (S.tanh(x), []), d, [])
result = dict(answer([out], d=(3, 2)), states=len(last))
""",
    "what comes in goes out": """
out, last = S.contrib.foreach(lambda x, s: ([x, s], s), d, s)
result = answer(out + [last], d=(3, 2), s=(2,))
""",
    "values from outside": """
outer = S.exp(w, name="outer")
halves = S.split(b, num_outputs=2, axis=0, name="halves")
out, last = S.contrib.foreach(lambda x, s: (x * outer + halves[1] * s, s * outer - x * w), d * 2, s, name="loop")
result = answer([out, last, outer], d=(3, 2), s=(2,), w=(2,), b=(4,))
""",
    "a layer in the body": """
def body(x, s):
    return S.FullyConnected(x, num_hidden=3, name="fc") + s, s * 0.5
out, last = S.contrib.foreach(body, d, s)
result = answer([out, last], d=(4, 2, 5), s=(2, 3))
""",
    "LSTM cell": """
def cell(x, states):
    gates = S.FullyConnected(x, num_hidden=12, name="i2h") + S.FullyConnected(states[0], num_hidden=12, name="h2h")
    i, f, o, u = S.split(gates, num_outputs=4, axis=1)
    memory = S.sigmoid(f) * states[1] + S.sigmoid(i) * S.tanh(u)
    hidden = S.sigmoid(o) * S.tanh(memory)
    return hidden, [hidden, memory]
out, last = S.contrib.foreach(cell, d, [a, b])
result = answer([out] + last, d=(4, 2, 5), a=(2, 3), b=(2, 3))
""",
    "a loop in a loop": """
def inner(x, s):
    return S.tanh(S.FullyConnected(x, num_hidden=2, name="fc") * w) + s, s * 2
def outer(x, s):
    out, last = S.contrib.foreach(inner, x, s)
    return S.sum(out, axis=0), last * 0.25 + S.sin(w)
out, last = S.contrib.foreach(outer, d, s)
result = answer([out, last], d=(2, 3, 4, 2), s=(4, 2), w=(4, 2))
""",
    "while": """
out, last = S.contrib.while_loop(lambda i, s: i <= 2, lambda i, s: (S.tanh(i + s), [i + 1, s * i - s]), [i, s],
                                 max_iterations=6)
result = answer([S.slice_axis(out, axis=0, begin=0, end=3)] + last, {"i": 0}, i=(1,), s=(1,))
""",
    "while, to the last iteration": """
out, last = S.contrib.while_loop(lambda i: i < 100, lambda i: ([i * i, i], [i + 3]), [i], max_iterations=3)
result = answer(out + last, {"i": 1}, i=(1,))
""",
    "while, no outputs": """
out, last = S.contrib.while_loop(lambda i, s: i < 2, lambda i, s: (None, [i + 1, s * s]), [i, s], max_iterations=5,
                                 name="power")
result = dict(answer(last, {"i": 0}, i=(1,), s=(1,)), outputs_of_body=len(out))
""",
    "while, a condition from outside": """
limit = S.exp(w, name="limit")
out, last = S.contrib.while_loop(lambda i: i < limit, lambda i: (i * limit, i + 1), i, max_iterations=5)
result = graph([out, last])
""",
    "while, a variable made inside": """
out, last = S.contrib.while_loop(lambda i: i < 3, lambda i: (i * S.var("inside"), i + 1), i, max_iterations=5)
result = graph([out, last])
""",
    "cond": """
out = S.contrib.cond(S.sum(a) < S.sum(b), lambda: [a * b, S.sin(a)], lambda: [S.exp(a), b * 2])
result = answer(out, a=(2, 3), b=(2, 3))
""",
    "cond, the other way": """
out = S.contrib.cond(S.sum(a) > S.sum(b), lambda: [a * b, S.sin(a)], lambda: [S.exp(a), b * 2], name="choice")
result = answer(out, a=(2, 3), b=(2, 3))
""",
    "cond, the branches of one output": """
out = S.contrib.cond(S.sum(a) < 100, lambda: S.square(a), lambda: a)
result = answer([out], a=(4,))
""",
    "cond, variables made inside": """
result = graph([S.contrib.cond(s, lambda: S.var("y") + 1, lambda: S.var("y") * S.var("z"))])
""",
    "cond, values from outside": """
outer = S.exp(w, name="outer")
result = graph([S.contrib.cond(s, lambda: outer + a, lambda: a * outer)])
""",
    "cond, nested": """
def then():
    return S.contrib.cond(S.sum(b) > 0, lambda: a + b, lambda: a - b)
result = graph([S.contrib.cond(S.sum(a) > 0, then, lambda: a * b)])
""",
    "cond in a loop": """
def body(x, s):
    made = S.contrib.cond(S.sum(x) > 0, lambda: x * s, lambda: x - s)
    return made, made
out, last = S.contrib.foreach(body, d, s)
result = graph([out, last])
""",
    "attributes of a scope": """
with mx.AttrScope(ctx_group="dev1"):
    out, last = S.contrib.foreach(lambda x, s: (x + s, x), d, s)
result = graph([out, last])
""",
    "names": """
with mx.name.Prefix("net_"):
    out, last = S.contrib.foreach(lambda x, s: (x + s, S.exp(x)), d, s)
    more, last = S.contrib.foreach(lambda x, s: (x + s, S.exp(x)), d, last)
result = graph([out, more, last])
""",
}

ERRORS = [
    ("S.contrib.foreach(lambda x, s: (x * 2, [x]), d, [s])", ["state"]),
    ("S.contrib.foreach(lambda x, s: (s[0], s), d, [s])", ["data"]),
    ("S.contrib.foreach(lambda x, s: (x, [s[0], x]), d, [s])", ["states"]),
    ("S.contrib.foreach(lambda x, s: (3, s), d, [s])", ["3"]),
    ("S.contrib.foreach(lambda x, s: (x, s), 3, [s])", ["3"]),
    ("S.contrib.foreach(lambda x, s: (x, s), d, 'state')", ["state"]),
    ("S.contrib.foreach(lambda x, s: (x[0] + x[1], s), [d, d], s)", ["d-0"]),
    ("S.contrib.while_loop(lambda i: i < 5, lambda i: ([i], [i + 1, i]), [i], max_iterations=3)", ["loop"]),
    ("S.contrib.while_loop(lambda i: i < 5, lambda i: ([i], [i + 1]), [i])", ["max_iterations"]),
    ("S.contrib.while_loop(lambda i, s: i < 5, lambda i, s: ([i], [i + 1, i]), [i, s], max_iterations=2)", ["loop"]),
    ("S.contrib.while_loop(lambda i: 5, lambda i: ([i], [i + 1]), [i], max_iterations=2)", ["cond"]),
    ("S.contrib.while_loop(lambda: 5, lambda: ([], []), [], max_iterations=2)", ["variable"]),
    ("S.contrib.cond(a, lambda: b + 1, lambda: [b, b])", ["branch"]),
    ("S.contrib.cond(a, lambda: 1, lambda: 2)", ["1"]),
    ("S.linalg.nothing(a)", ["nothing"]),
    ("S.contrib.box_nmss(a)", ["box_nmss"]),
]

NAMES = [
    "S.linalg.gemm2(a, b)",
    "S.linalg_gemm2(a, b)",
    "S.contrib.box_nms(a)",
    "S.contrib.MultiBoxPrior(a)",
    "S.contrib.AdaptiveAvgPooling2D(a)",
    "S.image.normalize(a, mean=0, std=1)",
    "S.sparse.dot(a, b)",
    "S.sparse.zeros_like(a)",
    "S.op.FullyConnected(a, num_hidden=1)",
    "S._internal._plus_scalar(a, scalar=1)",
    "S._internal._PlusScalar(a, scalar=1)",
    "S.random.uniform(0, 1, shape=(2,))",
    "S.random.uniform(low=a, high=b, shape=2)",
    "S.random.uniform()",
    "S.random.normal(a, b, shape=(2,), dtype='float64')",
    "S.random.normal(shape=3, dtype=np.float16, name='noise')",
    "S.random.randn(2, 3)",
    "S.random.randn(2, loc=a, scale=b)",
    "S.random.gamma(9, 0.5, shape=(2,))",
    "S.random.gamma(a, b)",
    "S.random.exponential(2.0, shape=2)",
    "S.random.exponential(a)",
    "S.random.poisson(4, (2,))",
    "S.random.poisson(a)",
    "S.random.negative_binomial(3, 0.5, shape=2)",
    "S.random.negative_binomial(a, b)",
    "S.random.generalized_negative_binomial(2, 0.5, shape=2)",
    "S.random.generalized_negative_binomial(a, b)",
    "S.random.randint(0, 5, shape=(2,))",
    "S.random.multinomial(a)",
    "S.random.multinomial(a, shape=3, get_prob=False)",
    "S.random.shuffle(a)",
    "S.random.uniform_like(a)",
    "S.random.normal_like(a, loc=1)",
]
