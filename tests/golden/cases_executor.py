"""What is asked of MXNet about executors: code that leaves plain values in the dict `result`.

`mx`, `np` and the helpers of PRELUDE are in scope. Arrays become lists in the golden file.
"""

PRELUDE = """
a, b, data = (mx.sym.Variable(n) for n in ('a', 'b', 'data'))
def ramp(*shape):
    return mx.nd.array(np.arange(1, 1 + int(np.prod(shape)), dtype='float32').reshape(shape) / 10)
def values(arrays):
    if isinstance(arrays, dict):
        return {k: None if v is None else v.asnumpy() for k, v in arrays.items()}
    return [None if v is None else v.asnumpy() for v in arrays]
fc = mx.sym.FullyConnected(data, num_hidden=2, name='fc')
mlp = mx.sym.SoftmaxOutput(fc, name='out')
bn = mx.sym.BatchNorm(data, name='bn', momentum=0.9, fix_gamma=False)
def mlp_arrays():
    return {'data': ramp(3, 4), 'fc_weight': ramp(2, 4), 'fc_bias': ramp(2), 'out_label': mx.nd.array([0, 1, 1])}
def zeros(arrays):
    return {k: mx.nd.zeros(v.shape) for k, v in arrays.items()}
two = {'a': ramp(2), 'b': ramp(2)}
cpu = mx.cpu()
result = {}
"""

