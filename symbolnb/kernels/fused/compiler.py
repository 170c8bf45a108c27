"""From a kernel's text to machine code, by LLVM; compiled code is kept on disk.

llvmlite is imported when the first kernel is compiled, never before.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Callable
from functools import cache, partial
from typing import Any

from symbolnb.kernels import openmp

FORMAT = "1"
"""Part of every key on disk: goes up when the way from text to code changes."""

LEVEL = 1
"""LLVM's optimisation level for turning instructions into code; more takes longer and gains nothing (measured)."""


logger = logging.getLogger(__name__)


class Native:
    """A compiled kernel: its two entry points, and the memory in which they lie."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.run: int = engine.get_function_address("run")
        self.launch: int = engine.get_function_address("launch")


@cache
def available() -> bool:
    """Whether llvmlite is installed, on a system where this was tried; it is not imported for this."""
    return sys.platform in ("linux", "darwin") and importlib.util.find_spec("llvmlite") is not None


@cache
def _machine() -> tuple[Any, Callable[[], Any], str, frozenset[str]]:
    """llvmlite's binding, what makes a machine to compile for, what identifies it, and what the processor can do."""
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
    target, shown = llvm.Target.from_default_triple(), features.flatten()
    version = ".".join(map(str, llvm.llvm_version_info))
    identity = " ".join((FORMAT, version, str(LEVEL), target.triple, processor, shown))
    made = partial(target.create_target_machine, cpu=processor, features=shown, opt=LEVEL, jit=True)
    return llvm, made, identity, frozenset(name for name, has in features.items() if has)


def processor_has(*features: str) -> bool:
    """Whether the processor can do one of some things, by LLVM's names for them."""
    try:
        return not _machine()[3].isdisjoint(features)
    except Exception as error:  # llvmlite is there but cannot be used
        logger.debug("llvmlite cannot be used: %s", error)
        return False


def converts_half() -> bool:
    """Whether the processor itself converts float16."""
    return processor_has("f16c", "neon")


def is_kept(text: str) -> bool:
    """Whether machine code for a kernel's text is on disk."""
    try:
        return _store().load(_key(text)) is not None
    except Exception as error:  # as above
        logger.debug("llvmlite cannot be used: %s", error)
        return False


def compiled(text: str) -> Native:
    """Machine code for a kernel's text, from disk or compiled now and put there.

    Raises what llvmlite raises where LLVM refuses the text, and `RuntimeError` for a processor that is too old.
    """
    llvm, new_machine, _, features = _machine()
    if features.isdisjoint(("fma", "neon")):  # LLVM would call a library, which need not be there
        raise RuntimeError("the processor has no fused multiplication and addition")
    key = _key(text)
    code = _store().load(key)
    if code is None:
        module = llvm.parse_assembly(text)
        module.verify()
        code = new_machine().emit_object(module)
        _store().save(key, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), new_machine())  # which the engine then owns
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Native(engine)


def _store() -> Any:
    return importlib.import_module("symbolnb.kernels.fused.store")  # its own imports take long, few need it


def _key(text: str) -> str:
    key: str = _store().key(f"{_machine()[2]}\n{text}")
    return key


@cache
def team() -> int | None:
    """The address of OpenMP's function that runs another one on several threads; None where there is none.

    It is that of the library that came with oneDNN, so that both share one team of threads.
    """
    library = importlib.import_module("symbolnb.kernels.onednn.library")
    return openmp.launcher() if library.available() else None
