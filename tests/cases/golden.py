"""Asks MXNet 1.9.1 for the golden answers of the rows and writes them beside this file.

Run by hand, from the root of the repository, with the Python of an environment that has MXNet 1.9.1 and
NumPy 1.23:

    python -m tests.cases.golden              all families
    python -m tests.cases.golden elementwise  one or more

For each row, golden/FAMILY.npz gets (see `save`) the visible outputs (ID/0, ID/1, ...), the gradients (ID/grad/INPUT),
the auxiliary states after a forward and a backward (ID/state/INPUT), and the shapes that MXNet infers
when it knows the first input's alone (ID/inferred: for every argument and output its number of
dimensions, -1 if unknown, then the dimensions, 0 for an unknown one). golden/registry.npz gets all names
that MXNet registers, for each its canonical name and its parameters' names; golden/texts.npz the JSON text
that MXNet writes for the symbol of each row.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import pkgutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from tests.cases.row import Row

FOLDER = Path(__file__).parent / "golden"
SEPARATOR = "\n\0\n"
HELPERS = ("examples", "golden", "row", "run", "table")


def families() -> list[str]:
    """Names of the modules that hold rows."""
    found = [module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])]
    return sorted(name for name in found if name not in HELPERS)


def load(family: str) -> dict[str, np.ndarray]:
    """The golden arrays of a family, none where they were never made."""
    path = FOLDER / f"{family}.npz"
    if not path.exists():
        return {}
    with np.load(path, allow_pickle=False) as file:
        names, kinds, data = file["names"].tolist(), file["kinds"].tolist(), file["data"].tobytes()
    arrays, start = {}, 0
    for name, (dtype, *shape) in zip(names, (kind.split() for kind in kinds), strict=True):
        size = [int(length) for length in shape]
        count = int(np.prod(size))
        arrays[name] = np.frombuffer(data, dtype, count, start).reshape(size)
        start += count * np.dtype(dtype).itemsize
    return arrays


def save(family: str, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays as one, with their names and kinds: a file of many small arrays would be mostly headers."""
    kinds = [" ".join([array.dtype.name, *map(str, array.shape)]) for array in arrays.values()]
    data = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())
    path = FOLDER / f"{family}.npz"
    np.savez_compressed(path, names=list(arrays), kinds=kinds, data=np.frombuffer(data, "uint8"))


def _symbol(mx: Any, row: Row) -> Any:
    nodes: list[dict[str, Any]] = [{"op": "null", "name": name, "inputs": []} for name in row.inputs]
    count = len(nodes)
    inputs = [[index, 0, 0] for index in range(count)]
    nodes.append({"op": row.operator, "name": "node", "attrs": row.attributes(), "inputs": inputs})
    graph = {"nodes": nodes, "arg_nodes": list(range(count)), "heads": [[count, 0, 0]]}
    graph["attrs"] = {"mxnet_version": ["int", 10901]}
    outputs = mx.sym.load_json(json.dumps(graph)).get_internals()
    made = [output for output in outputs if output.name == "node"]
    return mx.sym.Group(made) if len(made) > 1 else made[0]


def load_texts() -> dict[str, str]:
    """MXNet's JSON text for each row, by family and row as ``family: id``."""
    with np.load(FOLDER / "texts.npz", allow_pickle=False) as file:
        parts = file["data"].tobytes().decode().split(SEPARATOR)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def texts(mx: Any) -> np.ndarray:
    """What `load_texts` reads: the texts of all rows whose operator MXNet has, as the bytes of one text."""
    known = set(registry(mx)["names"]) - {"reset_arrays"}  # which has no output, so no symbol
    parts: list[str] = []
    for family in families():
        for row in importlib.import_module(f"tests.cases.{family}").ROWS:
            if row.operator in known:
                try:
                    text = _symbol(mx, row).tojson()
                except mx.MXNetError:  # a row that goes beyond MXNet
                    if row.golden:
                        raise
                    continue
                parts += [f"{family}: {row.id}", text]
    return np.frombuffer(SEPARATOR.join(parts).encode(), "uint8")


def _inferred(symbol: Any, name: str, shape: Any) -> np.ndarray:
    numbers: list[int] = []
    arguments, outputs, _ = symbol.infer_shape_partial(**{name: shape})
    for found in (*arguments, *outputs):
        numbers += [len(found) if found else -1, *found]
    return np.array(numbers, np.int32)


