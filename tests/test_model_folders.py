"""A model folder is weights and nothing else: no code of its own runs, no pickle is read, and damage is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from rag.config import Settings
from rag.cross_encoder import PairModel
from rag.errors import ModelError
from rag.models import load_embedder
from tests.cross_encoder_support import tiny_cross_encoder
from tests.test_models_other import tiny

pytestmark = pytest.mark.model
CODE = "from pathlib import Path\nPath({!r}).write_text('ran')\nclass Thing:\n    pass\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model of one layer, with a dense one behind its pooling."""
    return tiny(tmp_path_factory.mktemp("sound"), dense=True)


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "model")


def embed(folder: Path) -> int:
    embedder = load_embedder(Settings(embedding=str(folder), dtype="float32", threads=1))
    return embedder.embed_query("Who leads?").size


def change(file: Path, **values: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


def test_a_module_of_its_own_is_refused_and_does_not_run(folder: Path) -> None:
    ran = folder / "ran"
    (folder / "own.py").write_text(CODE.format(str(ran)), encoding="utf-8")
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["type"] = "own.Thing"
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    with pytest.raises(ModelError, match=r"own\.Thing.*never"):
        embed(folder)
    assert not ran.exists()


def test_an_architecture_of_its_own_does_not_run(folder: Path) -> None:
    ran = folder / "ran"
    (folder / "own.py").write_text(CODE.format(str(ran)), encoding="utf-8")
    config = next(f for f in (folder / "config.json", folder / "0_Transformer" / "config.json") if f.is_file())
    change(config, model_type="own-kind", auto_map={"AutoConfig": "own.Thing", "AutoModel": "own.Thing"})
    with pytest.raises(ModelError, match="cannot be loaded"):
        embed(folder)
    assert not ran.exists()


@pytest.mark.parametrize("where", ["", "2_Dense"])
def test_pickled_weights_are_refused(folder: Path, where: str) -> None:
    [weights] = (folder / where).glob("*.safetensors")
    weights.unlink()
    torch.save({}, weights.parent / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin holds pickled weights.*safetensors"):
        embed(folder)


def test_a_pickle_beside_safetensors_is_not_read(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"no pickle")
    assert embed(folder) == 16


def test_a_cross_encoder_is_weights_too(tmp_path: Path) -> None:
    folder = tiny_cross_encoder(tmp_path / "pairs")
    assert PairModel(str(folder), "reranker").scores([("a", "b")]).shape == (1, 1)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickled"):
        PairModel(str(folder), "reranker")


@pytest.mark.parametrize("content", ["", "[3]"])
@pytest.mark.parametrize("file", ["modules.json", "config.json", "tokenizer.json", "config_sentence_transformers.json"])
def test_a_damaged_model_is_told_in_one_line(folder: Path, file: str, content: str) -> None:
    (folder / file).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=r"^embedding model .* cannot be loaded .*--embedding minilm$"):
        embed(folder)
