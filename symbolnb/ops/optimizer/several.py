"""Steps for several weights at once: the inputs of the first weight, then those of the second, and so on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.errors import ParameterError
from symbolnb.graph.spec import merge_all
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, numbered, register, with_fields
from symbolnb.ops.infer import first_known, floating
from symbolnb.ops.optimizer.adaptive import Decoupled
from symbolnb.ops.optimizer.lamb import Bounded, Direction
from symbolnb.ops.optimizer.momentum import (
    MOMENTUM_DOC,
    Heavy,
    MixedSgd,
    MixedSgdMomentum,
    Sgd,
    SgdMomentum,
    descend,
    roll,
)
from symbolnb.ops.optimizer.update import Decayed, Scaled, widened

COUNT_DOC = "how many weights there are"
RATES_DOC = "the learning rates, one for each weight"
DECAYS_DOC = "how strongly each weight is pulled to zero"


class Several(Operator):
    """What all steps for several weights share.

    `kinds` are the names of one weight's inputs; those after the gradient are states. Where the last is
    ``weight32``, the weights may have lower precision and everything else has float32. `shared` are the inputs for
    all weights, which follow at the end.
    """

    kinds: ClassVar[tuple[str, ...]]
    shared: ClassVar[tuple[str, ...]] = ()
    per_weight: ClassVar[tuple[str, ...]] = ()
    """The parameters that have one value for each weight."""

    def weights(self) -> int:
        """How many weights there are."""
        raise NotImplementedError

    def __post_init__(self) -> None:
        for name in self.per_weight:
            if len(getattr(self, name)) != self.weights():
                raise ParameterError(
                    f"{name} has {len(getattr(self, name))} numbers but there are {self.weights()} weights"
                )

    @property
    def mixed(self) -> bool:
        """Whether there is a copy of each weight in float32."""
        return self.kinds[-1] == "weight32"

    def input_names(self) -> tuple[str, ...]:
        return (*(f"{kind}_{index}" for index in range(self.weights()) for kind in self.kinds), *self.shared)

    def auxiliary_inputs(self) -> tuple[int, ...]:
        size = len(self.kinds)
        return tuple(index * size + kind for index in range(self.weights()) for kind in range(2, size))

    def output_names(self) -> tuple[str, ...]:
        count = self.weights()
        return ("output",) if count == 1 else numbered("output", count)

    def inplace_pairs(self) -> tuple[tuple[int, int], ...]:
        return tuple((index * len(self.kinds), index) for index in range(self.weights()))

    def case(self) -> Hashable:
        return self.name, self.weights()  # learning rates decide nothing

    def group(self, index: int) -> slice:
        """Where the inputs of one weight are."""
        return slice(index * len(self.kinds), (index + 1) * len(self.kinds))

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        whole = [merge_all((*inputs[self.group(index)], outputs[index])) for index in range(self.weights())]
        rest = self.shared_shapes(inputs[len(self.kinds) * self.weights() :])
        return [shape for shape in whole for _ in self.kinds] + rest, list(whole)

    def shared_shapes(self, given: Shapes) -> Shapes:
        """The shapes of the inputs for all weights."""
        return [(self.weights(),) for _ in given]

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        low_places = (0, 1) if self.mixed else range(len(self.kinds))
        groups = [inputs[self.group(index)] for index in range(self.weights())]
        low = floating(
            first_known((*(group[place] for group in groups for place in low_places), *outputs)), "the type of weights"
        )
        each = [low if place in low_places else FLOAT32 for place in range(len(self.kinds))]
        return each * self.weights() + [FLOAT32] * len(self.shared), [low] * self.weights()

    def compute(self, xp: ModuleType, index: int, arrays: Sequence[Array], shared: Sequence[Array]) -> Sequence[Array]:
        """The new weight, then the new states, of one weight from its inputs but for ``weight32``."""
        raise NotImplementedError

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        shared = inputs[len(self.kinds) * self.weights() :]
        for index, out in enumerate(outputs):
            group = inputs[self.group(index)]
            arrays = widened([group[-1], *group[1:-1]] if self.mixed else group)
            if self.mixed:
                arrays[1] = arrays[1].astype("float32", copy=False)
            made, *states = self.compute(xp, index, arrays, shared)
            for state, new in zip(group[2:], (*states, made) if self.mixed else states, strict=True):
                state[...] = new
            out[...] = made


@with_fields
class Counted(Scaled, Several):
    """Gradients are scaled and clipped; `num_weights` counts the weights."""

    num_weights: int = p.count(1, doc=COUNT_DOC)

    def weights(self) -> int:
        return self.num_weights


@with_fields
class Listed(Counted):
    """Rates and decays are parameters."""

    per_weight: ClassVar[tuple[str, ...]] = ("lrs", "wds")
    signature: ClassVar[tuple[str, ...]] = ("lrs", "wds", "rescale_grad", "clip_gradient", "num_weights")

    lrs: tuple[float, ...] = p.numbers(doc=RATES_DOC)
    wds: tuple[float, ...] = p.numbers(doc=DECAYS_DOC)

    single: ClassVar[type[Decayed]]
    """The step for one weight, with the same parameters but for `lr` and `wd`."""

    def step(self, index: int) -> Operator:
        """The step of one of the weights."""
        common = {field.name: getattr(self, field.name) for field in fields(Heavy) if hasattr(self, field.name)}
        return self.single(**common, lr=self.lrs[index], wd=self.wds[index])

    def forward(self, xp: ModuleType, inputs: Sequence[Array], outputs: Sequence[Array]) -> None:
        for index, out in enumerate(outputs):
            self.step(index).forward(xp, inputs[self.group(index)], [out])


@register
class MultiSgd(Listed):
    """`sgd_update` for several weights: the inputs are weight, gradient, weight, gradient, and so on."""

    name = "multi_sgd_update"
    kinds = ("weight", "grad")
    single = Sgd


@register
class MultiMixedSgd(Listed):
    """`mp_sgd_update` for several weights: the inputs are weight, gradient, weight in float32, and so on."""

    name = "multi_mp_sgd_update"
    kinds = ("weight", "grad", "weight32")
    single = MixedSgd


@with_fields
class ListedHeavy(Listed):
    """Those with momentum."""

    signature: ClassVar[tuple[str, ...]] = ("lrs", "wds", "momentum", "rescale_grad", "clip_gradient", "num_weights")

    momentum: float = p.number(0.0, doc=MOMENTUM_DOC)


@register
class MultiSgdMomentum(ListedHeavy):
    """`sgd_mom_update` for several weights: the inputs are weight, gradient, momentum, and so on."""

    name = "multi_sgd_mom_update"
    kinds = ("weight", "grad", "mom")
    single = SgdMomentum


@register
class MultiMixedSgdMomentum(ListedHeavy):
    """`mp_sgd_mom_update` for several weights: weight, gradient, momentum, weight in float32, and so on."""

    name = "multi_mp_sgd_mom_update"
    kinds = ("weight", "grad", "mom", "weight32")
    single = MixedSgdMomentum


@with_fields
class Preloaded(Counted):
    """Rates and decays are inputs, the last two: vectors of one number for each weight."""

    shared: ClassVar[tuple[str, ...]] = ("lrs", "wds")
    signature: ClassVar[tuple[str, ...]] = ("rescale_grad", "clip_gradient", "num_weights")

    def compute(self, xp: ModuleType, index: int, arrays: Sequence[Array], shared: Sequence[Array]) -> Sequence[Array]:
        weight, grad = arrays
        rate, decay = (array[index].astype(weight.dtype) for array in shared)
        return (descend(weight, self.prepared(xp, grad), rate, decay),)


@register
class PreloadedSgd(Preloaded):
    """`multi_sgd_update` with learning rates and decays as the last two inputs."""

    name = "preloaded_multi_sgd_update"
    kinds = ("weight", "grad")


@register
class PreloadedMixedSgd(Preloaded):
    """`multi_mp_sgd_update` with learning rates and decays as the last two inputs."""

    name = "preloaded_multi_mp_sgd_update"
    kinds = ("weight", "grad", "weight32")


@with_fields
class PreloadedHeavy(Preloaded):
    """Those with momentum."""

    signature: ClassVar[tuple[str, ...]] = ("momentum", "rescale_grad", "clip_gradient", "num_weights")

    momentum: float = p.number(0.0, doc=MOMENTUM_DOC)

    def compute(self, xp: ModuleType, index: int, arrays: Sequence[Array], shared: Sequence[Array]) -> Sequence[Array]:
        weight, grad, velocity = arrays
        rate, decay = (array[index].astype(weight.dtype) for array in shared)
        return roll(weight, self.prepared(xp, grad), velocity, rate, decay, self.momentum)


@register
class PreloadedSgdMomentum(PreloadedHeavy):
    """`multi_sgd_mom_update` with learning rates and decays as the last two inputs."""

    name = "preloaded_multi_sgd_mom_update"
    kinds = ("weight", "grad", "mom")


@register
class PreloadedMixedSgdMomentum(PreloadedHeavy):
    """`multi_mp_sgd_mom_update` with learning rates and decays as the last two inputs."""

    name = "preloaded_multi_mp_sgd_mom_update"
    kinds = ("weight", "grad", "mom", "weight32")


@with_fields
class MultiDecoupled(Decoupled, Several):
    """AdamW for several weights; the last input is the factor of all gradients."""

    shared: ClassVar[tuple[str, ...]] = ("rescale_grad",)
    per_weight: ClassVar[tuple[str, ...]] = ("lrs", "wds", "etas")
    signature: ClassVar[tuple[str, ...]] = (
        "lrs", "beta1", "beta2", "epsilon", "wds", "etas", "clip_gradient", "num_weights",
    )  # fmt: skip

    lrs: tuple[float, ...] = p.numbers(doc=RATES_DOC)
    wds: tuple[float, ...] = p.numbers(doc=DECAYS_DOC)
    etas: tuple[float, ...] = p.numbers(doc="what each whole step is multiplied by")
    num_weights: int = p.count(1, doc=COUNT_DOC)

    def weights(self) -> int:
        return self.num_weights

    def shared_shapes(self, given: Shapes) -> Shapes:
        return list(given)

    def compute(self, xp: ModuleType, index: int, arrays: Sequence[Array], shared: Sequence[Array]) -> Sequence[Array]:
        return self.stepped(xp, arrays, shared[0], self.lrs[index], self.etas[index], self.wds[index])


@register
class MultiAdamW(MultiDecoupled):
    """`_adamw_update` for several weights: weight, gradient, mean, var, and so on; last the gradients' factor."""

    name = "_multi_adamw_update"
    kinds = ("weight", "grad", "mean", "var")


