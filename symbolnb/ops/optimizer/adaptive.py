"""Steps whose length adapts to the size of past gradients, element by element."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import ClassVar

from symbolnb.dtypes import FLOAT32
from symbolnb.graph.spec import PartialShape, merge_all
from symbolnb.ops import parameters as p
from symbolnb.ops.base import Array, DTypes, Operator, Shapes, register, with_fields
from symbolnb.ops.infer import first_known, floating, same_shapes
from symbolnb.ops.optimizer.update import Decayed, Lazy, Mixed, Scaled, Step, limited

EPSILON_DOC = "added to the divisor, so that it is never 0"


@with_fields
class Moments(Operator):
    """The parameters of the moving means of gradients and of their squares."""

    beta1: float = p.number(0.9, doc="share of the old mean of gradients in the new one")
    beta2: float = p.number(0.999, doc="share of the old mean of squares in the new one")
    epsilon: float = p.number(1e-8, doc=EPSILON_DOC)

    def moved(self, grad: Array, mean: Array, var: Array) -> tuple[Array, Array]:
        """The moving means of gradients and of their squares, one gradient later."""
        mean = self.beta1 * mean + (1 - self.beta1) * grad
        return mean, self.beta2 * var + (1 - self.beta2) * grad * grad


@register
@with_fields
class Adam(Lazy, Moments, Step):
    """A step of Adam: ``weight - lr mean / (√var + epsilon)`` with the moving means of gradients and their squares.

    The weight's pull ``wd weight`` is part of the gradient and clipped with it. The means are not corrected for
    their start at zero: MXNet's optimizer does that through `lr`. See D. Kingma and J. Ba, "Adam: a method for
    stochastic optimization" (2015).
    """

    name = "adam_update"
    aliases = ("_sparse_adam_update",)
    inputs = ("weight", "grad", "mean", "var")
    states = (2, 3)
    signature = ("lr", "beta1", "beta2", "epsilon", "wd", "rescale_grad", "clip_gradient", "lazy_update")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, mean, var = inputs
        mean, var = self.moved(self.decayed(xp, grad, weight), mean, var)
        return weight - self.lr * mean / (xp.sqrt(var) + self.epsilon), mean, var


@with_fields
class Decoupled(Moments):
    """What the forms of AdamW share: the factor of the gradient is an input.

    ``weight - eta (lr mean / (√var + epsilon) + wd weight)``. Where the factor is 0, infinite or not a number,
    nothing changes: MXNet's loss scaling relies on it. See I. Loshchilov and F. Hutter, "Decoupled weight decay
    regularization" (2019).
    """

    clip_gradient: float = p.number(-1.0, doc="what the scaled gradient is clipped to, ±; not at all if negative")

    def stepped(
        self, xp: ModuleType, arrays: Sequence[Array], factor: Array, lr: float, eta: float, wd: float
    ) -> tuple[Array, Array, Array]:
        """The new weight, mean and mean of squares."""
        weight, grad, mean, var = arrays
        factor = factor.reshape(-1)[:1].astype(weight.dtype)
        works = xp.isfinite(factor) & (factor != 0)
        grad = limited(xp, xp.reshape(factor, ()) * grad, self.clip_gradient)
        new_mean, new_var = self.moved(grad, mean, var)
        new = weight - eta * (lr * new_mean / (xp.sqrt(new_var) + self.epsilon) + wd * weight)
        works = xp.reshape(works, ())
        return xp.where(works, new, weight), xp.where(works, new_mean, mean), xp.where(works, new_var, var)


class _AdamW(Decoupled, Step):
    signature: ClassVar[tuple[str, ...]] = ("lr", "beta1", "beta2", "epsilon", "wd", "eta", "clip_gradient")

    lr: float
    wd: float
    eta: float

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        shapes, made = same_shapes(inputs[:-1], outputs)
        return [*shapes, inputs[-1]], made

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        return self.stepped(xp, inputs[:4], inputs[4], self.lr, self.eta, self.wd)


@register
class AdamW(_AdamW):
    """A step of AdamW, whose pull on weights is no part of the gradient; its factor `rescale_grad` is an input.

    ``weight - eta (lr mean / (√var + epsilon) + wd weight)``. Where the factor is 0, infinite or not a number,
    nothing changes. See I. Loshchilov and F. Hutter, "Decoupled weight decay regularization" (2019).
    """

    name = "_adamw_update"
    inputs = ("weight", "grad", "mean", "var", "rescale_grad")
    states = (2, 3)

    lr: float = p.number(doc="the learning rate")
    wd: float = p.number(0.0, doc="how strongly weights are pulled to zero")
    eta: float = p.number(doc="what the whole step is multiplied by")

    def infer_dtype(self, inputs: DTypes, outputs: DTypes) -> tuple[DTypes, DTypes]:
        dtype = floating(first_known((*inputs[:-1], *outputs)), "the element type")
        return [*[dtype] * 4, FLOAT32], [dtype]


@register
class MixedAdamW(_AdamW, Mixed):
    """`_adamw_update` in float32 for a weight of lower precision; ``weight32`` is the weight in float32."""

    name = "_mp_adamw_update"
    inputs = ("weight", "grad", "mean", "var", "weight32", "rescale_grad")
    states = (2, 3, 4)

    lr: float = p.number(doc="the learning rate")
    wd: float = p.number(0.0, doc="how strongly weights are pulled to zero")
    eta: float = p.number(doc="what the whole step is multiplied by")


@register
class Ftml(Moments, Step):
    """A step of FTML: S. Zheng and J. Kwok, "Follow the moving leader in deep learning" (2017), algorithm 1."""

    name = "ftml_update"
    inputs = ("weight", "grad", "d", "v", "z")
    states = (2, 3, 4)
    signature = ("lr", "beta1", "beta2", "epsilon", "t", "wd", "rescale_grad", "clip_grad")

    lr: float = p.number(doc="the learning rate")
    beta1: float = p.number(0.6, doc="share of the old sum in the new one", minimum=0, maximum=1)
    beta2: float = p.number(0.999, doc="share of the old mean of squares in the new one", minimum=0, maximum=1)
    t: int = p.integer(doc="the number of the step, from 1")
    wd: float = p.number(0.0, doc="how strongly weights are pulled to zero")
    rescale_grad: float = p.number(1.0, doc="what the gradient is multiplied by")
    clip_grad: float = p.number(-1.0, doc="what the gradient is then clipped to, ±; not at all if negative")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, d, v, z = inputs
        grad = limited(xp, self.rescale_grad * grad + self.wd * weight, self.clip_grad)
        v = self.beta2 * v + (1 - self.beta2) * grad * grad
        root = xp.sqrt(v / (1 - self.beta2**self.t)) + self.epsilon
        new = (1 - self.beta1**self.t) / self.lr * root
        z = self.beta1 * z + (1 - self.beta1) * grad - (new - self.beta1 * d) * weight
        return -z / new, new, v, z


@register
class Ftrl(Decayed, Step):
    """A step of FTRL: H. B. McMahan and others, "Ad click prediction: a view from the trenches" (2013), algorithm 1.

    Weights whose ``|z|`` is at most `lamda1` are exactly zero.
    """

    name = "ftrl_update"
    aliases = ("_sparse_ftrl_update",)
    inputs = ("weight", "grad", "z", "n")
    states = (2, 3)
    signature = ("lr", "lamda1", "beta", "wd", "rescale_grad", "clip_gradient")

    lamda1: float = p.number(0.01, doc="how strongly weights are held at zero")
    beta: float = p.number(1.0, doc="added to the root of the sum of squares")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, z, n = inputs
        grad = self.prepared(xp, grad)
        total = n + grad * grad
        z = z + grad - (xp.sqrt(total) - xp.sqrt(n)) * weight / self.lr
        divisor = (self.beta + xp.sqrt(total)) / self.lr + self.wd
        new = xp.where(xp.absolute(z) > self.lamda1, (xp.sign(z) * self.lamda1 - z) / divisor, z.dtype.type(0))
        return new, z, total


@with_fields
class MeanSquare(Decayed):
    """The parameters of both forms of RMSProp."""

    gamma1: float = p.number(0.95, doc="share of the old moving means in the new ones")
    epsilon: float = p.number(1e-8, doc="added below the root, so that the divisor is never 0")
    clip_weights: float = p.number(-1.0, doc="what weights are clipped to, ±; not at all if negative")

    def averaged(self, old: Array, new: Array) -> Array:
        """A moving mean, one value later."""
        return self.gamma1 * old + (1 - self.gamma1) * new


@register
class RmsProp(MeanSquare, Step):
    """A step of RMSProp: ``weight - lr grad / √(n + epsilon)`` with the moving mean n of squared gradients.

    See T. Tieleman and G. Hinton, "Lecture 6.5: RMSProp" (2012).
    """

    name = "rmsprop_update"
    inputs = ("weight", "grad", "n")
    states = (2,)
    signature = ("lr", "gamma1", "epsilon", "wd", "rescale_grad", "clip_gradient", "clip_weights")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, n = inputs
        grad = self.decayed(xp, grad, weight)
        n = self.averaged(n, grad * grad)
        return limited(xp, weight - self.lr * grad / xp.sqrt(n + self.epsilon), self.clip_weights), n


@register
class RmsPropAlex(MeanSquare, Step):
    """A step of RMSProp around the moving mean of gradients, with momentum.

    See A. Graves, "Generating sequences with recurrent neural networks" (2013), equations 38 to 45.
    """

    name = "rmspropalex_update"
    inputs = ("weight", "grad", "n", "g", "delta")
    states = (2, 3, 4)
    signature = ("lr", "gamma1", "gamma2", "epsilon", "wd", "rescale_grad", "clip_gradient", "clip_weights")

    gamma2: float = p.number(0.9, doc="share of the last step that is taken again")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, n, g, delta = inputs
        grad = self.decayed(xp, grad, weight)
        n, g = self.averaged(n, grad * grad), self.averaged(g, grad)
        delta = self.gamma2 * delta - self.lr * grad / xp.sqrt(n - g * g + self.epsilon)
        return limited(xp, weight + delta, self.clip_weights), n, g, delta


@register
class AdaGrad(Decayed, Step):
    """A step of AdaGrad: ``weight - lr grad / √(history + epsilon)`` with the sum of all squared gradients.

    MXNet has it for sparse gradients only, and without weight decay; here arrays are dense. See J. Duchi, E. Hazan
    and Y. Singer, "Adaptive subgradient methods for online learning and stochastic optimization" (2011).
    """

    name = "_sparse_adagrad_update"
    inputs = ("weight", "grad", "history")
    states = (2,)
    signature = ("lr", "epsilon", "wd", "rescale_grad", "clip_gradient")

    epsilon: float = p.number(1e-7, doc="added below the root, so that the divisor is never 0")

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, history = inputs
        grad = self.prepared(xp, grad)
        history = history + grad * grad
        step = grad / xp.sqrt(history + self.epsilon) + self.wd * weight
        return weight - self.lr * step, history


@register
class GroupAdaGrad(Scaled, Step):
    """A step of AdaGrad with one history for each row of the weight: the sum of mean squared gradients.

    Shapes: weight and grad ``(rows, ...)``, history ``(rows, 1)`` or ``(rows,)``.
    """

    name = "_contrib_group_adagrad_update"
    inputs = ("weight", "grad", "history")
    states = (2,)
    signature = ("lr", "rescale_grad", "clip_gradient", "epsilon")

    lr: float = p.number(doc="the learning rate")
    epsilon: float = p.number(1e-5, doc="added below the root, so that the divisor is never 0")

    def infer_shape(self, inputs: Shapes, outputs: Shapes) -> tuple[Shapes, Shapes]:
        weight = merge_all((*inputs[:2], *outputs))
        history = inputs[2]
        if weight is None or not weight:
            return [weight, weight, history], [weight]
        if history is not None and history:
            rows = history[0] if weight[0] is None else weight[0]
            weight, history = (rows, *weight[1:]), (rows, *[1] * (len(history) - 1))
        whole: PartialShape = weight
        return [whole, whole, history], [whole]

    def compute(self, xp: ModuleType, *inputs: Array) -> Sequence[Array]:
        weight, grad, history = inputs
        grad = self.prepared(xp, grad)
        squares = xp.mean((grad * grad).reshape(len(grad), -1), axis=1)
        total = history + squares.reshape(history.shape)
        root = xp.sqrt(total + self.epsilon).reshape(len(grad), *[1] * (grad.ndim - 1))
        return weight - self.lr * grad / root, total
