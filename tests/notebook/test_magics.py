"""``%%symbol``, ``%symbol`` and ``%symbol_cache`` in a shell: results, options, errors, and what stays usable."""

from __future__ import annotations

import signal
import traceback
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from symbolnb.errors import ParameterError, ShapeError, UnknownOperatorError
from symbolnb.runtime.session import Session
from symbolnb.symbol.executor import Executor
from symbolnb.symbol.symbol import Symbol
from tests.notebook.shell import Ran, new_shell, run

NET = """data = sym.Variable("data")
net = sym.FullyConnected(data, num_hidden=8)
net = sym.Activation(net, act_type="relu")
sym.FullyConnected(net, num_hidden=3)
"""


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    made = new_shell()
    run(made, "%load_ext symbolnb")
    run(made, "import numpy as np, symbolnb as mx\nfrom symbolnb import sym, nd")
    yield made
    run(made, "%unload_ext symbolnb")
    made.config.pop("SymbolMagics", None)  # what %config said stays for the next time


def symbol(shell: InteractiveShell, body: str = NET, options: str = "") -> Ran:
    """Run a ``%%symbol`` cell."""
    return run(shell, f"%%symbol {options}\n{body}")


def status(ran: Ran) -> str:
    """The line that tells what was done."""
    assert ran.displayed, ran.error
    return str(ran.displayed[0]["text/plain"].splitlines()[-1])


def view(shell: InteractiveShell, shown: Any) -> dict[str, Any]:
    """The view document that an object is shown with."""
    from symbolnb.notebook.display import known_view

    found: dict[str, Any] = known_view(shown)
    return found


# Running cells --------------------------------------------------------------------------------


def test_a_cell_gives_graph_outputs_and_what_was_done(shell: InteractiveShell) -> None:
    run(shell, "data = np.ones((4, 5))")
    ran = symbol(shell)
    assert isinstance(ran.value, Symbol)
    table = ran.displayed[0]["text/plain"]
    assert table.startswith("output fullyconnected1_output  (4, 3) float32 cpu(0): ")
    assert status(ran).startswith("new executor: compiled and run in ")
    assert "; bound: data; initialised: fullyconnected0_weight, " in status(ran)
    cells = "".join(
        f'<td style="text-align:left">{cell}</td>' for cell in ("fullyconnected1_output", "(4, 3)", "float32")
    )
    assert cells in ran.displayed[0]["text/html"]
    graph = ran.displayed[-1]
    assert "64" not in graph["text/plain"]
    assert "4×3" in graph["text/plain"]
    assert graph["text/html"].startswith("<div>")
    assert view(shell, ran.value)["memory"]["planned"] > 0
    assert run(shell, "_").value is ran.value


def test_again_with_new_data_reuses_the_executor_and_says_so(shell: InteractiveShell) -> None:
    run(shell, "data = np.ones((4, 5))")
    first = symbol(shell)
    assert isinstance(shell.user_ns["data"], Symbol)  # the cell took the array's name, the array is still bound
    second = symbol(shell)
    assert status(second).startswith("executor reused from the cache (hit 1), rebound: data; run in ")
    assert second.displayed[0]["text/plain"].splitlines()[0] == first.displayed[0]["text/plain"].splitlines()[0]
    run(shell, "data = nd.zeros((4, 5))")
    third = symbol(shell)
    assert status(third).startswith("executor reused from the cache (hit 2), rebound: data")
    assert third.displayed[0]["text/plain"].splitlines()[0].endswith(": 0, 0, 0, 0, 0, 0, …")


def test_arrays_made_in_the_cell_are_bound(shell: InteractiveShell) -> None:
    ran = symbol(shell, "x = nd.array([[1.0, 2.0]])\nsym.Variable('x') * 2")
    assert ran.displayed[0]["text/plain"].startswith("output _mulscalar0_output  (1, 2) float32 cpu(0): 2, 4\n")


def test_a_covered_array_is_forgotten_with_its_name(shell: InteractiveShell) -> None:
    run(shell, "data = np.ones((4, 5))")
    symbol(shell)
    run(shell, "data = None")
    assert status(symbol(shell)).startswith("not run: the shape of data is not known")


def test_results_that_are_no_symbols_pass_through(shell: InteractiveShell) -> None:
    assert symbol(shell, "1 + 1").value == 2
    assert symbol(shell, "x = 1").value is None
    assert symbol(shell, "[1, 2]").value == [1, 2]
    assert symbol(shell, "# nothing\n").value is None


