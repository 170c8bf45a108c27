"""ONNX Runtime and OpenVINO: inference on the exported graph."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.engines.arrays import arrays
from tests.benchmarks.engines.onnx_graph import to_onnx


class OnnxRuntime:
    """A session of ONNX Runtime on the processor."""

    def __init__(self, work: dict[str, Any]) -> None:
        import onnxruntime

        values = arrays(work["shapes"], work["classes"])
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = work["threads"]
        model = to_onnx(work["symbol"], values)
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.data = {"data": values["data"]}
        self.outputs: list[Any] = []

    def run(self) -> None:
        """One pass, to its end."""
        self.outputs = self.session.run(None, self.data)

    def results(self) -> list[Any]:
        """The output."""
        return list(self.outputs[:1])


class OpenVino:
    """A compiled model of OpenVINO, tuned for latency as one call at a time wants it, in float32."""

    def __init__(self, work: dict[str, Any]) -> None:
        import openvino

        values = arrays(work["shapes"], work["classes"])
        core = openvino.Core()
        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": str(work["threads"]),
            "INFERENCE_PRECISION_HINT": "f32",
        }
        self.request = core.compile_model(
            core.read_model(to_onnx(work["symbol"], values)), "CPU", settings
        ).create_infer_request()
        self.request.set_input_tensor(openvino.Tensor(values["data"]))

    def run(self) -> None:
        """One pass, to its end."""
        self.request.infer()

    def results(self) -> list[Any]:
        """The output."""
        return [self.request.get_output_tensor().data.copy()]