@register
class MultiMixedAdamW(MultiDecoupled):
    """`_mp_adamw_update` for several weights: weight, gradient, mean, var, weight in float32, and so on."""

    name = "_multi_mp_adamw_update"
    kinds = ("weight", "grad", "mean", "var", "weight32")


@with_fields
class MultiLambStep(Direction, Bounded, Several):
    """Both halves of LAMB for several weights."""

    per_weight: ClassVar[tuple[str, ...]] = ("learning_rates", "wds", "step_count")
    signature: ClassVar[tuple[str, ...]] = (
        "learning_rates", "beta1", "beta2", "epsilon", "wds", "rescale_grad", "lower_bound", "upper_bound",
        "clip_gradient", "bias_correction", "step_count", "num_tensors",
    )  # fmt: skip

    learning_rates: tuple[float, ...] = p.numbers(doc=RATES_DOC)
    wds: tuple[float, ...] = p.numbers(doc=DECAYS_DOC)
    step_count: tuple[int, ...] = p.shape(doc="the number of the step of each weight, from 1")
    num_tensors: int = p.count(1, doc=COUNT_DOC)

    def weights(self) -> int:
        return self.num_tensors

    def compute(self, xp: ModuleType, index: int, arrays: Sequence[Array], shared: Sequence[Array]) -> Sequence[Array]:
        weight = arrays[0]
        step, mean, var = self.direction(xp, arrays, self.wds[index], self.step_count[index])
        ratio = self.ratio(xp, xp.sqrt(xp.sum(weight * weight)), xp.sqrt(xp.sum(step * step)))
        return weight - self.learning_rates[index] * ratio * step, mean, var


@register
class MultiLamb(MultiLambStep):
    """A step of LAMB for several weights: weight, gradient, mean, var, and so on."""

    name = "_multi_lamb_update"
    kinds = ("weight", "grad", "mean", "var")


@register
class MultiMixedLamb(MultiLambStep):
    """A step of LAMB for several weights of lower precision: weight, gradient, mean, var, weight in float32."""

    name = "_multi_mp_lamb_update"
    kinds = ("weight", "grad", "mean", "var", "weight32")