def test_several_symbols_are_a_group(shell: InteractiveShell) -> None:
    ran = symbol(shell, "a = sym.Variable('a', shape=(2,))\na + 1, a * 2")
    assert ran.value.list_outputs() == ["_plusscalar0_output", "_mulscalar0_output"]
    assert [line.split()[0] for line in ran.displayed[0]["text/plain"].splitlines()[:2]] == ["output", "output"]


def test_names_start_anew_in_each_cell_and_only_there(shell: InteractiveShell) -> None:
    run(shell, "outside = sym.exp(sym.Variable('x'))")
    inside = symbol(shell, "sym.exp(sym.Variable('x'))").value
    assert inside.name == "exp0"
    run(shell, "after = sym.exp(sym.Variable('x'))")
    before, after = (int(shell.user_ns[name].name.removeprefix("exp")) for name in ("outside", "after"))
    assert after == before + 1
    symbol(shell, "sym.exp(sym.Variable('x')); 1/0")
    assert run(shell, "sym.exp(sym.Variable('x')).name").value == f"exp{after + 1}"


def test_the_cell_is_ordinary_python(shell: InteractiveShell) -> None:
    ran = symbol(shell, "import math\nfiles = !echo hello\ndef double(x):\n    return x * 2\ndouble(math.floor(1.5))")
    assert (ran.value, ran.error) == (2, None)
    assert shell.user_ns["files"] == ["hello"]
    assert run(shell, "double(4)").value == 8


def test_a_semicolon_silences(shell: InteractiveShell) -> None:
    ran = symbol(shell, f"{NET.rstrip()};", "--shape data=4,5")
    assert (ran.displayed, ran.printed, ran.error) == ([], "", None)
    assert status(symbol(shell, NET, "--shape data=4,5")).startswith("executor reused")


def test_sources_name_the_cell_and_its_lines(shell: InteractiveShell) -> None:
    ran = symbol(shell)
    number = shell.displayhook.prompt_count
    source = view(shell, ran.value)["nodes"][-1]["source"]
    assert source == {"label": f"cell {number}", "line": 5}
    late = symbol(shell, "\n\nx = sym.Variable('x')\nx + 1").value
    assert view(shell, late)["nodes"][-1]["source"] == {"label": f"cell {number + 1}", "line": 5}
    plain = run(shell, "# comment\nx = sym.exp(sym.Variable('x'))\nx").value
    assert view(shell, plain)["nodes"][-1]["source"] == {"label": f"cell {number + 2}", "line": 2}


def test_inside_a_function(shell: InteractiveShell) -> None:
    run(shell, "def f():\n    x = np.ones(3)\n    y = sym.Variable('x') + 1\n    %symbol y\n    return y\nlast = f()")
    assert isinstance(shell.user_ns["last"], Symbol)


# Options --------------------------------------------------------------------------------------


def test_shapes_dtypes_and_seeds(shell: InteractiveShell) -> None:
    first = symbol(shell, NET, "--shape data=4,5 --dtype data=float16 --seed 3 --init normal")
    assert first.displayed[0]["text/plain"].startswith("output fullyconnected1_output  (4, 3) float16 cpu(0): ")
    assert "random numbers: data" in status(first)
    run(shell, "%symbol_cache clear")
    again = symbol(shell, NET, "--shape data=(4,5) --dtype data=float16 --seed 3 --init normal")
    assert again.displayed[0]["text/plain"].splitlines()[0] == first.displayed[0]["text/plain"].splitlines()[0]
    partly = symbol(shell, NET, "--shape data=?,5")
    assert status(partly).startswith("not run: the shape of data is not known")
    assert "?×3" in partly.displayed[-1]["text/plain"]


def test_training_shows_gradients(shell: InteractiveShell) -> None:
    ran = symbol(shell, NET, "--shape data=4,5 --train --name trained")
    rows = [line.split()[:2] for line in ran.displayed[0]["text/plain"].splitlines()]
    assert rows[:3] == [
        ["output", "fullyconnected1_output"],
        ["gradient", "data"],
        ["gradient", "fullyconnected0_weight"],
    ]
    executor = shell.user_ns["trained"]
    assert isinstance(executor, Executor)
    assert abs(executor.grad_dict["fullyconnected1_bias"].asnumpy()).tolist() == [4, 4, 4]
    shown = run(shell, "trained").displayed[-1]
    assert "planned memory" in shown["text/plain"]


