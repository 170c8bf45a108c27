"""The engines that the benchmark compares: each module runs in that engine's own environment, with NumPy at hand."""
