"""What is asked of MXNet about building symbols: plain data, run by make.py there and by the tests here.

Every piece of code runs after PRELUDE, with `mx` in scope, in a fresh name manager.
"""

PRELUDE = "a, b, c, data = (mx.sym.Variable(n) for n in ('a', 'b', 'c', 'data'))"

# One expression a line; its value is the symbol that is looked at.
EXPRESSIONS = """
a + b
a - b
a * b
a / b
a % b
a ** b
a + 1
1 + a
a - 1
1 - a
a * 2
2 * a
a / 2
1 / a
a % 2
2 % a
a ** 2
2 ** a
-a
abs(a)
a == b
a != b
a > b
a < b
a >= b
a <= b
a == 1
a != 1
a > 1
a < 1
a >= 1
a <= 1
1 == a
1 < a
a + 1.5
a * 1e-10
a * float('inf')
a * float('nan')
(a + b) * (a - b) / 2
mx.sym.maximum(a, b)
mx.sym.maximum(a, 2)
mx.sym.maximum(2, a)
mx.sym.minimum(a, 0.5)
mx.sym.pow(a, b)
mx.sym.power(a, 2)
mx.sym.pow(2, a)
mx.sym.hypot(a, b)
mx.sym.hypot(a, 3)
mx.sym.elemwise_add(a, b)
mx.sym.broadcast_add(a, b)
mx.sym.broadcast_plus(a, b)
mx.sym.broadcast_minus(a, b)
mx.sym.broadcast_equal(a, b)
mx.sym.broadcast_logical_and(a, b)
mx.sym.add_n(a, b, c)
mx.sym.ElementWiseSum(a, b)
mx.sym.identity(a)
mx.sym.negative(a)
mx.sym.gamma(a)
mx.sym.square(a)
mx.sym.relu(a)
mx.sym.stop_gradient(a)
mx.sym.BlockGrad(a)
mx.sym.make_loss(a)
mx.sym.MakeLoss(a, grad_scale=2)
mx.sym.dot(a, b, transpose_b=True)
mx.sym.batch_dot(a, b)
mx.sym.zeros((2, 3))
mx.sym.zeros(3)
mx.sym.ones((2, 3), dtype='int32')
mx.sym.arange(3)
mx.sym.arange(2, 10, 2, dtype='int32')
mx.sym.full((2,), 3)
mx.sym.zeros_like(a)
mx.sym.Reshape(a, shape=(0, -1))
mx.sym.reshape(a, shape=[0, -1])
mx.sym.Reshape(a, shape='(0,-1)')
a.reshape((0, -1))
a.reshape(shape=(0, -1))
a.sum()
a.sum(axis=1)
a.sum(axis=(0, 1), keepdims=True)
a.mean()
a.max(axis=0)
a.min()
a.transpose()
a.transpose((1, 0))
a.astype('int32')
a.astype(np.float16)
mx.sym.cast(a, dtype=np.dtype('float64'))
mx.sym.Cast(a, dtype=float)
a.exp()
a.abs()
a.square()
a.clip(0, 1)
a.clip(a_min=0.5, a_max=1)
a.expand_dims(0)
mx.sym.expand_dims(a, axis=-1)
a.flatten()
mx.sym.flatten(a)
mx.sym.Flatten(a)
a.softmax()
a.log_softmax(axis=1)
mx.sym.softmax(a, axis=1, temperature=2)
mx.sym.softmax(a, b, use_length=True)
a.slice(begin=(0,), end=(None,), step=(-1,))
mx.sym.slice(a, begin=(0, None), end=(2, None))
mx.sym.crop(a, begin=(0,), end=(1,))
a.slice_axis(axis=0, begin=1, end=None)
a.split(num_outputs=2)
mx.sym.split(a, num_outputs=3)[1]
mx.sym.SliceChannel(a, num_outputs=2, squeeze_axis=True)
mx.sym.SliceChannel(a, num_outputs=1)
a.broadcast_to((2, 3))
mx.sym.broadcast_to(a, shape=(2, 0))
a[0]
mx.sym.concat(a, b, dim=1)
mx.sym.Concat(a, b, num_args=3)
mx.sym.Concat(arg0=a, arg1=b)
mx.sym.Concat(num_args=2)
mx.sym.FullyConnected(data, num_hidden=3)
mx.sym.FullyConnected(data, num_hidden='3', no_bias=True, flatten=0)
mx.sym.FullyConnected(num_hidden=3, name='k')
mx.sym.FullyConnected(data, weight=a, num_hidden=3, name='fc')
mx.sym.FullyConnected(mx.sym.Group([data]), num_hidden=3)
mx.sym.FullyConnected(data, num_hidden=np.int64(3))
mx.sym.Convolution(data, kernel=(3, 3), num_filter=8, stride=(2, 2), pad=(1, 1), name='conv')
mx.sym.Convolution(data, kernel=(3,), num_filter=8, no_bias=True)
mx.sym.Convolution(data, kernel=(np.int64(3), 3), num_filter=8)
mx.sym.Deconvolution(data, kernel=(2, 2), num_filter=4)
mx.sym.Deconvolution(data, kernel=(2, 2), num_filter=4, no_bias=False)
mx.sym.BatchNorm(data, name='bn')
mx.sym.BatchNorm(data, name='bn', output_mean_var=True)
mx.sym.BatchNorm(data, name='bn', output_mean_var=True)[0] + 1
mx.sym.BatchNorm(data, eps=1e-3, fix_gamma=False, name='bn')
mx.sym.BatchNorm(data, name='bn') + 1
mx.sym.Activation(data, act_type='relu')
mx.sym.LeakyReLU(data)
mx.sym.LeakyReLU(data, act_type='prelu', name='pr')
mx.sym.LeakyReLU(data, act_type='rrelu', name='rr')
mx.sym.LeakyReLU(data, slope=np.float32(0.1))
mx.sym.Pooling(data, kernel=(2, 2), pool_type='max', stride=(2, 2))
mx.sym.Pooling(data, kernel=(2, 2), pool_type='avg')
mx.sym.Pooling(data, global_pool=True)
mx.sym.Dropout(data, p=0.3)
mx.sym.Embedding(data, input_dim=3, output_dim=4)
mx.sym.SoftmaxActivation(data)
mx.sym.SoftmaxOutput(data)
mx.sym.SoftmaxOutput(data, name='softmax')
mx.sym.Softmax(data)
mx.sym.LinearRegressionOutput(data, name='lro')
mx.sym.LogisticRegressionOutput(data, a)
mx.sym.Variable('w')
mx.sym.var('w', shape=(2, 3), dtype='float16', lr_mult=2, wd_mult=0.5, init='xavier')
mx.sym.Variable('w', attr={'a': 'b', '__c__': 'd'}, __foo__=1, __bar__='x', stype='row_sparse')
mx.sym.Variable('w', shape=[2, 0], dtype=np.int8)
mx.sym.Variable('w \\"quoted\\" \\\\ tab\\t\\u00fc')
mx.sym.Group([a, b])
mx.sym.Group([a + b, mx.sym.Group([a, b]), a])
mx.sym.Group([mx.sym.split(a, num_outputs=3, name='sp'), b])
mx.sym.split(a, num_outputs=4, name='sp')[1:3]
mx.sym.split(a, num_outputs=4, name='sp')[::2]
mx.sym.split(a, num_outputs=4, name='sp')['sp_output2']
mx.sym.Group(list(mx.sym.split(a, num_outputs=2)))
mx.sym.Concat(*[mx.sym.Variable('v%d' % i) for i in range(12)], name='many')
mx.sym.Group([mx.sym.Variable('v%d' % i) for i in range(10)])
mx.sym.Group([mx.sym.Variable('v%d' % i) for i in range(11)])
mx.sym.Activation(data, act_type='relu', attr={'__a__': 'b', 'mirror_stage': 'True'})
mx.sym.FullyConnected(data, num_hidden=3, name='fc', lr_mult=2, ctx_group='g', __x__='y')
mx.sym.BatchNorm(data, attr={'__init__': 'foo', '__lr_mult__': '2'}, eps=1e-3, name='bn')
""".strip().splitlines()

