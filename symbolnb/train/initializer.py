"""How parameters start: `mx.init`.

An initializer is called with an `InitDesc`, the name and attributes of a variable, and the array to fill. What
it does depends on the variable: an ``__init__`` attribute decides alone; else the end of the name does, and
only what ends in ``weight`` is the initializer's own business. Random numbers come from the array's device
and follow `mx.random.seed`.
"""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from math import ceil, prod, sqrt
from typing import Any

import numpy as np

from symbolnb.errors import ParameterError, ShapeError
from symbolnb.ndarray import NDArray
from symbolnb.runtime.random import generator
from symbolnb.train.registry import Registry

Statistic = Callable[[NDArray], str]
Attributes = Mapping[str, str]


class InitDesc(str):
    """The name of a variable that is to be initialised, with what else decides how.

    `attrs` are the variable's attributes, as `Symbol.attr_dict` gives them; `global_init` is the initializer
    that everything else of the model is initialised with, for those that leave a part to it.

    >>> desc = InitDesc("fc1_weight", {"__init__": "zeros"})
    >>> desc.upper(), desc.attrs
    ('FC1_WEIGHT', {'__init__': 'zeros'})
    """

    attrs: Attributes
    global_init: Initializer | None

    def __new__(cls, name: str, attrs: Attributes | None = None, global_init: Initializer | None = None) -> InitDesc:
        made = super().__new__(cls, name)
        made.attrs = {} if attrs is None else attrs
        made.global_init = global_init
        return made


