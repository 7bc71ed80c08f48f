"""Read a legacy PyTorch checkpoint with numpy alone, and run nothing that it names."""

import pickle
from collections import OrderedDict
from io import BytesIO
from pathlib import Path
from typing import Any, Final, NamedTuple, Never

import numpy as np
from numpy.typing import NDArray

from lesion_pipeline.core.errors import ModelError

_MAGIC: Final = 0x1950A86A20F9469CFC6C
_PROTOCOL: Final = 1001
_ZIP: Final = b"PK\x03\x04"
_STORAGES: Final = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}


class _Storage(NamedTuple):
    key: str
    dtype: str
    elements: int


class _Tensor(NamedTuple):
    """A tensor before its storage is read: the bytes come after the pickle that names them."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _Unpickler(pickle.Unpickler):
    """Knows ordered dicts, tensors and storages; every other class is refused."""

    def __init__(self, stream: BytesIO, path: Path, storages: dict[str, _Storage]) -> None:
        super().__init__(stream)
        self._path = path
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return self._tensor
        # Plain text rather than a numpy type: a pickle can alter an object that it was handed.
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise ModelError(f"{self._path} names the class {module}.{name}, which weights don't need")

    def persistent_load(self, pid: Any) -> _Storage:
        name, dtype, key, _location, count, view = pid
        if name != "storage" or dtype not in _STORAGES.values() or view is not None:
            raise ModelError(f"{self._path} holds a {name} of a type that isn't understood")
        storage = _Storage(str(key), dtype, int(count))
        if self._storages.setdefault(storage.key, storage) != storage:
            raise ModelError(f"{self._path} declares the storage {key} twice, differently")
        return storage

    def _tensor(
        self, storage: Any, offset: Any, shape: Any, strides: Any, *_unused: Any
    ) -> _Tensor:
        if not isinstance(storage, _Storage):
            raise ModelError(f"{self._path} holds a tensor without a storage")
        return _Tensor(storage, int(offset), tuple(shape), tuple(strides))


def read_torch_weights(path: Path) -> dict[str, NDArray[Any]]:
    """Read the tensors of a state dict that PyTorch saved in its format before 1.6.

    No PyTorch is needed, and nothing in the file is executed: a class other than an ordered
    dict, a tensor or a storage of plain numbers is refused.

    Args:
        path: the checkpoint, a state dict (name -> tensor) written by torch.save.

    Returns:
        Each tensor by its name in the file's order, C-contiguous, in the file's shape and dtype
        (float16/32/64, int8/16/32/64, uint8 or bool).

    Raises:
        ModelError: the file can't be read, isn't such a checkpoint, is in the newer zip format,
            is damaged or truncated, or names a class that weights don't need.
    """
    content = _content(path)
    stream, storages = BytesIO(content), dict[str, _Storage]()
    _check_header(stream, path)
    try:
        tensors = _tensors(_Unpickler(stream, path, storages).load(), path)
        raw = _storage_bytes(stream, path, storages)
        return {name: _array(tensor, raw[tensor.storage.key]) for name, tensor in tensors.items()}
    except ModelError:
        raise
    except Exception as error:  # a damaged pickle can raise nearly anything
        raise ModelError(f"{path} is damaged or truncated ({error})") from error


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} can't be read: {error.strerror}") from error
    if content.startswith(_ZIP):
        raise ModelError(
            f"{path} is a zip file, PyTorch's format since 1.6; save its weights again with "
            "torch.save(..., _use_new_zipfile_serialization=False)"
        )
    return content


def _check_header(stream: BytesIO, path: Path) -> None:
    """Read past the magic number, the protocol and the machine's properties."""
    try:
        magic, protocol, machine = (_Unpickler(stream, path, {}).load() for _ in range(3))
        known = magic == _MAGIC and protocol == _PROTOCOL and machine["little_endian"] is True
    except ModelError:
        raise
    except Exception as error:  # any file at all may come in here
        raise ModelError(f"{path} is not a PyTorch checkpoint, or truncated") from error
    if not known:
        raise ModelError(f"{path} is not a PyTorch checkpoint of a known (little-endian) format")


def _tensors(loaded: Any, path: Path) -> dict[str, _Tensor]:
    if not isinstance(loaded, dict):
        raise ModelError(f"{path} holds a {type(loaded).__name__}, not a dict of named tensors")
    for name, tensor in loaded.items():
        if not (isinstance(name, str) and isinstance(tensor, _Tensor)):
            raise ModelError(f"{path}: its entry {name!r} is not a tensor under a name")
    return loaded


def _storage_bytes(stream: BytesIO, path: Path, storages: dict[str, _Storage]) -> dict[str, bytes]:
    """Read what follows the pickle: the storages' keys, then a count and bytes for each."""
    keys = _Unpickler(stream, path, {}).load()
    if sorted(keys) != sorted(storages):
        raise ModelError(f"{path} is damaged: its list of storages doesn't fit its tensors")
    return {key: _one_storage(stream, path, storages[key]) for key in keys}


def _one_storage(stream: BytesIO, path: Path, storage: _Storage) -> bytes:
    head = stream.read(8)
    count = int.from_bytes(head, "little", signed=True)
    if len(head) == 8 and count != storage.elements:
        _damaged(path, storage, f"{count} elements rather than {storage.elements}")
    wanted = storage.elements * np.dtype(storage.dtype).itemsize
    data = stream.read(wanted)
    if len(head) < 8 or len(data) != wanted:
        _damaged(path, storage, "the file ends within it")
    return data


def _damaged(path: Path, storage: _Storage, what: str) -> Never:
    raise ModelError(f"{path} is damaged or truncated at the storage {storage.key}: {what}")


def _array(tensor: _Tensor, data: bytes) -> NDArray[Any]:
    """Lay the tensor over its storage; numpy itself refuses to reach beyond `data`."""
    dtype = np.dtype(tensor.storage.dtype)
    strides = [stride * dtype.itemsize for stride in tensor.strides]
    offset = tensor.offset * dtype.itemsize
    return np.ndarray(tensor.shape, dtype, data, offset, strides).copy()