# Longer ones: they leave their symbol in `net`.
PROGRAMS = {
    "two-layer net": """
fc1 = mx.sym.FullyConnected(data, num_hidden=128, name='fc1')
act = mx.sym.Activation(fc1, act_type='relu', name='relu1')
net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(act, num_hidden=10, name='fc2'), name='out')
""",
    "internals": "net = mx.sym.Dropout(mx.sym.BatchNorm(data, name='bn'), name='dp').get_internals()",
    "one internal": """
whole = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(data, num_hidden=10, name='fc1'), name='out')
net = whole.get_internals()['fc1_output'] * 2
""",
    "children": "net = (mx.sym.BatchNorm(data, name='bn') + a).get_children()",
    "children of batch norm": "net = mx.sym.BatchNorm(data, name='bn').get_children()",
    "compose by name": """
net1 = mx.sym.FullyConnected(data, num_hidden=10, name='fc1')
net2 = mx.sym.FullyConnected(a, num_hidden=20, name='fc2')
net2 = mx.sym.Activation(net2, act_type='relu', name='relu2')
net = net2(a=net1, name='composed')
""",
    "compose leaves the original": """
net = mx.sym.FullyConnected(a, num_hidden=20, name='fc2')
net(a=mx.sym.FullyConnected(data, num_hidden=10, name='fc1'), name='composed')
""",
    "compose weights": """
net = mx.sym.FullyConnected(a, num_hidden=3, name='fc')(fc_weight=b, fc_bias=c)
""",
    "compose a group": "net = mx.sym.Group([a + b, b * 2])(a=data)",
    "compose with a name only": "net = (a + b)(name='renamed')",
    "compose nothing": "net = (a + b)()",
    "compose an auxiliary state": "net = mx.sym.BatchNorm(data, name='bn')(bn_moving_mean=a)",
    "compose a loop of names": "net = (a + b)(b=a - b)",
    "prefix": """
with mx.name.Prefix('p_'):
    net = mx.sym.FullyConnected(data, num_hidden=3, name='fc')
    net = mx.sym.FullyConnected(net, num_hidden=3)
    with mx.name.Prefix('q_'):
        net = mx.sym.FullyConnected(net, num_hidden=3)
    net = mx.sym.FullyConnected(net, num_hidden=3) + 1
    with mx.name.NameManager():
        net = mx.sym.FullyConnected(net, num_hidden=3)
net = mx.sym.FullyConnected(net, num_hidden=3, name='')
net = mx.sym.FullyConnected(net, num_hidden=3, name=None)
""",
    "own name manager": """
class Upper(mx.name.NameManager):
    def get(self, name, hint):
        return (name or hint).upper()
with Upper():
    net = mx.sym.FullyConnected(a + 1, num_hidden=1, name='u') + b
""",
    "a failed call burns its number": """
try:
    mx.sym.FullyConnected(data, num_hidden=0)
except Exception:
    pass
net = mx.sym.FullyConnected(data, num_hidden=1)
""",
    "attribute scope": """
with mx.AttrScope(ctx_group='dev1', __lr_mult__='3'):
    e = mx.sym.Variable('e')
    fc = mx.sym.FullyConnected(e, num_hidden=3, name='fc', lr_mult=5)
    with mx.AttrScope(ctx_group='dev2'):
        net = mx.sym.FullyConnected(fc, num_hidden=4, name='g', attr={'__z__': 'w', '__init__': 'ones'})
net = net + 1
""",
    "attribute scope of variables": """
with mx.AttrScope(x='y', lr_mult='2'):
    net = mx.sym.Variable('v', attr={'x': 'z', 'q': 'r'})
""",
    "shared auxiliary states": """
m, v = mx.sym.Variable('m'), mx.sym.Variable('v')
x = mx.sym.BatchNorm(a, moving_mean=m, moving_var=v, name='b1')
y = mx.sym.BatchNorm(x, moving_mean=m, moving_var=v, name='b2')
net = mx.sym.Group([y, m + 1])
""",
    "an auxiliary state that is also read before": """
m = mx.sym.Variable('m')
net = mx.sym.BatchNorm(a + m, moving_mean=m, name='b1')
""",
    "set attributes": """
net = mx.sym.FullyConnected(data, num_hidden=10, name='fc1')
net._set_attr(__foo__='3', lr_mult='2', num_hidden='20')
""",
    "two variables of one name": "net = mx.sym.Variable('x') + mx.sym.Variable('x')",
    "shared weights": """
w = mx.sym.Variable('w')
net = mx.sym.FullyConnected(data, weight=w, num_hidden=4, no_bias=True, name='f1')
net = net + mx.sym.FullyConnected(data, weight=w, num_hidden=4, no_bias=True, name='f2')
""",
    "conv bn relu factory": """
def unit(x, filters, kernel, stride=(1, 1), pad=(0, 0), name=None):
    x = mx.sym.Convolution(x, num_filter=filters, kernel=kernel, stride=stride, pad=pad, name='conv_%s' % name)
    x = mx.sym.BatchNorm(x, name='bn_%s' % name)
    return mx.sym.Activation(x, act_type='relu', name='relu_%s' % name)
p = unit(data, 4, (1, 1), name='1x1')
q = unit(unit(data, 2, (1, 1), name='3x3r'), 4, (3, 3), pad=(1, 1), name='3x3')
r = mx.sym.Pooling(data, kernel=(3, 3), stride=(1, 1), pad=(1, 1), pool_type='avg', name='pool')
net = mx.sym.Concat(p, q, unit(r, 4, (1, 1), name='proj'), name='chconcat')
""",
    "two losses": """
fc = mx.sym.FullyConnected(data, num_hidden=3, name='fc')
net = mx.sym.Group([mx.sym.SoftmaxOutput(fc, name='softmax'), mx.sym.LinearRegressionOutput(fc, name='lro')])
""",
    "a copy": "import copy\nnet = copy.deepcopy(copy.copy(a + b))",
    "a pickle": "import pickle\nnet = pickle.loads(pickle.dumps(mx.sym.BatchNorm(data, name='bn') + a))",
}

