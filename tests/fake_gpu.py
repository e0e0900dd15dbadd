"""A card that is not there: tensors on it cannot be mixed with others, and the CPU does their work.

What runs on it unchanged and gives the same picture keeps every tensor where a GPU would want it. It stands
under the name of torch's `meta` device, which no code of the engine uses.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map

CARD, CPU = torch.device("meta"), torch.device("cpu")
MOVES = {"_to_copy", "to", "copy_"}
INDEXING = {"index", "index_put", "index_put_"}  # whose indices may lie on the CPU


class Mixed(Exception):
    """An operation was given tensors of the card and of the CPU."""


class OnCard(Tensor):
    """A tensor of the card; `plain` is what it holds."""

    plain: Tensor

    def __new__(cls, plain: Tensor) -> Self:
        made: Self = Tensor._make_wrapper_subclass(
            cls,
            plain.shape,
            dtype=plain.dtype,
            device=CARD,
            strides=plain.stride(),
            storage_offset=plain.storage_offset(),
        )
        made.plain = plain
        return made

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]  # torch's stub has it as a method of the instance
        cls, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        return _done(func, args, kwargs or {})

    # What follows torch does past all dispatching.

    def new_tensor(self, data: Any, *_: Any, **__: Any) -> Tensor:
        return torch.tensor(data, dtype=self.dtype).to(CARD)

    def __getitem__(self, at: Any) -> Tensor:
        return super().__getitem__(torch.tensor(at) if isinstance(at, list) else at)


class Card(TorchDispatchMode):
    """While it is entered, tensors can go to the card and back."""

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = list(tree_iter((args, kwargs)))
        concerned = CARD in _devices(given) or any(isinstance(each, OnCard) for each in given)
        return _done(func, args, kwargs or {}) if concerned else func(*args, **(kwargs or {}))


def _done(func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    name, given = func.overloadpacket.__name__, list(tree_iter((args, kwargs)))
    if name == "_has_compatible_shallow_copy_type":
        return False
    stays = _stays(name, given)
    result = func(*tree_map(_plain, args), **tree_map(_plain, kwargs))
    if func._schema.is_mutable:
        return kwargs.get("out", args[0]) if isinstance(result, Tensor) else result
    return tree_map(_carded, result) if stays else result


def _stays(name: str, given: Iterable[Any]) -> bool:
    """Whether the result lies on the card; raises Mixed."""
    tensors = [each for each in given if isinstance(each, Tensor)]
    if name in MOVES or not tensors:
        devices = _devices(given)
        return devices[0] == CARD if devices else isinstance(tensors[-1], OnCard)
    if name in INDEXING:
        tensors = [tensors[0], *(tensors[-1:] if "put" in name else [])]
    strangers = [tuple(each.shape) for each in tensors if not isinstance(each, OnCard) and each.dim()]
    if strangers:
        raise Mixed(f"{name}: {strangers} are not on the card")
    return True


def _devices(given: Iterable[Any]) -> list[torch.device]:
    return [each for each in given if isinstance(each, torch.device)]


def _plain(value: Any) -> Any:
    if isinstance(value, torch.device):
        return CPU
    return value.plain if isinstance(value, OnCard) else value


def _carded(value: Any) -> Any:
    return OnCard(value) if isinstance(value, Tensor) else value
