"""From a graph of symbols to a program: inference, gradient, passes, memory plan, steps."""
