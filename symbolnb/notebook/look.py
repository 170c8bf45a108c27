"""How a graph is to be drawn in a file: what the formats share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbolnb.errors import MXNetError
from symbolnb.notebook.themes import ORIENTATIONS, THEMES


@dataclass(frozen=True)
class Look:
    """Theme, direction and open groups of a picture or page; raises `MXNetError` for a choice that there is not.

    `opened` are the paths of the open groups, those around them included; None for as many as can be read.
    `side_by_side` draws both graphs of a difference, not one over the other.

    >>> Look("dark", "right").orientation
    'right'
    """

    theme: str = "auto"
    orientation: str = "down"
    opened: Sequence[str] | None = None
    side_by_side: bool = False

    def __post_init__(self) -> None:
        for what, value, known in (
            ("theme", self.theme, THEMES),
            ("orientation", self.orientation, ORIENTATIONS),
        ):
            if value not in known:
                raise MXNetError(f"{what} is {value!r} but must be one of {', '.join(known)}")
        if isinstance(self.opened, str):
            raise MXNetError(f"opened is {self.opened!r} but must be a list of paths of groups")

    @property
    def sideways(self) -> bool:
        """Whether the graph runs from left to right."""
        return self.orientation == "right"
