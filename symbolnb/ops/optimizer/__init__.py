"""The update operators of MXNet's optimizers: one step each, which also changes the optimizer's state."""

from symbolnb.ops.optimizer import adaptive, lamb, momentum, several, update, whole

__all__ = ["adaptive", "lamb", "momentum", "several", "update", "whole"]
