"""What MXNet keeps under `mx.contrib`: reduced precision (`amp`)."""

from symbolnb.contrib import amp

__all__ = ["amp"]