def test_no_view_and_no_run(shell: InteractiveShell) -> None:
    ran = symbol(shell, NET, "--shape data=4,5 --no-view")
    assert len(ran.displayed) == 1
    assert isinstance(run(shell, "_").value, Symbol)
    only = symbol(shell, NET, "--shape data=4,5 --no-run")
    assert only.displayed[0]["text/plain"] == "not run, as asked"
    assert "4×3" in only.displayed[-1]["text/plain"]
    run(shell, "%config SymbolMagics.show_graph = False")
    assert len(symbol(shell, NET, "--shape data=4,5").displayed) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--shape foo", "--shape is 'foo' but must be like data=64,784"),
        ("--shape data=4,x", "--shape is 'data=4,x' but must be like data=64,784"),
        ("--shape data=()", "--shape is 'data=()' but must be like data=64,784"),
        ("--dtype data=float31", "--dtype is 'data=float31' but must be like data=float16"),
        ("--device tpu", "--device is 'tpu' but must be cpu, gpu or a numbered one such as gpu(1)"),
        ("--bogus", "unrecognized arguments: --bogus"),
        ("net", "%%symbol takes options only, but got 'net'; %symbol takes a variable"),
        ("--shape dat=4,5", "--shape names 'dat', which is no variable of the graph; did you mean 'data'?"),
        ("--name exe", "--name exe: there is no executor to assign; not run: the shape of data is not known; assign an "
         "array to that name, or give --shape data=…"),
    ],
)  # fmt: skip
def test_wrong_options_are_usage_errors(shell: InteractiveShell, options: str, message: str) -> None:
    ran = symbol(shell, NET, options)
    assert isinstance(ran.error, UsageError)
    assert str(ran.error) == message
    assert ran.errors == f"UsageError: {message}\n"


def test_an_unknown_initializer_fails_before_the_cell_runs(shell: InteractiveShell) -> None:
    ran = symbol(shell, "ran = True", "--init xavjer")
    assert isinstance(ran.error, ParameterError)
    assert "ran" not in shell.user_ns


def test_gpu_without_one_says_so(shell: InteractiveShell) -> None:
    from symbolnb.context import num_gpus

    if num_gpus() > 0:
        pytest.skip("there is a GPU")
    ran = symbol(shell, NET, "--shape data=4,5 --device gpu")
    assert type(ran.error).__name__ == "DeviceError"
    assert "gpu(0)" in str(ran.error)
    assert status(symbol(shell, NET, "--shape data=4,5 --device cpu")).startswith("new executor")


# Errors ---------------------------------------------------------------------------------------


def test_a_contradiction_shows_the_graph_and_one_error(shell: InteractiveShell) -> None:
    body = (
        "a = sym.Variable('a', shape=(2, 3))\n"
        "b = sym.Variable('b', shape=(2, 4))\n"
        "c = sym.elemwise_add(a, b, name='c')\n"
        "c"
    )
    ran = symbol(shell, body)
    number = shell.displayhook.prompt_count
    message = f"elemwise_add 'c': (2, 3) and (2, 4) differ [lhs (2, 3), rhs (2, 4)] [cell {number}, line 4]"
    assert isinstance(ran.error, ShapeError)
    assert str(ran.error) == message
    assert len(ran.displayed) == 1
    assert message in ran.displayed[0]["text/plain"]
    assert ran.printed == f"ShapeError: {message}\n"
    fixed = symbol(shell, body.replace("(2, 4)", "(2, 3)"))
    assert status(fixed).startswith("new executor")


def test_tracebacks_show_the_users_lines(shell: InteractiveShell) -> None:
    ran = symbol(shell, "def broken():\n    return 1 / 0\n\nbroken()")
    assert isinstance(ran.error, ZeroDivisionError)
    lines = [frame.line for frame in traceback.extract_tb(ran.error.__traceback__)]
    assert lines[-2:] == ["broken()", "return 1 / 0"]
    assert [frame.lineno for frame in traceback.extract_tb(ran.error.__traceback__)][-2:] == [5, 3]
    assert "symbolnb/notebook" not in ran.printed.replace("\\", "/")
    assert isinstance(symbol(shell, "sym.Exq(1)").error, UnknownOperatorError)
    assert isinstance(symbol(shell, "1 +").error, SyntaxError)