PROGRAMS = {
    "bind a dict": """
e = (a * b).bind(cpu, dict(two, extra=ramp(2)))
result['returned'] = values(e.forward())
result['outputs'] = values(e.outputs)
result['names'] = [list(e.arg_dict), list(e.output_dict), list(e.aux_dict)]
result['same'] = e.arg_dict['a'] is two['a']
""",
    "bind a list": "result['out'] = values((a - b).bind(cpu, [ramp(2), ramp(2) * 3]).forward())",
    "gradients in a dict": """
e = (a * b).bind(cpu, two, args_grad={'a': ramp(2)})
e.forward(is_train=True)
e.backward(ramp(2))
result['grads'] = values(e.grad_dict)
""",
    "gradients in a list": """
e = (a * b).bind(cpu, two, args_grad=[ramp(2), None])
e.forward(is_train=True)
e.backward([ramp(2)])
result['grads'] = values(e.grad_arrays)
""",
    "requests in a dict": """
e = (a * b).bind(cpu, two, args_grad={'a': ramp(2), 'b': ramp(2)}, grad_req={'a': 'add'})
e.forward(is_train=True)
e.backward(ramp(2))
e.backward(ramp(2))
result['grads'] = values(e.grad_dict)
""",
    "requests in a list": """
e = (a * b).bind(cpu, two, args_grad={'a': ramp(2), 'b': ramp(2)}, grad_req=['write', 'null'])
e.forward(is_train=True)
e.backward(ramp(2))
result['grads'] = values(e.grad_dict)
""",
    "a loss needs no head gradient": """
x = mlp_arrays()
e = mlp.bind(cpu, x, args_grad=zeros(x))
result['out'] = values(e.forward(is_train=True))
e.backward()
result['grads'] = values(e.grad_dict)
e.backward([mx.nd.ones((3, 2)) * 100])
result['again'] = values(e.grad_dict)
""",
    "labels without gradient": """
x = mlp_arrays()
req = {'fc_weight': 'write', 'fc_bias': 'write', 'data': 'null', 'out_label': 'null'}
e = mlp.bind(cpu, x, args_grad=zeros(x), grad_req=req)
e.forward(is_train=True)
e.backward()
result['grads'] = values(e.grad_dict)
""",
    "several heads": """
e = mx.sym.Group([a * b, a + b]).bind(cpu, two, args_grad=zeros(two))
result['out'] = values(e.forward(is_train=True))
e.backward([ramp(2), ramp(2) * 10])
result['grads'] = values(e.grad_dict)
""",
    "head gradients by name": """
e = (a * b).bind(cpu, two, args_grad=zeros(two))
e.forward(is_train=True)
e.backward({e._symbol.list_outputs()[0]: ramp(2)})
result['grads'] = values(e.grad_dict)
""",
    "losses and heads without gradient": """
net = mx.sym.Group([mx.sym.MakeLoss(a * b), mx.sym.BlockGrad(a), a > b])
e = net.bind(cpu, two, args_grad=zeros(two))
result['out'] = values(e.forward(is_train=True))
e.backward()
result['grads'] = values(e.grad_dict)
""",
    "a variable as output": """
e = mx.sym.Group([a, a * 2]).bind(cpu, {'a': ramp(2)}, args_grad={'a': mx.nd.zeros(2)})
result['out'] = values(e.forward(is_train=True))
e.backward([mx.nd.ones(2)] * 2)
result['grads'] = values(e.grad_dict)
""",
    "a variable used three times": """
e = (a * a + a).bind(cpu, {'a': ramp(2)}, args_grad={'a': mx.nd.zeros(2)})
e.forward(is_train=True)
e.backward(mx.nd.ones(2))
result['grads'] = values(e.grad_dict)
""",
    "one array under two names": """
x = ramp(2)
e = (a * b).bind(cpu, {'a': x, 'b': x}, args_grad=zeros(two))
e.forward(is_train=True)
e.backward(ramp(2))
result['grads'] = values(e.grad_dict)
x[:] = 5
result['out'] = values(e.forward())
""",
    "one gradient for two names": """
g = mx.nd.zeros(2)
e = (a * b).bind(cpu, {'a': ramp(2), 'b': ramp(2) * 3}, args_grad={'a': g, 'b': g}, grad_req='add')
e.forward(is_train=True)
e.backward(ramp(2))
result['grad'] = values([g])
""",
    "forward with arrays": """
e = (a * b).bind(cpu, two)
first = values(e.forward())
result['out'] = [first, values(e.forward(a=ramp(2) * 2)), values(e.forward(b=np.ones(2, 'int32')))]
result['arg'] = values(e.arg_dict)
""",
    "backward after inference": """
e = (a * b).bind(cpu, two, args_grad=zeros(two))
e.forward(is_train=False)
e.backward(ramp(2))
result['grads'] = values(e.grad_dict)
""",
    "dropout outside of training": """
e = mx.sym.Dropout(data, p=0.5).bind(cpu, {'data': ramp(4)}, args_grad={'data': mx.nd.zeros(4)})
result['out'] = values(e.forward(is_train=False))
e.backward(mx.nd.ones(4))
result['grads'] = values(e.grad_dict)
""",
    "simple_bind": """
e = mlp.simple_bind(cpu, data=(3, 4))
result['arg'] = values(e.arg_dict)
result['grads'] = values(e.grad_dict)
result['types'] = {k: np.dtype(v.dtype).name for k, v in e.arg_dict.items()}
""",
    "simple_bind without gradients": "result['grads'] = values(mlp.simple_bind(cpu, 'null', data=(3, 4)).grad_dict)",
    "simple_bind with some gradients": """
result['grads'] = values(mlp.simple_bind(cpu, data=(3, 4), grad_req={'fc_weight': 'write'}).grad_dict)
""",
    "simple_bind with types": """
e = mx.sym.BatchNorm(fc, name='bn').simple_bind(cpu, data=(3, 4), type_dict={'data': 'float16'})
arrays = dict(e.arg_dict, **e.aux_dict)
result['types'] = {k: np.dtype(v.dtype).name for k, v in arrays.items()}
result['shapes'] = {k: list(v.shape) for k, v in arrays.items()}
""",
    "batch norm trains": """
x = mx.nd.array(np.random.RandomState(0).rand(4, 3, 2))
args = {'data': x, 'bn_gamma': mx.nd.ones(3) * 2, 'bn_beta': mx.nd.ones(3)}
aux = {'bn_moving_mean': mx.nd.zeros(3), 'bn_moving_var': mx.nd.ones(3)}
e = bn.bind(cpu, args, args_grad=zeros(args), aux_states=aux)
result['out'] = values(e.forward(is_train=True))
e.backward(x * x)
mx.nd.waitall()
result['aux'] = values(e.aux_dict)
result['grads'] = values(e.grad_dict)
result['inference'] = values(e.forward(is_train=False))
result['aux after'] = values(e.aux_dict)
""",
    "auxiliary states in a list": """
e = bn.bind(cpu, {'data': ramp(2, 2), 'bn_gamma': ramp(2), 'bn_beta': ramp(2)}, aux_states=[ramp(2), ramp(2)])
result['out'] = values(e.forward())
""",
    "reshape": """
e = fc.simple_bind(cpu, data=(3, 4))
e.arg_dict['fc_weight'][:] = 1
e.arg_dict['data'][:] = 2
small = e.reshape(data=(2, 4))
result['shapes'] = {k: list(v.shape) for k, v in small.arg_dict.items()}
result['weight'] = values([small.arg_dict['fc_weight']])
e.arg_dict['fc_weight'][:] = 3
result['out'] = values(small.forward(data=ramp(2, 4)))
large = e.reshape(data=(6, 4), allow_up_sizing=True)
result['large'] = values(large.forward(data=ramp(6, 4)))
""",
    "reshape partially": """
e = mlp.simple_bind(cpu, data=(3, 4)).reshape(data=(2, 3), partial_shaping=True)
result['shapes'] = {k: list(v.shape) for k, v in e.arg_dict.items()}
""",
    "copy_params_from": """
e = bn.simple_bind(cpu, data=(3, 2))
e.copy_params_from({'bn_gamma': ramp(2).astype('float16'), 'no': ramp(1)}, {'bn_moving_mean': ramp(2)},
                   allow_extra_params=True)
result['arg'] = values(e.arg_dict)
result['aux'] = values(e.aux_dict)
""",
    "eval": "result['out'] = values(mx.sym.Group([a, a * b]).eval(ctx=cpu, a=ramp(2), b=ramp(2)))",
    "eval without arguments": "result['out'] = values((mx.sym.ones((2,)) + 1).eval())",
    "a graph without arguments": "result['out'] = values(mx.sym.arange(3).bind(cpu, {}).forward())",
    "half precision": """
e = (a * b).bind(cpu, {k: v.astype('float16') for k, v in two.items()})
result['out'] = values(e.forward())
result['type'] = np.dtype(e.outputs[0].dtype).name
""",
    "cast back": """
e = mx.sym.Cast(a * 10, dtype='int32').bind(cpu, {'a': ramp(2)}, args_grad={'a': mx.nd.zeros(2)})
result['out'] = values(e.forward(is_train=True))
e.backward(mx.nd.ones(2, dtype='int32'))
result['grads'] = values(e.grad_dict)
""",
}