class Initializer:
    """What every initializer has: the rules by name, a text form, and equality by content.

    A subclass defines `_init_weight(name, array)`, which fills the array, and hands its arguments to this
    class's constructor as keywords, so that `dumps` can write them down.

    >>> import symbolnb as mx
    >>> weight = mx.nd.zeros((2, 2))
    >>> mx.init.Constant(3)(mx.init.InitDesc("fc1_weight"), weight)
    >>> weight.asnumpy().tolist()
    [[3.0, 3.0], [3.0, 3.0]]
    """

    def __init__(self, **kwargs: Any) -> None:
        self._kwargs = kwargs
        self._verbose = False
        self._statistic: Statistic = _root_mean_square

    def set_verbosity(self, verbose: bool = False, print_func: Statistic | None = None) -> Initializer:
        """Log a statistic of each array after it was filled; by default the root of its mean square."""
        self._verbose = verbose
        self._statistic = _root_mean_square if print_func is None else print_func
        return self

    def dumps(self) -> str:
        """The initializer as the JSON text that an ``__init__`` attribute holds.

        >>> Xavier(factor_type="in", magnitude=2.34).dumps()
        '["xavier", {"rnd_type": "uniform", "factor_type": "in", "magnitude": 2.34}]'
        """
        return json.dumps([type(self).__name__.lower(), self._kwargs])

    def __call__(self, desc: str, arr: NDArray) -> None:
        """Fill the array as its name and attributes say; `ParameterError` where neither says anything."""
        if not isinstance(desc, InitDesc):
            self._by_plain_name(desc, arr)
            return
        if desc.global_init is None:
            desc.global_init = self
        own = desc.attrs.get("__init__", "")
        if own:
            create(own)._init_weight(desc, arr)
            self._log(desc, own, arr)
        else:
            self._log(desc, self._by_ending(desc, arr), arr)

    def _by_ending(self, name: str, arr: NDArray) -> str:
        """Fill the array by the first rule that its name ends in; that ending, or the empty text."""
        for ending, method in ENDINGS:
            if name.endswith(ending):
                getattr(self, method)(name, arr)
                return ending
        self._init_default(name, arr)
        return ""

    def _by_plain_name(self, name: str, arr: NDArray) -> None:
        warnings.warn(
            "an initializer called with a plain name is deprecated; give it mx.init.InitDesc(name)",
            DeprecationWarning,
            stacklevel=3,
        )
        if not isinstance(name, str) or not isinstance(arr, NDArray):
            raise ParameterError(f"an initializer needs a name and an NDArray, but got {name!r}, {type(arr).__name__}")
        if name.startswith("upsampling"):
            self._init_bilinear(name, arr)
        elif name.startswith("stn_loc") and name.endswith("weight"):
            self._init_zero(name, arr)
        elif name.startswith("stn_loc") and name.endswith("bias"):
            self._init_loc_bias(name, arr)
        else:
            self._by_ending(name, arr)

    def _log(self, name: str, rule: str, arr: NDArray) -> None:
        if self._verbose:
            logging.info("Initialized %s as %s: %s", name, rule, self._statistic(arr))

    # What an ending stands for; subclasses may change each ------------------------------------

    def _init_weight(self, name: str, arr: NDArray) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say how a weight starts")

    def _init_bias(self, name: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_gamma(self, name: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_beta(self, name: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_zero(self, name: str, arr: NDArray) -> None:
        arr[:] = 0.0

    def _init_one(self, name: str, arr: NDArray) -> None:
        arr[:] = 1.0

    def _init_bilinear(self, name: str, arr: NDArray) -> None:
        """Weights by which a transposed convolution enlarges an image smoothly."""
        if len(arr.shape) != 4:
            raise ShapeError(f"the bilinear initializer needs 4 dimensions, but {name} is {arr.shape}")
        height, width = arr.shape[2:]
        half = ceil(width / 2)
        centre = (2 * half - 1 - half % 2) / (2 * half)
        across = 1 - np.abs(np.arange(width) / half - centre)
        down = 1 - np.abs(np.arange(height) / half - centre)
        arr[:] = np.broadcast_to((down[:, None] * across).astype(np.float32), arr.shape)

    def _init_loc_bias(self, name: str, arr: NDArray) -> None:
        """The affine map that changes nothing."""
        if arr.shape != (6,):
            raise ShapeError(f"{name} holds an affine map and must be (6,), but it is {arr.shape}")
        arr[:] = np.array([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], np.float32)

    def _init_default(self, name: str, arr: NDArray) -> None:
        raise ParameterError(
            f"no rule says how {name!r} starts: its name ends in none of {', '.join(e for e, _ in ENDINGS)}; "
            f"give the variable an initializer: Variable({str(name)!r}, init=mx.init.Uniform())"
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Initializer):
            return NotImplemented
        return type(self) is type(other) and self._kwargs == other._kwargs

    __hash__ = None  # type: ignore[assignment]  # equal by content, and the content can hold arrays

    def __repr__(self) -> str:
        shown = ", ".join(f"{key}={value!r}" for key, value in self._kwargs.items())
        return f"{type(self).__name__}({shown})"


ENDINGS = (
    ("weight", "_init_weight"),
    ("bias", "_init_bias"),
    ("gamma", "_init_gamma"),
    ("beta", "_init_beta"),
    ("moving_mean", "_init_zero"),
    ("running_mean", "_init_zero"),
    ("moving_var", "_init_one"),
    ("running_var", "_init_one"),
    ("moving_inv_var", "_init_zero"),
    ("moving_avg", "_init_zero"),
    ("min", "_init_zero"),
    ("max", "_init_one"),
)


def _root_mean_square(arr: NDArray) -> str:
    values = arr.asnumpy().astype(np.float64)
    return str(np.sqrt(np.mean(values * values)) if values.size else 0.0)


_registry: Registry[Initializer] = Registry(Initializer, "initializer")
register = _registry.register
alias = _registry.alias
create = _registry.create
find = _registry.find
names = _registry.names


def draw_uniform(arr: NDArray, scale: float) -> None:
    """Fill an array with numbers evenly spread between -scale and scale."""
    context = arr.context
    with context.activate():
        unit = generator(context).random(arr.shape, dtype="float32")
        arr[:] = NDArray(unit * np.float32(2 * scale) - np.float32(scale), context)


def draw_normal(arr: NDArray, sigma: float) -> None:
    """Fill an array with normally distributed numbers of mean 0 and standard deviation `sigma`."""
    context = arr.context
    with context.activate():
        unit = generator(context).standard_normal(arr.shape, dtype="float32")
        arr[:] = NDArray(unit * np.float32(sigma), context)


@register
@alias("zeros")
class Zero(Initializer):
    """Zeros."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        arr[:] = 0.0


@register
@alias("ones")
class One(Initializer):
    """Ones."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        arr[:] = 1.0


@register
class Constant(Initializer):
    """One number everywhere, or the elements of an array or list of the parameter's shape."""

    def __init__(self, value: Any) -> None:
        super().__init__(value=value)
        self.value = value

    def _init_weight(self, name: str, arr: NDArray) -> None:
        arr[:] = self.value if isinstance(self.value, NDArray) else np.asarray(self.value)

    def dumps(self) -> str:
        """The JSON text, in which an array is written as nested lists."""
        value = self.value.asnumpy() if isinstance(self.value, NDArray) else self.value
        plain = value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
        return json.dumps(["constant", {"value": plain}])


@register
class Uniform(Initializer):
    """Numbers evenly spread between -scale and scale."""

    def __init__(self, scale: float = 0.07) -> None:
        super().__init__(scale=scale)
        self.scale = scale

    def _init_weight(self, name: str, arr: NDArray) -> None:
        draw_uniform(arr, self.scale)


@register
class Normal(Initializer):
    """Normally distributed numbers of mean 0 and standard deviation `sigma`."""

    def __init__(self, sigma: float = 0.01) -> None:
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, name: str, arr: NDArray) -> None:
        draw_normal(arr, self.sigma)


@register
class Orthogonal(Initializer):
    """A matrix with orthogonal rows or columns, whichever are fewer, times `scale`.

    The array is seen as a matrix of shape (first dimension, all others). `rand_type` is the distribution that
    the matrix starts from: ``"uniform"`` or ``"normal"``. See arXiv 1312.6120.
    """

    def __init__(self, scale: float = 1.414, rand_type: str = "uniform") -> None:
        super().__init__(scale=scale, rand_type=rand_type)
        if rand_type not in ("uniform", "normal"):
            raise ParameterError(f"Orthogonal: rand_type is {rand_type!r} but must be 'uniform' or 'normal'")
        self.scale = scale
        self.rand_type = rand_type

    def _init_weight(self, name: str, arr: NDArray) -> None:
        start = NDArray(arr.context.xp.empty((arr.shape[0], prod(arr.shape[1:])), "float32"), arr.context)
        draw = draw_uniform if self.rand_type == "uniform" else draw_normal
        draw(start, 1.0)
        left, _, right = np.linalg.svd(start.asnumpy(), full_matrices=False)
        chosen = left if left.shape == start.shape else right
        arr[:] = (self.scale * chosen).reshape(arr.shape)


@register
class Xavier(Initializer):
    """Random numbers scaled so that values and gradients keep their size from layer to layer.

    The scale is ``sqrt(magnitude / n)``, where n is the number of inputs of a neuron (`factor_type` ``"in"``),
    of its outputs (``"out"``) or their mean (``"avg"``). `rnd_type` ``"uniform"`` spreads numbers evenly between
    -scale and scale; with ``"gaussian"`` the scale is their standard deviation.

    >>> import symbolnb as mx
    >>> weight = mx.nd.zeros((10, 20))
    >>> mx.init.Xavier()(mx.init.InitDesc("fc1_weight"), weight)
    >>> bool(abs(weight.asnumpy()).max() <= (3 / 15) ** 0.5)
    True
    """

    def __init__(self, rnd_type: str = "uniform", factor_type: str = "avg", magnitude: float = 3) -> None:
        super().__init__(rnd_type=rnd_type, factor_type=factor_type, magnitude=magnitude)
        kind = type(self).__name__
        if rnd_type not in ("uniform", "gaussian"):
            raise ParameterError(f"{kind}: rnd_type is {rnd_type!r} but must be 'uniform' or 'gaussian'")
        if factor_type not in ("avg", "in", "out"):
            raise ParameterError(f"{kind}: factor_type is {factor_type!r} but must be 'avg', 'in' or 'out'")
        self.rnd_type = rnd_type
        self.factor_type = factor_type
        self.magnitude = float(magnitude)

    def _init_weight(self, name: str, arr: NDArray) -> None:
        if len(arr.shape) < 2:
            raise ShapeError(
                f"{type(self).__name__} needs at least 2 dimensions, but {str(name)!r} is {arr.shape}; "
                "give that variable an initializer of its own"
            )
        positions = prod(arr.shape[2:])
        inputs, outputs = arr.shape[1] * positions, arr.shape[0] * positions
        factor = {"avg": (inputs + outputs) / 2, "in": inputs, "out": outputs}[self.factor_type]
        scale = sqrt(self.magnitude / factor)
        draw = draw_uniform if self.rnd_type == "uniform" else draw_normal
        draw(arr, scale)


@register
class MSRAPrelu(Xavier):
    """`Xavier` with normal numbers and the magnitude that suits (P)ReLU of that slope. See arXiv 1502.01852."""

    def __init__(self, factor_type: str = "avg", slope: float = 0.25) -> None:
        super().__init__("gaussian", factor_type, 2.0 / (1 + slope**2))
        self._kwargs = {"factor_type": factor_type, "slope": slope}


@register
class Bilinear(Initializer):
    """Weights by which a transposed convolution enlarges an image smoothly."""

    def __init__(self) -> None:
        super().__init__()

    def _init_weight(self, name: str, arr: NDArray) -> None:
        self._init_bilinear(name, arr)


@register
class LSTMBias(Initializer):
    """The biases of an LSTM cell: zeros, and `forget_bias` for the second of the four gates."""

    def __init__(self, forget_bias: float = 1.0) -> None:
        super().__init__(forget_bias=forget_bias)
        self.forget_bias = forget_bias

    def _init_weight(self, name: str, arr: NDArray) -> None:
        hidden = arr.shape[0] // 4
        arr[:] = 0.0
        arr[hidden : 2 * hidden] = self.forget_bias


class Load:
    """Fills arrays from a dict of arrays by name, as a parameter file gives it, and the rest by `default_init`.

    ``arg:`` and ``aux:`` before a name are left out. Raises `ShapeError` where the shapes differ and
    `ParameterError` for a name that is not there if there is no `default_init`.
    """

    def __init__(
        self, param: Mapping[str, NDArray], default_init: Initializer | None = None, verbose: bool = False
    ) -> None:
        if not isinstance(param, Mapping):
            raise ParameterError(f"Load needs a dict of arrays by name, but got {param!r}")
        self.param = {name.removeprefix("arg:").removeprefix("aux:"): array for name, array in param.items()}
        self.default_init = default_init
        self.verbose = verbose

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill one array."""
        found = self.param.get(str(name))
        if found is None:
            if self.default_init is None:
                raise ParameterError(f"{str(name)!r} was not loaded, and there is no default initializer")
            self.default_init(name, arr)
        elif tuple(found.shape) != arr.shape:
            raise ShapeError(f"{str(name)!r} is {arr.shape} but the loaded array is {tuple(found.shape)}")
        else:
            arr[:] = found
        if self.verbose:
            logging.info("Initialized %s by %s", name, "default" if found is None else "loading")


class Mixed:
    """Initialises each array by the first of several regular expressions that matches the start of its name.

    >>> import symbolnb as mx
    >>> bias = mx.nd.zeros(2)
    >>> mx.init.Mixed(["fc1", ".*"], [mx.init.One(), mx.init.Zero()])(mx.init.InitDesc("fc1_weight"), bias)
    >>> bias.asnumpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, patterns: Sequence[str], initializers: Sequence[Initializer]) -> None:
        if len(patterns) != len(initializers):
            raise ParameterError(f"Mixed has {len(patterns)} patterns but {len(initializers)} initializers")
        self.map = [(re.compile(pattern), init) for pattern, init in zip(patterns, initializers, strict=True)]

    def __call__(self, name: str, arr: NDArray) -> None:
        """Fill one array; `ParameterError` where no pattern matches its name."""
        for pattern, init in self.map:
            if pattern.match(name):
                init(name, arr)
                return
        shown = ", ".join(repr(pattern.pattern) for pattern, _ in self.map)
        raise ParameterError(f"{str(name)!r} matches none of the patterns {shown}; add '.*' with a default at the end")
