"""The notebook side: the view document and everything that shows it."""
