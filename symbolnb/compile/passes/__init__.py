"""Compiler passes: pure functions from graph to graph, each in a file of its own, in one visible order."""

from __future__ import annotations

from collections.abc import Callable

from symbolnb.compile.passes.drop_data_gradients import drop_data_gradients
from symbolnb.compile.passes.drop_identities import drop_identities
from symbolnb.compile.passes.drop_norms import drop_norms
from symbolnb.compile.passes.fuse_convolution import fuse_convolution
from symbolnb.compile.passes.fuse_elementwise import fuse_elementwise
from symbolnb.compile.passes.fuse_fully_connected import fuse_fully_connected
from symbolnb.compile.passes.fuse_normalization import fuse_normalization
from symbolnb.compile.passes.fuse_quantized import fuse_quantized
from symbolnb.compile.passes.heads import distinct_heads
from symbolnb.compile.passes.layout import choose_layouts
from symbolnb.compile.passes.merge_equal import merge_equal
from symbolnb.compile.passes.order_pooling import order_pooling
from symbolnb.compile.passes.prepare_weights import prepare_weights
from symbolnb.compile.passes.recompute import recompute
from symbolnb.compile.passes.simplify import simplify
from symbolnb.compile.passes.use_winograd import use_winograd
from symbolnb.graph.graph import Graph

Pass = Callable[[Graph], Graph]

PIPELINE: tuple[Pass, ...] = (
    distinct_heads,
    drop_identities,
    simplify,
    merge_equal,
    order_pooling,
    recompute,
    fuse_convolution,
    fuse_fully_connected,
    fuse_normalization,
    fuse_quantized,
    drop_norms,
    drop_data_gradients,
    use_winograd,
    choose_layouts,
    fuse_elementwise,
    prepare_weights,
)
"""What every graph goes through on its way to a program."""
