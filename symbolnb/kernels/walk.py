"""Arrays as they lie in memory: shapes in which dense ones can be broadcast to those of another layout."""

from __future__ import annotations

from collections.abc import Sequence

from symbolnb.graph.spec import Shape, Spec


def walked(inputs: Sequence[Spec], output: Spec) -> list[Shape] | None:
    """Shapes for the inputs and, last, the output, with an axis for each step through the output's memory.

    Inputs of the output's shape have its layout; smaller ones are dense and stretch along axes of size 1, such as a
    number for each channel. None where layouts differ, where there is padding, or where a smaller input lies in another
    order. Where nothing has a layout the shapes are those of the specs.

    >>> import numpy as np
    >>> dense = Spec((2, 32, 7, 7), np.dtype("float32"))
    >>> walked([dense, dense._replace(shape=(2, 32, 1, 1))], dense)
    [(2, 32, 7, 7), (2, 32, 1, 1), (2, 32, 7, 7)]
    """
    layout = output.layout
    if layout is None:
        dense = all(spec.layout is None for spec in inputs)
        return [spec.shape for spec in (*inputs, output)] if dense else None
    if output.nbytes != output._replace(layout=None).nbytes:
        return None
    digits = layout.digits
    whole = tuple(size for _, size in digits)
    shapes: list[Shape] = []
    for spec in inputs:
        if spec.shape == output.shape:
            if spec.layout != layout:
                return None
            shapes.append(whole)
            continue
        shape = (1,) * (len(output.shape) - len(spec.shape)) + tuple(spec.shape)
        axes = [axis for axis, _ in digits if shape[axis] > 1]
        if spec.layout is not None or axes != sorted(axes):
            return None
        shapes.append(tuple(size if shape[axis] > 1 else 1 for axis, size in digits))
    return [*shapes, whole]
