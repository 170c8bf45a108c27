#!/usr/bin/env python3
"""Writes the golden answers of MXNet 1.9.1 that the tests compare with.

Run by hand, with the Python of an environment that holds the real MXNet 1.9.1 (and NumPy < 1.24):

    python tests/golden/make.py OUTPUT_FOLDER

It writes symbols.json, inference.json, executor.json, operators.json and control_flow.json from the questions in the
cases_*.py files beside it. The tests never run this; they read what it wrote.
"""

import json
import os
import re
import sys
import warnings

import numpy as np

for _name, _type in {"bool": bool, "int": int, "float": float, "object": object}.items():
    if _name not in np.__dict__:  # MXNet 1.9.1 was written for an older NumPy
        setattr(np, _name, _type)

import cases_control_flow  # noqa: E402
import cases_executor  # noqa: E402
import cases_inference  # noqa: E402
import cases_operators  # noqa: E402
import cases_symbols  # noqa: E402
import mxnet as mx  # noqa: E402


def run(code, prelude, **names):
    """Executes code after its prelude, names counting from zero; returns the namespace."""
    scope = dict(names, mx=mx, np=np)
    with mx.name.NameManager(), mx.AttrScope(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(prelude + "\n" + code, scope)
    return scope


def plain(value):
    """Arrays to nested lists, floats as short as they can be written."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and value.dtype.itemsize < 8:
            return [plain(v) for v in value] if value.ndim else float(str(value))
        return value.tolist()
    if isinstance(value, np.floating):
        return float(str(value))
    return value


def described(net):
    """Everything that the tests compare of a symbol."""
    text = net.tojson()
    about = {
        "json": text,
        "name": net.name,
        "repr": repr(net),
        "arguments": net.list_arguments(),
        "outputs": net.list_outputs(),
        "auxiliary": net.list_auxiliary_states(),
        "internals": net.get_internals().list_outputs(),
        "attributes": net.list_attr(),
        "attribute_dict": net.attr_dict(),
    }
    if about["auxiliary"]:  # else the same as the arguments
        about["inputs"] = net.list_inputs()
    children = net.get_children()
    about["children"] = None if children is None else children.list_outputs()
    reloaded = mx.sym.load_json(text).tojson()
    if reloaded != text:
        about["reloaded"] = reloaded
    return about


def failed(code, mentions, prelude):
    """How MXNet refuses a piece of code."""
    try:
        run(code, prelude)
    except Exception as error:
        kind = next(k.__name__ for k in type(error).__mro__ if k.__module__ in ("builtins", "mxnet.base"))
        return {"code": code, "raises": kind, "mentions": mentions}
    raise SystemExit("did not fail: " + code)


def files():
    """Graph files of other shapes and versions, and what MXNet makes of them."""
    code = """
net = mx.sym.FullyConnected(data, num_hidden=10, name='fc1')
net = mx.sym.SoftmaxOutput(mx.sym.Dropout(mx.sym.BatchNorm(net, name='bn'), name='dp'), name='out')
"""
    text = run(code, cases_symbols.PRELUDE)["net"].tojson()
    for case, edit in cases_symbols.FILES.items():
        graph = json.loads(text)
        exec(
            edit,
            {"graph": graph, "node": lambda name, g=graph: next(n for n in g["nodes"] if n["name"] == name)},
        )
        changed = json.dumps(graph)
        yield dict(case=case, file=changed, **described(mx.sym.load_json(changed)))


def symbols():
    def answer(code):
        return described(run(code, cases_symbols.PRELUDE)["net"])

    def listed(code):
        return dict(answer(code), debug=run(code, cases_symbols.PRELUDE)["net"].debug_str())

    return {
        "prelude": cases_symbols.PRELUDE,
        "expressions": [dict(case=e, **answer("net = " + e)) for e in cases_symbols.EXPRESSIONS],
        "programs": [dict(case=c, code=code, **listed(code)) for c, code in cases_symbols.PROGRAMS.items()],
        "files": list(files()),
        "errors": [failed(code, mentions, cases_symbols.PRELUDE) for code, mentions in cases_symbols.ERRORS],
    }


def inferred(expression, given, method, rename):
    """The complete and the partial answer, or "error"."""
    net = run("net = " + expression, cases_inference.PRELUDE)["net"]
    case = {"expression": expression, "given": given}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            complete = getattr(net, method)(**given)
            partial = getattr(net, method + "_partial")(**given)
    except mx.MXNetError:
        return dict(case, error=True)
    case["partial"] = rename(partial)
    case["complete"] = None if complete[1] is None else rename(complete)
    return case


def inference():
    def names(answer):
        return [[None if t is None else np.dtype(t).name for t in part or []] for part in answer]

    def lists(answer):
        return [[list(shape) for shape in part] for part in answer]

    return {
        "prelude": cases_inference.PRELUDE,
        "shapes": [inferred(e, g, "infer_shape", lists) for e, g in cases_inference.SHAPES],
        "types": [inferred(e, g, "infer_type", names) for e, g in cases_inference.TYPES],
    }


def executor():
    prelude = cases_executor.PRELUDE
    return {
        "prelude": prelude,
        "programs": [
            {"case": case, "code": code, "result": plain(run(code, prelude)["result"])}
            for case, code in cases_executor.PROGRAMS.items()
        ],
        "errors": [failed(code, mentions, prelude) for code, mentions in cases_executor.ERRORS],
    }


def control_flow():
    prelude = cases_control_flow.PRELUDE

    def asked(code):
        mx.AttrScope._subgraph_names.clear()  # counts on through a whole process
        return run(code, prelude)

    return {
        "prelude": prelude,
        "programs": [
            {"case": case, "code": code, "result": plain(asked(code)["result"])}
            for case, code in cases_control_flow.PROGRAMS.items()
        ],
        "errors": [failed(code, mentions, prelude) for code, mentions in cases_control_flow.ERRORS],
        "names": [
            {"case": code, "json": mx.sym.Group(list(run("net = " + code, prelude)["net"])).tojson()}
            for code in cases_control_flow.NAMES
        ],
    }


def array(value):
    return {"dtype": value.dtype.name, "shape": list(value.shape), "data": plain(value.reshape(-1))}


def operator(case):
    """One operator, forward and (where heads are given or asked for) backward."""
    arrays = {k: np.asarray(v) for k, v in case["inputs"].items()}
    arrays = {k: v.astype("float32") if v.dtype == np.float64 else v for k, v in arrays.items()}
    scope = {k: mx.sym.Variable(k) for k in arrays}
    net = run("net = " + case["expression"], "", **scope)["net"]
    bound = {k: mx.nd.array(v, dtype=v.dtype) for k, v in arrays.items()}
    args = {k: bound[k] for k in net.list_arguments()}
    aux = {k: bound[k] for k in net.list_auxiliary_states()}
    grads = {k: mx.nd.zeros(v.shape, dtype=v.dtype) for k, v in args.items() if k in case["gradients"]}
    requests = dict.fromkeys(grads, "write")
    executor = net.bind(mx.cpu(), args, args_grad=grads, grad_req=requests, aux_states=aux)
    outputs = [o.asnumpy() for o in executor.forward(is_train=case["is_train"])]
    answer = {"outputs": [array(o) for o in outputs]}
    if grads:
        heads = [cases_operators.head(o.shape) for o in outputs]
        executor.backward([mx.nd.array(h, dtype=o.dtype) for h, o in zip(heads, outputs, strict=True)])
        mx.nd.waitall()
        answer["gradients"] = {k: array(v.asnumpy()) for k, v in grads.items()}
    if aux:
        answer["auxiliary"] = {k: array(v.asnumpy()) for k, v in executor.aux_dict.items()}
    return dict(case, inputs={k: array(v) for k, v in arrays.items()}, **answer)


def operators():
    return [operator(case) for case in cases_operators.cases()]


def main(argv):
    if len(argv) != 2:
        sys.exit(__doc__)
    os.makedirs(argv[1], exist_ok=True)
    for make in (symbols, inference, executor, operators, control_flow):
        text = json.dumps(make(), separators=(",", ":"), ensure_ascii=False)
        text = re.sub(r'\},\{"(case|code|expression)"', r'},\n{"\1"', text)  # a line a case, for readable diffs
        with open(os.path.join(argv[1], make.__name__ + ".json"), "w", encoding="utf-8") as file:
            file.write(text + "\n")


if __name__ == "__main__":
    main(sys.argv)