def test_a_failing_cell_leaves_no_executor(shell: InteractiveShell) -> None:
    symbol(shell, f"{NET}\n1 / 0", "--shape data=4,5")
    assert run(shell, "%symbol_cache").printed == "0 executor(s), 0 of 1,073,741,824 bytes; 0 hit(s), 0 miss(es)\n"


def test_an_interrupt_in_the_middle_of_forward(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is a signal to the main thread; here it comes while a long chain of products is computed."""
    body = "w = sym.Variable('w')\nx = sym.Variable('x')\nfor _ in range(2000):\n    x = sym.dot(x, w)\nx"
    run(shell, "w = np.zeros((300, 300), 'float32')")
    forward = Session.forward

    def slow(self: Session) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        forward(self)

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    monkeypatch.setattr(Session, "forward", slow)
    try:
        ran = symbol(shell, body, "--shape x=300,300")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert isinstance(ran.error, KeyboardInterrupt)
    assert run(shell, "%symbol_cache").printed.startswith("0 executor(s)")
    monkeypatch.undo()
    assert status(symbol(shell, body, "--shape x=2,300")).startswith("new executor")


# %symbol and %symbol_cache --------------------------------------------------------------------


def test_line_magic_for_a_symbol_that_exists(shell: InteractiveShell) -> None:
    run(shell, "net = sym.Activation(sym.Variable('x'), act_type='relu', name='r')\nx = np.array([-1.0, 2.0])")
    ran = run(shell, "%symbol net")
    assert ran.value is shell.user_ns["net"]
    assert ran.displayed[0]["text/plain"].startswith("output r_output  (2,) float32 cpu(0): 0, 2\n")
    assert run(shell, "answer = %symbol net").error is None
    assert shell.user_ns["answer"] is shell.user_ns["net"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%symbol", "%symbol needs the name of a variable that holds a Symbol"),
        ("%symbol missing", "%symbol: missing is not defined"),
        ("%symbol np", "%symbol: np is a module, not a Symbol"),
        ("%symbol_cache 5", "argument action: invalid choice: '5' (choose from 'list', 'clear', 'size')"),
        ("%symbol_cache clear 5", "%symbol_cache takes a number of bytes, 0 or more, only after size"),
    ],
)
def test_wrong_lines(shell: InteractiveShell, line: str, message: str) -> None:
    ran = run(shell, line)
    assert isinstance(ran.error, UsageError)
    assert str(ran.error) == message


def test_the_cache_is_listed_bounded_and_cleared(shell: InteractiveShell) -> None:
    symbol(shell, NET, "--shape data=4,5")
    symbol(shell, NET, "--shape data=4,5")
    symbol(shell, NET, "--shape data=6,5")
    listed = run(shell, "%symbol_cache").printed.splitlines()
    assert listed[0].startswith("fullyconnected1_output (6, 3) on cpu(0): ")
    assert listed[1].startswith("fullyconnected1_output (4, 3) on cpu(0): ")
    assert listed[1].endswith(" bytes, hit 1 time(s)")
    assert listed[2].startswith("2 executor(s), ")
    assert listed[2].endswith(" of 1,073,741,824 bytes; 1 hit(s), 2 miss(es)")
    assert run(shell, "%symbol_cache size 100").printed == "0 executor(s), 0 of 100 bytes; 1 hit(s), 2 miss(es)\n"
    assert status(symbol(shell, NET, "--shape data=4,5")).endswith("bytes are more than the cache may hold")
    run(shell, "%config SymbolMagics.cache_bytes = 10**9")
    assert "of 1,000,000,000 bytes" in run(shell, "%symbol_cache size").printed
    symbol(shell, NET, "--shape data=4,5")
    assert run(shell, "%symbol_cache clear").printed == "dropped 1 executor(s)\n"


def test_the_weights_stay_as_the_user_left_them(shell: InteractiveShell) -> None:
    symbol(shell, NET, "--shape data=4,5 --name exe")
    run(shell, "exe.arg_dict['fullyconnected1_bias'][:] = 7\nexe.arg_dict['fullyconnected1_weight'][:] = 0")
    ran = symbol(shell, NET, "--shape data=4,5 --name again")
    assert shell.user_ns["again"] is shell.user_ns["exe"]
    np.testing.assert_array_equal(shell.user_ns["again"].outputs[0].asnumpy(), np.full((4, 3), 7, np.float32))
    assert ran.displayed[0]["text/plain"].splitlines()[0].endswith(": 7, 7, 7, 7, 7, 7, …")
