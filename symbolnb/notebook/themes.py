"""The choices that a widget, a view object and a page share."""

THEMES = ("auto", "light", "dark", "contrast")
"""The colours of a graph; ``"auto"`` follows the page."""

ORIENTATIONS = ("down", "right")
"""Where a graph's data flows to."""
