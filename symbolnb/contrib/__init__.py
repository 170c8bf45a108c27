"""What MXNet keeps under `mx.contrib`: reduced precision (`amp`) and integers (`quantization`)."""

from symbolnb.contrib import amp, quantization

__all__ = ["amp", "quantization"]
