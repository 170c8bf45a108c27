"""This project and MXNet 1.9.1: the same code drives both."""

from __future__ import annotations

import importlib
import re
import time
from typing import Any

import numpy as np

from tests.benchmarks.engines.arrays import arrays

for _name, _type in {"bool": bool, "int": int, "float": float, "object": object}.items():
    if not hasattr(np, _name):  # MXNet 1.9.1 was written for an older NumPy
        setattr(np, _name, _type)


class Symbols:
    """A network bound once, to be run again and again."""

    def __init__(self, engine: str, work: dict[str, Any]) -> None:
        self.mx = importlib.import_module(engine)
        self.training = bool(work["training"])
        self.text = work["symbol"]
        self.data = {name: tuple(shape) for name, shape in work["data"].items()}
        if engine == "symbolnb":
            importlib.import_module("symbolnb.settings").settings.keep_weights = work["keep_weights"]
        self.recompute = {"recompute": work["recompute"]} if work.get("recompute") else {}
        if work["measure"] in ("time", "start"):
            self.values = arrays(work["shapes"], work["classes"])
        if work["measure"] in ("time", "bytes"):
            self.executor = self._bind()

    def _bind(self) -> Any:
        symbol = self.mx.sym.load_json(self.text)
        requests = {name: "null" if name in self.data else "write" for name in symbol.list_arguments()}
        executor = symbol.simple_bind(
            self.mx.cpu(), grad_req=requests if self.training else "null", **self.recompute, **self.data
        )
        for name, array in {**executor.arg_dict, **executor.aux_dict}.items():
            if hasattr(self, "values"):
                array[:] = self.values[name]
        return executor

    def run(self) -> None:
        """One pass, to its end."""
        self.executor.forward(is_train=self.training)
        if self.training:
            self.executor.backward()
        self.mx.nd.waitall()

    def results(self) -> list[Any]:
        """The first output and, after training, the gradient of the first weight."""
        found = [self.executor.outputs[0].asnumpy()]
        if self.training:
            found.append(next(grad for grad in self.executor.grad_arrays if grad is not None).asnumpy())
        return found

    def start(self) -> float:
        """Seconds for binding and a first pass; only the first call in a process says something."""
        self.mx.nd.ones(1).asnumpy()
        begin = time.perf_counter()
        self.executor = self._bind()
        self.run()
        return time.perf_counter() - begin

    def infer(self) -> float:
        """Seconds for reading the graph and inferring all shapes."""
        begin = time.perf_counter()
        self.mx.sym.load_json(self.text).infer_shape(**self.data)
        return time.perf_counter() - begin

    def megabytes(self) -> float:
        """The memory planned for intermediate results, in MiB, as ``debug_str`` prints it."""
        if self.training and hasattr(self.executor, "programs"):
            self.executor.forward(is_train=True)
        return float(re.findall(r"Total ([\d.e+]+) MB allocated", self.executor.debug_str())[-1])
