"""From a view document to a picture: words, what folds into what, boxes, and where everything stands.

The widget's ``js/text.js``, ``js/model.js``, ``js/boxes.js`` and ``js/arrange.js`` do the same.
"""

from symbolnb.notebook.drawing.arrange import Picture, arrange
from symbolnb.notebook.drawing.model import Model, build_model, closed_at_first

__all__ = ["Model", "Picture", "arrange", "build_model", "closed_at_first"]
