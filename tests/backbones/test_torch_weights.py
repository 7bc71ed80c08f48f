"""The checkpoint reader, on files written here opcode for opcode as PyTorch before 1.6 did."""

import io
import os
import pickle
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lesion_pipeline.backbones.torch_weights import read_torch_weights
from lesion_pipeline.core.errors import ModelError

MAGIC = 0x1950A86A20F9469CFC6C
KINDS = {
    "f8": "Double",
    "f4": "Float",
    "f2": "Half",
    "i8": "Long",
    "i4": "Int",
    "i2": "Short",
    "i1": "Char",
    "u1": "Byte",
    "b1": "Bool",
}
Save = Callable[..., Path]


class FakeStorage:
    def __init__(self, key: str, data: NDArray[Any], kind: str | None = None) -> None:
        self.key, self.data = key, data
        self.kind = (kind or KINDS[data.dtype.str[1:]]) + "Storage"


class FakeTensor:
    def __init__(
        self,
        storage: FakeStorage,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        offset: int = 0,
    ) -> None:
        hooks: OrderedDict[str, Any] = OrderedDict()
        self.args = (storage, offset, shape, strides, False, hooks)

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.args


class Evil:
    """Would create the file `marker` when an ordinary unpickler read it."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"echo > {self.marker}",)


class LegacyPickler(pickle.Pickler):
    """Notes the storages that it meets and writes a reference in the place of each."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, protocol=2)
        self.storages: dict[str, FakeStorage] = {}

    def persistent_id(self, value: Any) -> Any:
        if not isinstance(value, FakeStorage):
            return None
        self.storages[value.key] = value
        kind = getattr(sys.modules["torch"], value.kind)
        return ("storage", kind, value.key, "cpu", value.data.size, None)


def _fake_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")
    for kind in [*KINDS.values(), "BFloat16"]:
        name = f"{kind}Storage"
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2() -> None: ...

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """Write `content` as torch.save did; `keys` and `head` stand in for the proper ones."""

    def write(content: Any, keys: Any = None, head: Any = MAGIC, little: bool = True) -> Path:
        stream = io.BytesIO()
        with monkeypatch.context() as context:
            _fake_torch(context)
            for part in (head, 1001, {"protocol_version": 1001, "little_endian": little}):
                pickle.dump(part, stream, protocol=2)
            pickler = LegacyPickler(stream)
            pickler.dump(content)
        pickle.dump(sorted(pickler.storages) if keys is None else keys, stream, protocol=2)
        for _, storage in sorted(pickler.storages.items()):
            stream.write(storage.data.size.to_bytes(8, "little") + storage.data.tobytes())
        path = tmp_path / "weights.pth"
        path.write_bytes(stream.getvalue())
        return path

    return write