# Code that must fail, and words that its message must hold (symbolnb has its own sentences).
ERRORS = [
    ("mx.sym.Variable(1)", []),
    ("mx.sym.Variable('w', foo=1)", ["foo"]),
    ("mx.sym.Variable('w', attr={'x': 1})", []),
    ("mx.sym.Variable('w', dtype='foo')", ["foo"]),
    ("mx.AttrScope(x=1)", []),
    ("mx.sym.Group([])", []),
    ("mx.sym.Group([1])", []),
    ("mx.sym.nope(a)", ["nope"]),
    ("a.nope", ["nope"]),
    ("a + 'x'", ["str"]),
    ("a + None", ["NoneType"]),
    ("'x' + a", ["str"]),
    ("a == 'x'", ["str"]),
    ("a < []", ["list"]),
    ("bool(a)", []),
    ("bool(a == b)", []),
    ("hash(a)", []),
    ("a // 2", []),
    ("mx.sym.split(data, num_outputs=4)[4]", ["4"]),
    ("(a + b)[1]", ["1"]),
    ("(a + b)[1.0]", []),
    ("(a + b)[None]", []),
    ("(a + b)['nope']", ["nope"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, name='fc')(foo=a)", ["foo", "data", "fc_weight"]),
    ("(a + b)(c, a=data)", []),
    ("(a + b)(1)", []),
    ("(a + b)(a=1)", []),
    ("(a + b)(a=mx.sym.Group([a, b]))", ["a"]),
    ("mx.sym.BatchNorm(data, name='bn')(bn_moving_mean=a + b)", ["bn_moving_mean"]),
    ("mx.sym.exp(mx.sym.split(data, num_outputs=2))", ["data"]),
    ("mx.sym.split(data, num_outputs=2) + 1", []),
    ("mx.sym.Group([a, b]) + 1", []),
    ("mx.sym.exp(x=a)", ["x"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, no_bias=True, bias=b)", ["bias"]),
    ("mx.sym.FullyConnected('x', num_hidden=3)", ["data"]),
    ("mx.sym.Concat([a, b])", []),
    ("mx.sym.Concat()", ["num_args"]),
    ("mx.sym.Concat(a, b, num_args=1)", []),
    ("mx.sym.Concat(a, arg1=b)", []),
    ("mx.sym.FullyConnected(data)", ["num_hidden"]),
    ("mx.sym.FullyConnected(data, num_hidden='abc')", ["num_hidden", "abc"]),
    ("mx.sym.FullyConnected(data, num_hidden=3.0)", ["num_hidden", "3.0"]),
    ("mx.sym.FullyConnected(data, num_hidden=None)", ["num_hidden", "None"]),
    ("mx.sym.FullyConnected(data, num_hidden=True)", ["num_hidden", "True"]),
    ("mx.sym.FullyConnected(data, num_hidden=0)", ["num_hidden", "0", "1"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, no_bias='yes')", ["no_bias", "yes"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, foo=1)", ["foo", "num_hidden"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, attr={'foo': '1'})", ["foo"]),
    ("mx.sym.FullyConnected(data, num_hidden=3, weight_lr_mult=2)", ["weight_lr_mult"]),
    ("mx.sym.Activation(data)", ["act_type"]),
    ("mx.sym.Activation(data, act_type='relux')", ["act_type", "relux", "softrelu"]),
    ("mx.sym.Dropout(data, p=2)", ["p", "2"]),
    ("mx.sym.Cast(data, dtype='uint16')", ["uint16"]),
    ("mx.sym.Cast(data)", ["dtype"]),
    ("mx.sym.clip(data, a_min=0)", ["a_max"]),
    ("mx.sym.Reshape(data, shape=(2.5, 3))", ["shape", "2.5"]),
    ("mx.sym.Reshape(data, shape='(2,3')", ["shape", "(2,3"]),
    ("mx.sym.sum(data, axis='0,1')", ["axis", "0,1"]),
    ("mx.sym.sum(data, keepdims=2)", ["keepdims", "2"]),
    ("mx.sym.LeakyReLU(data, slope='abc')", ["slope", "abc"]),
    ("mx.sym.LeakyReLU(data, slope='1,5')", ["slope", "1,5"]),
    ("mx.sym.SliceChannel(data, num_outputs=0)", ["num_outputs", "0"]),
    ("mx.sym.Convolution(data, num_filter=6)", ["kernel"]),
    ("mx.sym.Convolution(data, kernel=(3, 3), num_filter=6, stride=2)", ["stride", "kernel"]),
    ("(a + b)._set_attr(x=3)", []),
    ("mx.sym.Group([a, b])._set_attr(x='3')", []),
    ("mx.sym.load_json(3)", []),
    ("mx.sym.load_json('[]')", []),
    ("mx.sym.load_json('not json')", []),
    ("mx.sym.load_json('{}')", []),
    ("mx.sym.load_json((a + b).tojson()[:200])", []),
    ("mx.sym.load_json((a + b).tojson().replace('elemwise_add', 'elemwise_ad'))", ["elemwise_ad", "_plus0"]),
    ("mx.sym.load_json((a + b).tojson().replace('[1, 0, 0]', '[9, 0, 0]'))", []),
    ("mx.sym.load_json((a + b).tojson().replace('\"heads\"', '\"hats\"'))", []),
    ("mx.sym.load_json((a + 1).tojson().replace('\"scalar\"', '\"scaler\"'))", ["scaler"]),
    ("mx.sym.load_json((a + 1).tojson().replace('\"1\"', '\"x\"'))", ["scalar", "x"]),
    ("mx.sym.load(3)", []),
    ("a.save(3)", []),
]

# Files of other versions: edits of a graph's JSON, as code that changes the dict `graph`.
FILES = {
    "attr instead of attrs": "node('fc1')['attr'] = node('fc1').pop('attrs')",
    "param instead of attrs": "node('fc1')['param'] = node('fc1').pop('attrs')",
    "no node_row_ptr": "del graph['node_row_ptr']",
    "no version": "del graph['attrs']",
    "version 0.9": "graph['attrs']['mxnet_version'] = ['int', 900]",
    "pairs": "for n in graph['nodes']: n['inputs'] = [i[:2] for i in n['inputs']]",
    "unused nodes": "graph['nodes'].append({'op': 'null', 'name': 'unused', 'inputs': []})",
    "backward_source_id": "for n in graph['nodes']: n['backward_source_id'] = -1",
    "before 0.9: hidden keys": """
del graph['attrs']
n = node('fc1')
n['param'] = n.pop('attrs')
n['attr'] = {'ctx_group': 'x', 'weight_lr_mult': '9', 'lr_mult': '8'}
node('data')['attr'] = {'wd_mult': '7', 'other': 'k'}
""",
    "before 0.9: no auxiliary states": """
del graph['attrs']
node('bn')['inputs'] = node('bn')['inputs'][:3]
""",
    "an alias as operator": "node('dp')['op'] = 'identity'",
}