def answer(mx: Any, row: Row) -> dict[str, np.ndarray]:
    """MXNet's answers for one row."""
    symbol = _symbol(mx, row)
    arrays = {name: mx.nd.array(value, dtype=value.dtype)
              for name, value in zip(row.inputs, row.arrays(row.dtypes[0]), strict=True)}  # fmt: skip
    arguments = {name: arrays[name] for name in symbol.list_arguments()}
    states = {name: arrays[name] for name in symbol.list_auxiliary_states()}
    backward = row.gradient in ("golden", "both")
    wanted = [name for name in row.differentiable() if name in arguments] if backward else []
    grads = {name: mx.nd.zeros(arrays[name].shape, dtype=arrays[name].dtype) for name in wanted}
    executor = symbol.bind(
        mx.cpu(), arguments, args_grad=grads, aux_states=states,
        grad_req={name: "write" if name in wanted else "null" for name in arguments},
    )  # fmt: skip
    outputs = executor.forward(is_train=row.training)
    made = {f"{row.id}/{index}": output.asnumpy() for index, output in enumerate(outputs)}
    if backward:
        heads = [row.head_gradient(index, output.shape, output.dtype) for index, output in enumerate(outputs)]
        executor.backward([mx.nd.array(head, dtype=head.dtype) for head in heads], is_train=row.training)
        made.update({f"{row.id}/grad/{name}": grad.asnumpy() for name, grad in grads.items()})
    made.update({f"{row.id}/state/{name}": state.asnumpy() for name, state in states.items()})
    first = next(iter(row.inputs), None)
    if row.inferred and first in arguments and arrays[first].shape:
        made[f"{row.id}/inferred"] = _inferred(symbol, first, arrays[first].shape)
    return made


def registry(mx: Any) -> dict[str, list[str]]:
    """All names of MXNet's operators, the canonical name of each, and its parameters, separated by spaces."""
    library, check, texts = mx.base._LIB, mx.base.check_call, ctypes.POINTER(ctypes.c_char_p)
    count, listed = ctypes.c_uint(), texts()
    check(library.MXListAllOpNames(ctypes.byref(count), ctypes.byref(listed)))
    table: dict[str, list[str]] = {"names": [], "canonical": [], "parameters": []}
    for name in sorted(listed[index] for index in range(count.value)):
        handle, inputs = ctypes.c_void_p(), ctypes.c_uint()
        canonical, doc, variadic, result = (ctypes.c_char_p() for _ in range(4))
        arguments, types, docs = texts(), texts(), texts()
        check(library.NNGetOpHandle(ctypes.c_char_p(name), ctypes.byref(handle)))
        found = (canonical, doc, inputs, arguments, types, docs, variadic, result)
        check(library.MXSymbolGetAtomicSymbolInfo(handle, *map(ctypes.byref, found)))
        pairs = [(arguments[index].decode(), types[index].decode()) for index in range(inputs.value)]
        table["names"].append(name.decode())
        table["canonical"].append(canonical.value.decode())
        named = [key for key, kind in pairs if "NDArray" not in kind and "Symbol" not in kind]
        table["parameters"].append(" ".join(named))
    return table


def main(names: list[str]) -> int:
    """Write the golden files of the families named, of all if none is; the number of rows that failed."""
    for old, kind in {"bool": bool, "int": int, "float": float, "object": object}.items():
        setattr(np, old, kind)  # MXNet 1.9.1 was written for an older NumPy
    import mxnet as mx  # only here: the tests read this module without MXNet

    failed = 0
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "registry.npz", **registry(mx))
    np.savez_compressed(FOLDER / "texts.npz", data=texts(mx))
    for family in names or families():
        made: dict[str, np.ndarray] = {}
        for row in importlib.import_module(f"tests.cases.{family}").ROWS:
            if not row.golden:
                continue
            print(row.id, file=sys.stderr, flush=True)  # the last line shows which row crashed MXNet
            try:
                made.update(answer(mx, row))
            except Exception as error:
                failed += 1
                print(f"FAILED {row.id}: {str(error).splitlines()[-1]}", file=sys.stderr)
        save(family, made)
        print(f"{family}: {len(made)} arrays, {failed} rows failed")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