# Code that must fail, and words that its message must hold.
ERRORS = [
    ("(a * b).bind(cpu, [ramp(2)])", []),
    ("(a * b).bind(cpu, {'a': ramp(2)})", ["b"]),
    ("(a * b).bind(cpu, 3)", []),
    ("(a * b).bind(cpu, None)", []),
    ("(a * b).bind('cpu', two)", []),
    ("(a * b).bind(cpu, {'a': ramp(2), 'b': ramp(3)})", ["(2,)", "(3,)"]),
    ("(a * b).bind(cpu, {'a': ramp(2), 'b': ramp(2).astype('int32')})", ["float32", "int32"]),
    ("(a * b).bind(cpu, two, args_grad=[ramp(2)])", []),
    ("(a * b).bind(cpu, two, args_grad=zeros(two), grad_req='foo')", ["foo"]),
    ("(a * b).bind(cpu, two, args_grad=zeros(two), grad_req=3)", []),
    ("(mx.sym.Variable('x') + mx.sym.Variable('x')).bind(cpu, {'x': ramp(2)})", []),
    ("(mx.sym.Variable('x') + mx.sym.Variable('x')).simple_bind(cpu, x=(2,))", ["x"]),
    ("bn.bind(cpu, {'data': ramp(2, 2), 'bn_gamma': ramp(2), 'bn_beta': ramp(2)})", []),
    (
        "bn.bind(cpu, {'data': ramp(2, 2), 'bn_gamma': ramp(2), 'bn_beta': ramp(2)}, {}, 'write', "
        "{'bn_moving_mean': ramp(2)})",
        ["bn_moving_var"],
    ),
    ("(a * b).bind(cpu, two).forward(zz=ramp(2))", ["zz"]),
    ("(a * b).bind(cpu, two).forward(a=ramp(3))", ["a", "(2,)", "(3,)"]),
    ("(a * b).bind(cpu, two).forward(a=3)", []),
    ("e = (a * b).bind(cpu, two, zeros(two)); e.forward(is_train=True); e.backward()", []),
    ("e = (a * b).bind(cpu, two, zeros(two)); e.forward(is_train=True); e.backward([])", []),
    ("e = (a * b).bind(cpu, two, zeros(two)); e.forward(is_train=True); e.backward(ramp(3))", []),
    ("mx.sym.Group([a, a]).bind(cpu, two).output_dict", ["a"]),
    ("mlp.simple_bind(cpu)", ["data"]),
    ("mlp.simple_bind(cpu, data=(0, 4))", ["data"]),
    ("mlp.simple_bind(cpu, zz=(3, 4))", ["data"]),
    ("mlp.simple_bind(cpu, data=(3, 4), fc_weight=(2, 5))", ["fc"]),
    ("mlp.simple_bind(cpu, data=(3, 4), grad_req='foo')", ["foo"]),
    ("mlp.simple_bind(cpu, data=(3, 4), grad_req=['null'])", []),
    ("mlp.simple_bind(cpu, data=(3, 4)).reshape(data=(2, 4))", ["out_label", "partial_shaping"]),
    ("fc.simple_bind(cpu, data=(3, 4)).reshape(data=(5, 4))", ["data", "allow_up_sizing"]),
    ("fc.simple_bind(cpu, data=(3, 4)).reshape(data=(4, 3))", ["fc_weight", "partial_shaping"]),
    ("fc.simple_bind(cpu, data=(3, 4)).copy_params_from({'zz': ramp(2)})", ["zz"]),
    ("fc.simple_bind(cpu, data=(3, 4)).copy_params_from({}, {'zz': ramp(2)})", ["zz"]),
    ("fc.simple_bind(cpu, data=(3, 4)).copy_params_from({'fc_weight': ramp(2, 5)})", []),
    ("(a * b).eval(a=ramp(2))", ["b"]),
    ("a.eval(a=3)", []),
]
