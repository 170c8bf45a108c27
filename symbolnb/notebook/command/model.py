"""What the commands read: a model's file, and the shapes and types of its inputs."""

from __future__ import annotations

import argparse
from pathlib import Path

from symbolnb.dtypes import DType
from symbolnb.errors import FormatError
from symbolnb.formats.params import load as load_arrays
from symbolnb.graph.spec import PartialShape
from symbolnb.ndarray import NDArray
from symbolnb.notebook.drawing.model import View
from symbolnb.notebook.given import given_shapes
from symbolnb.notebook.options import read_dtypes, read_shapes
from symbolnb.notebook.values import given_arrays
from symbolnb.notebook.view import view_of
from symbolnb.symbol.symbol import Symbol, load

SUFFIX = "-symbol.json"


def add_model(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the arguments for models and what is known of their inputs."""
    for name in names:
        parser.add_argument(name, metavar=name.upper(), help=f"a file {SUFFIX}, or its name without that ending")
    parser.add_argument(
        "--shape", action="append", default=[], metavar="NAME=SIZES", help="shape of an input: data=1,3,224,224"
    )
    parser.add_argument("--dtype", action="append", default=[], metavar="NAME=TYPE", help="element type of an input")


def add_params(parser: argparse.ArgumentParser) -> None:
    """Add the argument for a file of parameters."""
    parser.add_argument(
        "--params", type=Path, metavar="FILE", help="a file of its arrays, .params: what is in them is told too"
    )


def read_model(name: str) -> Symbol:
    """The symbol of a file, or of a model by the prefix under which it was saved."""
    path = Path(name)
    with_suffix = Path(f"{name}{SUFFIX}")
    return load(path if path.exists() or not with_suffix.exists() else with_suffix)


def known(chosen: argparse.Namespace, *symbols: Symbol) -> tuple[dict[str, PartialShape], dict[str, DType]]:
    """The shapes and element types given, of variables that one of the symbols has."""
    graphs = [symbol.entries for symbol in symbols]
    dtypes = read_dtypes(chosen.dtype)
    given_shapes(dict.fromkeys(dtypes, ()), *graphs)  # the names must be there
    return given_shapes(read_shapes(chosen.shape), *graphs), dtypes


def read_view(chosen: argparse.Namespace) -> View:
    """The view document of the chosen model."""
    symbol = read_model(chosen.model)
    params: Path | None = getattr(chosen, "params", None)
    arrays = None if params is None else given_arrays(symbol.entries, _named(params))
    return view_of(symbol.entries, *known(chosen, symbol), arrays)


def _named(path: Path) -> dict[str, NDArray]:
    found = load_arrays(path)
    if not isinstance(found, dict):
        raise FormatError(f"the arrays in {path} have no names, so they belong to no variable")
    return found
