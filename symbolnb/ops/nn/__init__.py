"""Layers of neural networks and their losses."""
