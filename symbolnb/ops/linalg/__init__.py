"""Linear algebra on stacks of matrices: the last two axes are rows and columns, those before them the stack."""

from symbolnb.ops.linalg import determinants, diagonals, factors, matrices, products, triangular

__all__ = ["determinants", "diagonals", "factors", "matrices", "products", "triangular"]
