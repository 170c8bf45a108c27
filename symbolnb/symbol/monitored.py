"""The names under which a monitor of everything sees values: MXNet's."""

from __future__ import annotations

from symbolnb.graph.node import Node

NUMBERED = frozenset(
    """
    Activation BlockGrad Cast Flatten Reshape SoftmaxActivation _adamw_update _contrib_AdaptiveAvgPooling2D
    _contrib_arange_like _contrib_bipartite_matching _contrib_box_nms _contrib_div_sqrt_dim
    _contrib_gradientmultiplier _contrib_round_ste _contrib_sign_ste _copy _div_scalar _equal_scalar
    _greater_equal_scalar _greater_scalar _hypot_scalar _image_adjust_lighting _image_crop _image_flip_left_right
    _image_flip_top_bottom _image_resize _lesser_equal_scalar _lesser_scalar _logical_and_scalar
    _logical_or_scalar _logical_xor_scalar _maximum_scalar _minimum_scalar _minus_scalar _mod_scalar
    _mp_adamw_update _mul_scalar _not_equal_scalar _plus_scalar _power_scalar _rdiv_scalar _rminus_scalar
    _rmod_scalar _rpower_scalar _scatter_minus_scalar _scatter_plus_scalar _slice_assign_scalar abs adam_update
    amp_cast arccos arccosh arcsin arcsinh arctan arctanh argmax argmax_channel argmin argsort broadcast_axis
    broadcast_to cast_storage cbrt ceil clip cos cosh degrees erf erfinv exp expand_dims expm1 fix floor
    ftml_update ftrl_update gamma gammaln hard_sigmoid lamb_update_phase1 lamb_update_phase2 log log10 log1p log2
    logical_not make_loss max mean min mp_lamb_update_phase2 mp_nag_mom_update mp_sgd_mom_update mp_sgd_update
    nag_mom_update nanprod nansum negative norm ones_like prod radians rcbrt reciprocal relu rint rmsprop_update
    rmspropalex_update round rsqrt sgd_mom_update sgd_update shape_array sigmoid sign signsgd_update signum_update
    sin sinh size_array slice slice_axis smooth_l1 softmin softsign sort sqrt square sum tan tanh topk transpose
    trunc zeros_like
    """.split()  # noqa: SIM905  as a list it would be ten times as long
)
"""Operators of which MXNet does not list the inputs' names, so that a monitor numbers them."""


def input_names(node: Node) -> list[str]:
    """A name for each input of a node: the node's, and what the operator calls the input.

    >>> import symbolnb as mx
    >>> [input_names(mx.sym.function(name)(mx.sym.var("x"), name="n").entries[0].node) for name in ("softmax", "exp")]
    [['n_data'], ['n_input0']]
    """
    names = node.operator.input_names()
    if node.operator.name in NUMBERED:
        names = tuple(f"input{position}" for position in range(len(names)))
    return [f"{node.name}_{name}" for name in names]
