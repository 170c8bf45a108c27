"""Mathematical functions of one array."""

from symbolnb.ops.elementwise.family import unary
from symbolnb.ops.term import call

unary("negative", "negative", lambda g, x, y: -g, "The array with its sign changed.")
unary("exp", "exp", lambda g, x, y: g * y, "e to the power of each element.")
unary("log", "log", lambda g, x, y: g / x, "The natural logarithm of each element.")
unary("sin", "sin", lambda g, x, y: g * call("cos", x), "The sine of each element, in radians.")
unary("cos", "cos", lambda g, x, y: -(g * call("sin", x)), "The cosine of each element, in radians.")
