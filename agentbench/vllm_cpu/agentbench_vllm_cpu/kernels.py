"""Linear kernels for vLLM's CPU backend that unpack a checkpoint's weights once, at load time.

vLLM's own emulation unpacks them in every call (about one token a second for a 135M model). The numbers are the same:
quantized weights are exact in float32, and activations are rounded per call as before.

The class names appear in vLLM's log, which is how a run knows what computed its layers.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import linear as matmul
from vllm.model_executor.kernels import linear
from vllm.model_executor.kernels.linear import ChannelWiseTorchFP8ScaledMMLinearKernel, CPUWNA16LinearKernel
from vllm.model_executor.kernels.linear.nvfp4.emulation import EmulationNvFp4LinearKernel
from vllm.model_executor.layers.quantization.utils.nvfp4_emulation_utils import dequantize_to_dtype

from .packing import unpack
from .rounding import BLOCK, reciprocal, round_to_nvfp4


class CachedEmulationNvFp4LinearKernel(EmulationNvFp4LinearKernel):  # type: ignore[misc]
    """NVFP4 W4A4: weights unpacked once, activations rounded to NVFP4 in every call."""

    def process_weights_after_loading(self, layer: Any) -> None:
        """Unpack the weights into the model's dtype, and let the packed ones go."""
        super().process_weights_after_loading(layer)
        packed = layer.weight.data.view(torch.uint8)
        layer.unpacked_weight = dequantize_to_dtype(
            packed, layer.weight_scale.data, layer.weight_global_scale, torch.get_default_dtype(), BLOCK, swizzle=False
        )
        layer.input_inverse_scale = reciprocal(layer.input_global_scale_inv.data)
        layer.weight = torch.nn.Parameter(packed.new_empty(0), requires_grad=False)

    def apply_weights(self, layer: Any, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``round(x) @ weight.T + bias``."""
        rows = x.reshape(-1, x.shape[-1])
        rounded = round_to_nvfp4(rows, layer.input_global_scale_inv, layer.input_inverse_scale)
        return matmul(rounded.reshape(x.shape), layer.unpacked_weight, bias)


class CachedEmulationFP8ScaledMMLinearKernel(ChannelWiseTorchFP8ScaledMMLinearKernel):  # type: ignore[misc]
    """FP8 W8A8, weights per channel: weights unpacked once, activations rounded to E4M3 per token in every call."""

    def process_weights_after_loading(self, layer: Any) -> None:
        """Unpack the weights; their scales are applied to the float32 product, as in the kernel below it."""
        super().process_weights_after_loading(layer)
        weight, weight_scale, _, _ = self._get_layer_params(layer)
        layer.unpacked_weight = weight.data.t().to(torch.float32).contiguous()
        layer.row_scale = weight_scale.data.to(torch.float32).reshape(1, -1)

    def get_output_padding(self) -> int | None:
        """Return no padding: it only serves GPU kernels."""
        return None

    def apply_weights(self, layer: Any, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``(round(x) @ weight.T) * token_scale * channel_scale + bias``, all of it in float32."""
        _, _, input_scale, upper_bound = self._get_layer_params(layer)
        rounded, token_scale = self.quant_fp8(x.reshape(-1, x.shape[-1]), input_scale, upper_bound)
        out = matmul(rounded.to(torch.float32), layer.unpacked_weight).mul_(token_scale).mul_(layer.row_scale)
        if bias is not None:
            out = out + bias
        return out.to(x.dtype).reshape(*x.shape[:-1], -1)


class CachedWNA16LinearKernel(CPUWNA16LinearKernel):  # type: ignore[misc]
    """Weight-only integers in groups: weights unpacked once.

    vLLM's own kernel has 16-bit activations only, and no other widths than 4 bits.
    """

    @classmethod
    def can_implement(cls, c: Any) -> tuple[bool, str | None]:
        """Take integers of any width that a checkpoint may hold; groups must divide a row."""
        if c.group_size > 0 and c.partition_weight_shape[0] % c.group_size:
            return False, f"groups of {c.group_size} do not divide {c.partition_weight_shape[0]} columns"
        return True, None

    def process_weights_after_loading(self, layer: Any) -> None:
        """Unpack the weights into the model's dtype, and let the packed ones go."""
        packed, scale, packed_zero = self._get_weight_params(layer)
        kind = self.config.weight_type
        columns, rows = self.config.partition_weight_shape
        values = unpack(packed.data, kind.size_bits, columns).to(torch.float32)
        if self.config.zero_points:
            zero = unpack(packed_zero.data.t(), kind.size_bits, rows).t().to(torch.float32)
        else:
            zero = torch.full_like(scale.data, float(kind.bias), dtype=torch.float32)
        grouped = values.reshape(rows, scale.shape[1], -1) - zero.unsqueeze(-1)
        unpacked = grouped * scale.data.to(torch.float32).unsqueeze(-1)
        layer.unpacked_weight = unpacked.reshape(values.shape).to(self.config.act_type)
        setattr(layer, self.w_q_name, torch.nn.Parameter(packed.data.new_empty(0), requires_grad=False))

    def apply_weights(self, layer: Any, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """Return ``x @ weight.T + bias``."""
        return matmul(x, layer.unpacked_weight, bias)


def register_kernels(platform: Any) -> None:
    """Offer the kernels to vLLM for ``platform``.

    The NVFP4 kernel is the only one there. The others come last in vLLM's lists; a profile that wants one switches off
    those before it (``VLLM_DISABLED_KERNELS``).
    """
    linear.register_linear_kernel(CachedEmulationNvFp4LinearKernel, platform, "nvfp4")
    linear.register_linear_kernel(CachedEmulationFP8ScaledMMLinearKernel, platform, "fp8")
    linear.register_linear_kernel(CachedWNA16LinearKernel, platform, "mp")