def _plain(key: str, data: NDArray[Any]) -> FakeTensor:
    strides = tuple(stride // data.itemsize for stride in data.strides)
    return FakeTensor(FakeStorage(key, data), data.shape, strides)


def test_every_dtype_comes_back_bit_for_bit(save: Save) -> None:
    data = {kind: np.arange(12).reshape(3, 4).astype(kind) for kind in KINDS}
    state = OrderedDict((kind, _plain(str(n), a)) for n, (kind, a) in enumerate(data.items()))
    read = read_torch_weights(save(state))
    assert list(read) == list(data)
    for kind, array in data.items():
        assert read[kind].dtype == array.dtype
        np.testing.assert_array_equal(read[kind], array)


def test_strides_offsets_and_shared_storages(save: Save) -> None:
    numbers = np.arange(24, dtype="f4")
    storage = FakeStorage("7", numbers)
    state = {
        "columns first": FakeTensor(storage, (2, 3, 4), (1, 2, 6)),
        "second row": FakeTensor(storage, (4,), (1,), offset=4),
        "repeated": FakeTensor(storage, (2, 3), (0, 1), offset=21),
        "scalar": FakeTensor(storage, (), (), offset=23),
        "empty": FakeTensor(storage, (0, 5), (5, 1)),
    }
    read = read_torch_weights(save(state))
    np.testing.assert_array_equal(read["columns first"], numbers.reshape((2, 3, 4), order="F"))
    np.testing.assert_array_equal(read["second row"], [4, 5, 6, 7])
    np.testing.assert_array_equal(read["repeated"], [[21, 22, 23]] * 2)
    assert read["scalar"].shape == () and read["scalar"] == 23
    assert read["empty"].shape == (0, 5)
    assert all(array.flags.c_contiguous and array.flags.writeable for array in read.values())


def test_attributes_of_a_state_dict_are_no_tensors(save: Save) -> None:
    state = OrderedDict(bias=_plain("0", np.ones(3, "f4")))
    state._metadata = OrderedDict({"": {"version": 1}})  # type: ignore[attr-defined]
    assert list(read_torch_weights(save(state))) == ["bias"]


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [((7,), (1,), 0), ((6,), (1,), 1), ((2, 3), (4, 1), 0), ((3,), (-1,), 0), ((1,), (1,), -1)],
)
def test_a_tensor_beyond_its_storage_is_refused(
    save: Save, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    storage = FakeStorage("0", np.zeros(6, "f4"))
    with pytest.raises(ModelError, match=r"weights\.pth is damaged"):
        read_torch_weights(save({"w": FakeTensor(storage, shape, strides, offset)}))


@pytest.mark.parametrize("place", ["content", "entry", "keys", "head"])
def test_a_command_is_refused_and_not_run(save: Save, tmp_path: Path, place: str) -> None:
    evil, tensor = Evil(tmp_path / "marker"), _plain("0", np.zeros(2, "f4"))
    path = {
        "content": lambda: save(evil),
        "entry": lambda: save({"w": tensor, "x": evil}),
        "keys": lambda: save({"w": tensor}, keys=evil),
        "head": lambda: save({"w": tensor}, head=evil),
    }[place]()
    with pytest.raises(ModelError, match=rf"weights\.pth names the class {os.system.__module__}\."):
        read_torch_weights(path)
    assert not evil.marker.exists()


def test_the_command_would_have_run(save: Save, tmp_path: Path) -> None:
    evil = Evil(tmp_path / "marker")
    with save(evil, head=evil).open("rb") as stream:
        pickle.load(stream)
    assert evil.marker.exists()


def test_unknown_classes_are_named(save: Save) -> None:
    with pytest.raises(ModelError, match=r"weights\.pth names the class pathlib\.\w*Path"):
        read_torch_weights(save({"w": Path("x")}))
    odd = FakeTensor(FakeStorage("0", np.zeros(2, "i2"), kind="BFloat16"), (2,), (1,))
    with pytest.raises(ModelError, match=r"names the class torch\.BFloat16Storage"):
        read_torch_weights(save({"w": odd}))


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {5: 6}, {"net": {"w": 1}}])
def test_other_contents_are_refused(save: Save, content: Any) -> None:
    with pytest.raises(ModelError, match=r"weights\.pth.*(not a dict|not a tensor)"):
        read_torch_weights(save(content))


def test_every_truncation_is_noticed(save: Save) -> None:
    path = save({"w": _plain("0", np.ones((2, 3), "f4")), "b": _plain("1", np.ones(2, "f8"))})
    whole = path.read_bytes()
    assert set(read_torch_weights(path)) == {"w", "b"}
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError, match=r"weights\.pth.*(truncated|not a PyTorch)"):
            read_torch_weights(path)


def test_a_storage_of_another_length_is_refused(save: Save) -> None:
    path = save({"w": _plain("0", np.zeros(3, "f4"))})
    path.write_bytes(path.read_bytes()[:-20] + (4).to_bytes(8, "little") + bytes(16))
    with pytest.raises(ModelError, match="storage 0: 4 elements rather than 3"):
        read_torch_weights(path)


def test_a_list_of_other_storages_is_refused(save: Save) -> None:
    with pytest.raises(ModelError, match="list of storages"):
        read_torch_weights(save({"w": _plain("0", np.zeros(3, "f4"))}, keys=["0", "1"]))


def test_one_key_for_two_storages_is_refused(save: Save) -> None:
    state = {"w": _plain("0", np.zeros(3, "f4")), "x": _plain("0", np.zeros(4, "f4"))}
    with pytest.raises(ModelError, match="declares the storage 0 twice"):
        read_torch_weights(save(state))


def test_the_zip_format_is_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "new.pth"
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ModelError, match=r"new\.pth is a zip .*use_new_zipfile_serialization"):
        read_torch_weights(path)


@pytest.mark.parametrize(
    "content", [b"", b"version https://git-lfs\n", b"\x89PNG\r\n", pickle.dumps({"w": 1}), b"\x80"]
)
def test_other_files_are_no_checkpoints(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.pth"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"odd\.pth is not a PyTorch checkpoint"):
        read_torch_weights(path)


def test_other_formats_are_refused(save: Save) -> None:
    for path in (save({}, little=False), save({}, head=1)):
        with pytest.raises(ModelError, match="not a PyTorch checkpoint of a known"):
            read_torch_weights(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.pth can't be read"):
        read_torch_weights(tmp_path / "none.pth")
