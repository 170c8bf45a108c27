"""Every operator against its rows: inference, reference, kernels, gradients, in-place use, devices, errors."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import numpy as np
import pytest

from symbolnb.compile.infer import infer_dtypes, infer_shapes
from symbolnb.context import gpu, num_gpus
from symbolnb.dtypes import dtype_of, is_float
from symbolnb.errors import GradientError
from symbolnb.graph.node import Entry, Node
from symbolnb.graph.spec import is_complete, merge_shapes
from symbolnb.graph.walk import topological
from symbolnb.kernels import table
from symbolnb.ops.base import OPERATORS, Operator
from symbolnb.ops.infer import complete_specs
from symbolnb.ops.registry import find
from symbolnb.settings import settings
from tests.cases import golden
from tests.cases.row import Array, Bad, Row, dtype_named
from tests.cases.run import Case, blank, forward, forward_into, operator_of, specs_of

TABLES = {family: importlib.import_module(f"tests.cases.{family}") for family in golden.families()}
ROWS: list[tuple[str, Row]] = [(family, row) for family, module in TABLES.items() for row in module.ROWS]
BAD: list[Bad] = [bad for module in TABLES.values() for bad in getattr(module, "BAD", [])]
LIMIT = {"float64": 1e-5, "float32": 1e-5, "float16": 2e-3}  # relative to the answer; 2e-3 is two steps of float16
FLOOR = {"float64": 1e-7, "float32": 1e-6, "float16": 1e-3}  # of the largest element, for sums that cancel


def rows(keep: Any = lambda row: True) -> Any:
    """Parametrize a test over the rows that `keep` keeps."""
    kept = [pytest.param(family, row, id=f"{family}: {row.id}") for family, row in ROWS if keep(row)]
    return pytest.mark.parametrize(("family", "row"), kept)


@pytest.fixture(autouse=True)
def verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every program of these tests is checked between its passes."""
    monkeypatch.setattr(settings, "verify", True)


@cache
def answers(family: str) -> dict[str, Array]:
    """The golden arrays of a family."""
    return golden.load(family)


def expected(family: str, key: str) -> Array:
    """One golden array."""
    made = answers(family).get(key)
    assert made is not None, f"no golden answer {key!r}: run python -m tests.cases.golden {family}"
    return made


def close(found: Array, wanted: Array, dtype: str = "float32") -> None:
    """Assert that shape and values agree, within what the element type can hold; other types exactly."""
    assert found.shape == wanted.shape
    if dtype not in LIMIT:
        exact = [array.astype("float64") if array.dtype.kind == "V" else array for array in (found, wanted)]
        np.testing.assert_array_equal(*exact)  # NumPy cannot tell bfloat16's nan from a number
        return
    with np.errstate(over="ignore"):
        wanted = np.asarray(wanted).astype(dtype).astype("float64")  # what overflows in the type may overflow
    finite = np.abs(wanted[np.isfinite(wanted)])
    floor = FLOOR[dtype] * float(finite.max()) if finite.size else 0.0
    np.testing.assert_allclose(found.astype("float64"), wanted, rtol=LIMIT[dtype], atol=floor)


def heads_of(row: Row, operator: Operator, arrays: Sequence[Array]) -> list[Array]:
    """Head gradients for the visible outputs."""
    specs = complete_specs(operator, specs_of(arrays))[: operator.visible_outputs()]
    return [row.head_gradient(index, spec.shape, spec.dtype) for index, spec in enumerate(specs)]


def wanted_of(row: Row, operator: Operator) -> list[int]:
    """Positions of the inputs whose gradients are compared."""
    names = set(row.differentiable())
    states = operator.auxiliary_inputs()
    return [i for i, name in enumerate(row.inputs) if name in names and i not in states]


def gradient_of(row: Row, dtype: str, arrays: Sequence[Array]) -> list[Array]:
    """The gradients of the row's wanted inputs by a compiled program."""
    operator = operator_of(row)
    case = Case(operator, [array.copy() for array in arrays], heads_of(row, operator, arrays), wanted_of(row, operator))
    return case.run(case.first_order())[operator.visible_outputs() :]


# The declaration -------------------------------------------------------------------------------


