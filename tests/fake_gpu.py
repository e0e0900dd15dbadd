"""A fake GPU: operations run on the CPU, but tensors of the GPU and of the CPU cannot be mixed.

Code that runs on it and gives the same picture keeps every tensor on the right device. It uses the name of
torch's `meta` device, which no code of the engine uses.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map

GPU_DEVICE, CPU = torch.device("meta"), torch.device("cpu")
MOVE_OPERATIONS = {"_to_copy", "to", "copy_"}
INDEX_OPERATIONS = {"index", "index_put", "index_put_"}  # their indices may be on the CPU


class MixedDevices(Exception):
    """An operation was given tensors of the GPU and of the CPU."""


class FakeGpuTensor(Tensor):
    """A tensor on the fake GPU; `wrapped` is the CPU tensor that holds its values."""

    wrapped: Tensor

    def __new__(cls, wrapped: Tensor) -> Self:
        tensor: Self = Tensor._make_wrapper_subclass(
            cls,
            wrapped.shape,
            dtype=wrapped.dtype,
            device=GPU_DEVICE,
            strides=wrapped.stride(),
            storage_offset=wrapped.storage_offset(),
        )
        tensor.wrapped = wrapped
        return tensor

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's stub declares an instance method
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return _run(func, args, kwargs or {})

    # torch does not dispatch the following two operations.

    def new_tensor(self, data: Any, *_: Any, **__: Any) -> Tensor:
        return torch.tensor(data, dtype=self.dtype).to(GPU_DEVICE)

    def __getitem__(self, index: Any) -> Tensor:
        return super().__getitem__(torch.tensor(index) if isinstance(index, list) else index)


class FakeGpu(TorchDispatchMode):
    """Inside this context manager tensors can be moved to the fake GPU and back."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        values = list(tree_iter((args, kwargs)))
        uses_gpu = GPU_DEVICE in _devices(values) or any(isinstance(value, FakeGpuTensor) for value in values)
        return _run(func, args, kwargs or {}) if uses_gpu else func(*args, **(kwargs or {}))


def _run(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    name, values = func.overloadpacket.__name__, list(tree_iter((args, kwargs)))
    if name == "_has_compatible_shallow_copy_type":
        return False
    on_gpu = _result_on_gpu(name, values)
    result = func(*tree_map(_unwrap, args), **tree_map(_unwrap, kwargs))
    if func._schema.is_mutable:
        return kwargs.get("out", args[0]) if isinstance(result, Tensor) else result
    return tree_map(_wrap, result) if on_gpu else result


def _result_on_gpu(name: str, values: Iterable[Any]) -> bool:
    """Whether the result is on the GPU; raises MixedDevices."""
    tensors = [value for value in values if isinstance(value, Tensor)]
    if name in MOVE_OPERATIONS or not tensors:
        devices = _devices(values)
        return devices[0] == GPU_DEVICE if devices else isinstance(tensors[-1], FakeGpuTensor)
    if name in INDEX_OPERATIONS:
        tensors = [tensors[0], *(tensors[-1:] if "put" in name else [])]
    on_cpu = [tuple(x.shape) for x in tensors if not isinstance(x, FakeGpuTensor) and x.dim()]
    if on_cpu:
        raise MixedDevices(f"{name}: tensors of shapes {on_cpu} are not on the GPU")
    return True


def _devices(values: Iterable[Any]) -> list[torch.device]:
    return [value for value in values if isinstance(value, torch.device)]


def _unwrap(value: Any) -> Any:
    if isinstance(value, torch.device):
        return CPU
    return value.wrapped if isinstance(value, FakeGpuTensor) else value


def _wrap(value: Any) -> Any:
    return FakeGpuTensor(value) if isinstance(value, Tensor) else value
