"""The table of operators in the documentation says what the registry, the rows and the kernels say."""

from __future__ import annotations

import pytest

from symbolnb.kernels import table as kernels
from tests.cases import table


def test_operators_md_is_up_to_date() -> None:
    absent = {name: reason for name, reason in kernels.load_libraries(table.DEVICE).items() if reason is not None}
    if absent:
        pytest.skip(f"the table names kernels that cannot be loaded here: {absent}")
    written = table.PATH.read_text(encoding="utf-8").splitlines()
    fresh = table.text().splitlines()
    changed = [line for line in fresh if line not in written] + [line for line in written if line not in fresh]
    assert written == fresh, f"run python -m tests.cases.table; it changes {len(changed)} lines, such as {changed[:1]}"