def test_every_operator_has_a_row() -> None:
    tested = {find(row.operator) for _, row in ROWS} | set(_made_by_gradients())
    missing = {
        cls.name for cls in OPERATORS.values()
        if cls not in tested and (cls.forward is not Operator.forward or cls.sample is not Operator.sample)
    }  # fmt: skip
    assert not missing, f"{len(missing)} operators have no row in tests/cases: {', '.join(sorted(missing))}"


def test_names_and_parameters_are_mxnets() -> None:
    with np.load(golden.FOLDER / "registry.npz", allow_pickle=False) as file:
        theirs = list(zip(*(file[key].tolist() for key in ("names", "canonical", "parameters")), strict=True))
    canonical = {name: official for name, official, _ in theirs}
    public = {name: cls for name, cls in OPERATORS.items() if not cls.internal}
    assert {name: cls.name for name, cls in public.items()} == {name: canonical.get(name) for name in public}
    registered = {cls.name for cls in public.values()}
    numpy_like = ("_np_", "_npi_", "_npx_")  # of MXNet's NumPy interface, which is not the Symbol API
    ours = [name for name, official, _ in theirs if official in registered and not name.startswith(numpy_like)]
    missing = [name for name in ours if name not in public]
    assert not missing, f"aliases of registered operators that are missing: {', '.join(missing)}"
    for name, official, parameters in theirs:
        if name == official and name in registered and name != "_linspace":  # lists those of arange by mistake
            assert set(public[name].parameters) - {"num_args"} == set(parameters.split()) - {"num_args"}, name


def _made_by_gradients() -> Iterator[type[Operator]]:
    for _, row in ROWS:
        if row.gradient != "none":
            operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
            case = Case(operator, arrays, heads_of(row, operator, arrays), wanted_of(row, operator))
            made = list(case.first_order())
            if row.gradient in ("numerical", "both") and row.smooth:
                made += case.second_order(_directions(arrays, wanted_of(row, operator), 3))
            if row.gradient in ("numerical", "both") and not operator.loss:
                with suppress(GradientError):  # what is not smooth need not have a second order
                    again = Case(operator, arrays, heads_of(row, operator, arrays), wanted_of(row, operator))
                    made += again.derivative(_directions(arrays, wanted_of(row, operator), 4))
            entries = [entry for entry in made if entry is not None]
            yield from (type(node.operator) for node in topological(entries) if node.operator is not None)


def test_row_names_are_unique() -> None:
    names = [(family, row.id) for family, row in ROWS]
    assert sorted(set(names)) == sorted(names)


@rows()
def test_parameters_print_back(family: str, row: Row) -> None:
    operator = find(row.operator).from_attributes(row.attributes())
    assert operator == find(operator.name).from_attributes(operator.to_attributes())
    assert len(row.inputs) == len(operator.input_names())


# Inference -------------------------------------------------------------------------------------


