"""The choices that a widget, a view object and a page share, and what tables paint differences in."""

THEMES = ("auto", "light", "dark", "contrast")
"""The colours of a graph; ``"auto"`` follows the page."""

ORIENTATIONS = ("down", "right")
"""Where a graph's data flows to."""

CHANGES = {"added": "#1a7f37", "removed": "#cf222e", "changed": "#9a6700"}
"""The colours of what differs between two graphs: legible on white and on a dark page."""
