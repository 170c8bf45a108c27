"""Convolution forward."""

from __future__ import annotations

from typing import Any

from symbolnb.graph.spec import Shape
from symbolnb.kernels.onednn import describe
from symbolnb.kernels.onednn.describe import Window
from symbolnb.kernels.onednn.kernel import OneDNNKernel, Recipe, Specs, given
from symbolnb.kernels.onednn.layout import plain
from symbolnb.kernels.onednn.primitive import Arg
from symbolnb.ops.base import Operator