@rows()
def test_partial_inference_agrees_with_the_result(family: str, row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    specs = [*specs_of(arrays), *complete_specs(operator, specs_of(arrays))]
    free = [index for index, name in enumerate(row.inputs) if name in row.free]
    for known in _partly([spec.shape for spec in specs]):
        inputs, outputs = operator.infer_shape(known[: len(arrays)], known[len(arrays) :])
        for index, (found, spec) in enumerate(zip([*inputs, *outputs], specs, strict=True)):
            if index not in free or is_complete(known[index]):
                assert merge_shapes(found, spec.shape) == spec.shape
    for chosen in _subsets(len(specs)):
        types = [spec.dtype if index in chosen else None for index, spec in enumerate(specs)]
        inputs, outputs = operator.infer_dtype(types[: len(arrays)], types[len(arrays) :])
        for found, spec in zip([*inputs, *outputs], specs, strict=True):
            assert found is None or found == spec.dtype


def _subsets(count: int) -> Iterator[frozenset[int]]:
    """All subsets of a few positions; of many only the smallest and the largest."""
    sizes = range(count + 1) if count <= 5 else (0, 1, count - 1, count)
    for size in sizes:
        yield from map(frozenset, itertools.combinations(range(count), size))


def _partly(shapes: Sequence[tuple[int, ...]]) -> Iterator[list[Any]]:
    """The shapes with whole ones unknown, then with each dimension alone unknown, then all but one."""
    for chosen in _subsets(len(shapes)):
        yield [shape if index in chosen else None for index, shape in enumerate(shapes)]
    for index, shape in enumerate(shapes):
        for axis in range(len(shape)):
            hole = (*shape[:axis], None, *shape[axis + 1 :])
            yield [*shapes[:index], hole, *shapes[index + 1 :]]
            alone = tuple(size if i == axis else None for i, size in enumerate(shape))
            yield [None] * index + [alone] + [None] * (len(shapes) - index - 1)
    yield [(None,) * len(shape) for shape in shapes]


@rows(lambda row: row.golden)
def test_inference_knows_what_mxnet_knows(family: str, row: Row) -> None:
    key = f"{row.id}/inferred"
    if key not in answers(family):
        expected(family, f"{row.id}/0")  # a first input without dimensions, or none, tells nothing
        return
    numbers = iter(expected(family, key).tolist())
    operator, first = operator_of(row), row.arrays(row.dtypes[0])[0]
    count, visible = len(row.inputs), operator.visible_outputs()
    inputs, outputs = operator.infer_shape([first.shape] + [None] * (count - 1), [None] * len(operator.output_names()))
    plain = [shape for i, shape in enumerate(inputs) if i not in operator.auxiliary_inputs()]
    for found in (*plain, *outputs[:visible]):
        dimensions = next(numbers)
        theirs = None if dimensions < 0 else tuple(next(numbers) or None for _ in range(dimensions))
        assert merge_shapes(found, theirs) == found, f"MXNet infers {theirs}, here it is {found}"


# The reference ---------------------------------------------------------------------------------


@rows()
def test_reference_is_right(family: str, row: Row) -> None:
    operator = operator_of(row)
    for dtype in row.dtypes:
        arrays = row.arrays(dtype)
        outputs = forward(operator, [array.copy() for array in arrays])
        visible = outputs[: operator.visible_outputs()]
        if row.golden and dtype != "float16":
            for index, output in enumerate(visible):
                answer = expected(family, f"{row.id}/{index}")
                assert dtype != row.dtypes[0] or output.dtype == answer.dtype, f"MXNet's output is {answer.dtype}"
                close(output, answer, _looser(output.dtype.name, row.dtypes[0]))
        if row.oracle is not None and dtype != "float16":
            right = row.oracle(*[_wide(array) for array in arrays], **row.parameters)
            for output, answer in zip(outputs, right if isinstance(right, tuple) else (right,), strict=False):
                close(output, np.asarray(answer), _looser(output.dtype.name, dtype))
        if dtype == "float16" and not operator.random:
            wide = [array.astype("float32") if array.dtype == "float16" else array for array in arrays]
            for output, answer in zip(visible, forward(operator, wide), strict=False):
                close(output, answer, output.dtype.name)


def _looser(first: str, second: str) -> str:
    """The element type of two that allows more of a difference: where both are floating point, float32."""
    return "float32" if first == "float64" and second == "float32" else first


def _wide(array: Array) -> Array:
    return array.astype("float64") if array.dtype.kind == "f" else array


@rows()
def test_in_place_gives_the_same(family: str, row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    right = forward(operator, [array.copy() for array in arrays])
    for source, target in operator.inplace_pairs():
        if source >= len(arrays) or arrays[source].nbytes != right[target].nbytes:
            continue
        if arrays[source].dtype != right[target].dtype:
            continue
        inputs = [array.copy() for array in arrays]
        outputs = [blank(spec) for spec in specs_of(right)]
        outputs[target] = inputs[source].reshape(right[target].shape)
        forward_into(operator, inputs, outputs)
        for found, answer in zip(outputs, right, strict=True):
            np.testing.assert_array_equal(found, answer)


# Programs and kernels --------------------------------------------------------------------------


@rows()
def test_program_equals_reference(family: str, row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    right = forward(operator, [array.copy() for array in arrays])[: operator.visible_outputs()]
    for optimize in (False, True):
        case = Case(operator, [array.copy() for array in arrays], [])
        for found, answer in zip(case.run([], optimize=optimize), right, strict=True):
            close(found, answer, found.dtype.name)


@rows()
def test_kernels_equal_reference(family: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    operator = operator_of(row)
    table.load_libraries("cpu")
    for kernel in table.registered(operator.name, "cpu"):
        monkeypatch.setitem(table._table, (operator.name, "cpu"), [kernel])
        for dtype in row.dtypes:
            arrays = row.arrays(dtype)
            specs = specs_of(arrays), complete_specs(operator, specs_of(arrays))
            if kernel.supports(operator, *specs):
                right = forward(operator, [array.copy() for array in arrays])[: operator.visible_outputs()]
                found = Case(operator, [array.copy() for array in arrays], []).run([])
                for one, answer in zip(found, right, strict=True):
                    close(one, answer, dtype)


# Gradients -------------------------------------------------------------------------------------


@rows(lambda row: row.golden and row.gradient in ("golden", "both"))
def test_gradient_is_mxnets(family: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    operator, arrays = operator_of(row), row.arrays(row.dtypes[0])
    heads, wanted = heads_of(row, operator, arrays), wanted_of(row, operator)
    names = list(row.inputs)
    for fast in (False, True):
        monkeypatch.setattr(settings, "fast_kernels", fast)
        case = Case(operator, [array.copy() for array in arrays], heads, wanted)
        grads = case.run(case.first_order())[operator.visible_outputs() :]
        for position, grad in zip(wanted, grads, strict=True):
            close(grad, expected(family, f"{row.id}/grad/{names[position]}"), grad.dtype.name)
        for position in operator.auxiliary_inputs():
            close(case.arrays[position], expected(family, f"{row.id}/state/{names[position]}"))


@rows(lambda row: row.gradient != "none" and "float16" in row.dtypes)
def test_gradient_in_float16(family: str, row: Row) -> None:
    arrays = row.arrays("float16")
    wide = [array.astype("float32") if array.dtype == "float16" else array for array in arrays]
    right = gradient_of(row, "float32", wide)
    found, wanted = gradient_of(row, "float16", arrays), wanted_of(row, operator_of(row))
    for grad, answer, position in zip(found, right, wanted, strict=True):
        assert grad.dtype == arrays[position].dtype
        largest = np.abs(answer[np.isfinite(answer)]).max(initial=1.0)
        both = np.isfinite(answer) & (np.abs(answer) < 6e4) & np.isfinite(grad)  # formulas may overflow on the way
        np.testing.assert_allclose(grad[both].astype("float32"), answer[both], rtol=1e-2, atol=4e-3 * largest)


NUMERICAL = rows(lambda row: row.gradient in ("numerical", "both") and "float64" in row.dtypes)
SECOND = rows(lambda row: row.gradient in ("numerical", "both") and "float64" in row.dtypes and row.smooth)
STEP = 1e-6


def _moved(arrays: Sequence[Array], wanted: Sequence[int], directions: Sequence[Array], step: float) -> list[Array]:
    moved = [array.copy() for array in arrays]
    for position, direction in zip(wanted, directions, strict=True):
        moved[position] += step * direction
    return moved


def _project(values: Sequence[Array], directions: Sequence[Array]) -> float:
    pairs = zip(values, directions, strict=True)
    return float(sum((value.astype("float64") * direction).sum() for value, direction in pairs))


def _directions(arrays: Sequence[Array], wanted: Sequence[int], seed: int) -> list[Array]:
    random = np.random.RandomState(seed)
    return [random.standard_normal(arrays[position].shape) for position in wanted]


@NUMERICAL
def test_gradient_is_the_slope(family: str, row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays("float64")
    heads, wanted = heads_of(row, operator, arrays), wanted_of(row, operator)
    directions = _directions(arrays, wanted, 1)
    outputs = [forward(operator, _moved(arrays, wanted, directions, step))[: len(heads)] for step in (STEP, -STEP)]
    floats = [index for index, head in enumerate(heads) if is_float(head.dtype)]
    ends = [_project([made[i] for i in floats], [heads[i] for i in floats]) for made in outputs]
    slope = (ends[0] - ends[1]) / (2 * STEP)
    found = _project(gradient_of(row, "float64", arrays), directions)
    assert found == pytest.approx(slope, rel=1e-6, abs=1e-7)


@SECOND
def test_second_gradient_is_the_slope_of_the_first(family: str, row: Row) -> None:
    operator, arrays = operator_of(row), row.arrays("float64")
    heads, wanted = heads_of(row, operator, arrays), wanted_of(row, operator)
    directions, weights = _directions(arrays, wanted, 2), _directions(arrays, wanted, 3)
    ends = [_project(gradient_of(row, "float64", _moved(arrays, wanted, directions, step)), weights)
            for step in (STEP, -STEP)]  # fmt: skip
    case = Case(operator, [array.copy() for array in arrays], heads, wanted)
    entries = case.second_order(weights)
    found = _project(case.run(entries)[operator.visible_outputs() :], directions)
    assert found == pytest.approx((ends[0] - ends[1]) / (2 * STEP), rel=1e-6, abs=1e-7)


@rows(lambda row: row.gradient in ("numerical", "both") and "float64" in row.dtypes)
def test_gradient_turned_round_is_the_derivative(family: str, row: Row) -> None:
    """Covers the operators that gradients of gradients are made of, also where the second order is zero."""
    operator, arrays = operator_of(row), row.arrays("float64")
    heads, wanted = heads_of(row, operator, arrays), wanted_of(row, operator)
    directions = _directions(arrays, wanted, 4)
    case = Case(operator, [array.copy() for array in arrays], heads, wanted)
    try:
        entries = case.derivative(directions)
    except GradientError:
        assert not row.smooth
        return
    found = case.run(entries)[operator.visible_outputs() :]
    ends = [forward(operator, _moved(arrays, wanted, directions, step)) for step in (STEP, -STEP)]
    for index, head in enumerate(heads):
        if is_float(head.dtype) and not operator.loss:
            slope = (ends[0][index] - ends[1][index]) / (2 * STEP)
            np.testing.assert_allclose(found[index], slope, rtol=1e-5, atol=1e-6)


# Devices ---------------------------------------------------------------------------------------


@pytest.mark.gpu
@pytest.mark.skipif(num_gpus() == 0, reason="needs CuPy and a CUDA device")
@rows()
def test_gpu_equals_cpu(family: str, row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    context, operator = gpu(0), operator_of(row)
    if operator.random:
        pytest.skip("the two devices draw other random numbers")
    for dtype in row.dtypes:
        arrays = row.arrays(dtype)
        right = forward(operator, [array.copy() for array in arrays])
        for kernels in (False, True):
            monkeypatch.setattr(settings, "fast_kernels", kernels)
            case = Case(operator, [context.xp.asarray(array) for array in arrays], [])
            for found, answer in zip(case.run([], context=context), right, strict=False):
                close(found.get(), answer, found.dtype.name)


# Errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.id)
def test_bad_input_is_explained(bad: Bad) -> None:
    with pytest.raises(Exception) as caught:
        _provoke(bad)
    assert (type(caught.value).__name__, str(caught.value)) == (bad.error, bad.message)


def _provoke(bad: Bad) -> None:
    parameters = {key: str(value) for key, value in bad.parameters.items()}
    operator = find(bad.operator).from_attributes(parameters)
    variables = {name: Node(None, name) for name in (bad.inputs or dict.fromkeys(operator.input_names()))}
    node = Node(operator, "node", tuple(Entry(variable) for variable in variables.values()))
    shapes = infer_shapes([Entry(node)], {variables[name]: _shape(shape) for name, shape in bad.inputs.items()})
    shapes.raise_failure()
    dtypes = infer_dtypes([Entry(node)], {variables[name]: dtype_of(text) for name, text in bad.dtypes.items()})
    dtypes.raise_failure()
    arrays = [np.zeros(shapes[Entry(v)], dtypes[Entry(v)] or "float32") for v in variables.values()]
    heads = [np.ones(spec.shape, spec.dtype) for spec in complete_specs(operator, specs_of(arrays))]
    case = Case(operator, arrays, heads[: operator.visible_outputs()], range(len(arrays)))
    case.run(case.first_order())


def _shape(shape: Any) -> Any:
    return None if shape is None else tuple(shape)


def test_types_are_known() -> None:
    for _, row in ROWS:
        assert all(dtype_named(name) == dtype_of(name) for name in row.dtypes)
