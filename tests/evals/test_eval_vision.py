"""Corpora of faces in their authors' layouts, with a sense whose eyes are known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from agent import Senses
from evals.errors import ManifestUnusable
from evals.robustness.faces import FaceCrop, degrade_faces
from evals.vision import LAYOUTS, VisionEvaluation, VisionPlan, evaluate_vision, summary_lines, write_vision
from evals.vision.texts import name_kind, name_reason
from perception import Emotion, EmotionScores, Frame, Modality, Observation, Status
from perception.testing import ScriptedPerceiver
from perception.training.corpora.testing import miniature, write
from perception.training.testing import VOTE_NAMES, make_faces, pictures, votes_for, write_faces
from perception.training.vision.webcam import KINDS
from perception.vision.classifier import FaceClassifier

pytestmark = pytest.mark.unit

CORPORA = {"folders": "folder"}


class Eye(ScriptedPerceiver):
    """Happy where a picture is brighter above, else sad; no face in what is no crop."""

    def perceive(self, evidence: object, /) -> Observation:
        assert isinstance(evidence, Frame)
        if not evidence.crop:
            return Observation(modality=self.modality, status=Status.NO_FACE, model=self.model)
        upper, lower = (half.mean() for half in np.array_split(evidence.pixels.astype(float), 2))
        scores = EmotionScores.of({"happy" if upper > lower else "sad": 0.9, "neutral": 0.1})
        status = Status.UNCERTAIN if abs(upper - lower) < 20 else Status.OK
        return Observation(modality=self.modality, status=status, model=self.model, scores=scores, quality=0.5)


@pytest.fixture
def senses() -> Iterator[Senses]:
    made = Senses(vision=Eye(Modality.VISION))
    yield made
    made.close()


@pytest.fixture(scope="module")
def ferplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """240 training faces and 40 more, of which five were voted contempt, three no face, and two are disputed."""
    root = make_faces(tmp_path_factory.mktemp("sets"))
    votes = votes_for(40)
    for row, name in enumerate(["contempt"] * 5 + ["NF"] * 3):
        votes[row] = 0
        votes[row, VOTE_NAMES.index(name)] = 10
    votes[8:10] = [5, 5, 0, 0, 0, 0, 0, 0, 0, 0]
    write_faces(root / "face" / "ferplus_valid.npz", pictures(40, seed=2), votes)
    return root


def faces_of(layout: str, root: Path) -> Path:
    """A miniature of a layout with pictures that can be decoded."""
    miniature(CORPORA.get(layout, layout), root)
    for path in root.rglob("*"):
        if path.suffix in (".jpg", ".png"):
            Image.fromarray(pictures(1, seed=len(path.name))[0]).resize((100, 100)).save(path)
    return root


def evaluate(senses: Senses, root: Path, layout: str, **options: object) -> VisionEvaluation:
    plan = VisionPlan(root=root, layout=layout, **{"resamples": 0, **options})  # type: ignore[arg-type]
    return evaluate_vision(plan, senses)


@pytest.mark.parametrize(
    ("layout", "rows", "crops"), [("raf-db", 3, 3), ("ferplus", 2, 2), ("fer2013", 3, 3), ("sfew", 3, 0)]
)
def test_each_layout_becomes_rows(senses: Senses, tmp_path: Path, layout: str, rows: int, crops: int) -> None:
    root = faces_of(layout, tmp_path)
    if not crops:
        with pytest.raises(ManifestUnusable, match="no_face 3"):
            evaluate(senses, root, layout)
        found = evaluate(senses, root, layout, crops=True)
        assert found.prepared.crops == rows
        assert found.perceived.cluster == "film"
        return
    found = evaluate(senses, root, layout)
    assert len(found.perceived.rows) == rows
    assert found.prepared.crops == crops
    assert found.as_dict()["corpus"]["name"] == LAYOUTS[layout]


def test_small_pictures_in_folders_are_crops_and_large_ones_are_not(senses: Senses, tmp_path: Path) -> None:
    for number, side in enumerate((48, 64, 65, 200)):
        path = tmp_path / "happy" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pictures(1, seed=number)[0]).resize((side, side)).save(path)
    found = evaluate(senses, tmp_path, "folders")
    assert found.vision.statuses == {"ok": 2, "no_face": 2}
    assert found.vision.coverage == 0.5
    assert found.vision.figures.accuracy == 1.0
    assert found.vision.strict.accuracy == 0.5


def test_affectnet_counts_contempt_as_excluded(senses: Senses, tmp_path: Path) -> None:
    root = faces_of("affectnet", tmp_path)
    found = evaluate(senses, root, "affectnet", crops=True, groups=("split",))
    assert found.as_dict()["excluded"] == {"label:contempt": 1}
    assert len(found.perceived.rows) == 2


def test_the_archives_of_ferplus_with_votes_as_columns(senses: Senses, ferplus: Path) -> None:
    found = evaluate(senses, ferplus / "face", "ferplus", split="dev", groups=("agreement", "contempt"))
    report = found.as_dict()
    assert report["excluded"] == {"label:contempt": 5, "label:NF": 3, "mixed": 2}
    assert report["corpus"]["left_out_by_split"] == 240
    assert not report["corpus"]["trained_on"]
    assert {*VOTE_NAMES, "votes", "agreement", "split", "fer2013_label"} <= set(report["corpus"]["columns"])
    assert [(part.value, part.figures.rows) for part in found.vision.cuts[0].parts] == [("10", 30)]
    assert found.vision.figures.accuracy == 1.0


def test_groups_have_figures_a_gap_and_a_mark_where_they_are_few(senses: Senses, ferplus: Path, tmp_path: Path) -> None:
    # faces of the training file: those of group b have labels that their pictures do not show
    votes = votes_for(240)
    votes[100:140] = votes[101:141]
    write_faces(tmp_path / "ferplus_train.npz", pictures(240, seed=1), votes)
    groups = ["b" if 100 <= row < 140 else "c" if row >= 220 else "a" for row in range(240)]
    table = write(tmp_path / "people.csv", "face,who\n" + "".join(f"train-row{n},{g}\n" for n, g in enumerate(groups)))
    found = evaluate(senses, tmp_path, "ferplus", groups=("who",), attributes=table, resamples=50)
    (cut,) = [cut for cut in found.vision.cuts if cut.kind == "column"]
    assert [(part.value, part.figures.rows, part.few) for part in cut.parts] == [
        ("a", 180, False),
        ("b", 40, False),
        ("c", 20, True),
    ]
    assert cut.parts[1].figures.accuracy == 0.0
    assert "uar" in cut.parts[0].figures.intervals
    gap = next(gap for gap in cut.gaps if gap.metric == "accuracy")
    assert (gap.best, gap.worst, gap.difference) == ("a", "b", 1.0)
    lines = "\n".join(summary_lines(found))
    assert "by who" in lines
    assert "(few rows)" in lines
    assert "“a” and “b”" in lines


def test_rafdb_tells_gender_race_and_age(senses: Senses, tmp_path: Path) -> None:
    root = faces_of("raf-db", tmp_path)
    write(root / "Annotation/manual/train_00001_manu_attri.txt", "1\t2\n" * 5 + "1\n2\n3\n")
    write(root / "Annotation/manual/train_00002_manu_attri.txt", "1\t2\n" * 5 + "0\n9\nx\n")
    found = evaluate(senses, root, "raf-db", groups=("gender", "race", "age"))
    values = [{part.value for part in cut.parts} for cut in found.vision.cuts if cut.kind == "column"]
    assert values == [{"female", "male", None}, {"Asian", None}, {"40-69", None}]


@pytest.mark.parametrize(
    ("layout", "options", "told"),
    [
        ("raf-db", {}, r"no EmoLabel.*In it there is: ferplus_train\.npz.*it looks like --layout ferplus"),
        ("ferplus", {"groups": ("gender",)}, r"--group 'gender' is no column of ferplus; there are NF, agreement, .*"),
        ("ferplus", {"cluster": "person"}, "--cluster 'person' is no column"),
        ("ferplus", {"split": "test"}, "in the split 'test'; there are dev, train"),
        ("ferplus", {"attributes": Path("nowhere.csv")}, "--attributes.*nowhere.csv"),
    ],
)
def test_what_cannot_be_read_says_what_there_is(
    senses: Senses, ferplus: Path, layout: str, options: dict[str, object], told: str
) -> None:
    with pytest.raises(ManifestUnusable, match=told):
        evaluate(senses, ferplus / "face", layout, **options)


def test_a_root_that_is_not_there_and_a_table_of_one_column(senses: Senses, ferplus: Path, tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match=r"is not there.*--root"):
        evaluate(senses, tmp_path / "nothing", "ferplus")
    table = write(tmp_path / "one.csv", "face\nrow1\n")
    with pytest.raises(ManifestUnusable, match="two columns or more"):
        evaluate(senses, ferplus, "ferplus", attributes=table)


def test_a_picture_that_is_none_is_counted_as_broken(senses: Senses, tmp_path: Path) -> None:
    root = faces_of("raf-db", tmp_path)
    (root / "Image/aligned/train_00001_aligned.jpg").write_bytes(b"no picture")
    report = evaluate(senses, root, "raf-db").as_dict()
    assert report["rows"]["broken"] == 1
    assert report["rows"]["perceived"] == 2


def test_a_limit_draws_the_same_faces_and_the_report_is_the_same(senses: Senses, ferplus: Path) -> None:
    first, second = (evaluate(senses, ferplus, "ferplus", limit=20).as_dict() for _ in range(2))
    assert first["corpus"]["left_out_by_limit"] == 250
    assert first["rows"]["perceived"] == 20
    for report in (first, second):
        report.pop("run")
    assert first == second


@pytest.mark.parametrize(("lang", "words"), [("en", ("Excluded", "none of the seven: contempt")), ("zh", ("未采用",))])
def test_the_report_has_a_page_figures_and_pictures(
    senses: Senses, ferplus: Path, tmp_path: Path, lang: str, words: tuple[str, ...]
) -> None:
    found = evaluate(senses, ferplus, "ferplus", split="dev")
    page = write_vision(found, tmp_path, lang=lang)
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "report.json", "rows.jsonl", "confusion.png"}
    assert (tmp_path / "confusion.png").read_bytes().startswith(b"\x89PNG")
    shown = page.read_text(encoding="utf-8")
    assert all(word in shown for word in words)
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == found.as_dict()
    assert len((tmp_path / "rows.jsonl").read_text(encoding="utf-8").splitlines()) == 30


def test_every_kind_and_reason_has_words_in_both_languages() -> None:
    for kind in ("clean", *KINDS):
        assert name_kind(kind, "en") != name_kind(kind, "zh")
    assert name_reason("label:contempt", "en") == "the label is none of the seven: contempt"
    assert "contempt" in name_reason("label:contempt", "zh")
    assert name_reason("odd", "en") == "odd"


def crops(count: int) -> tuple[FaceCrop, ...]:
    return tuple(
        FaceCrop(line=n + 1, id=n, truth=list(Emotion)[n % 2], group=None, crop=image, pixels=48.0)
        for n, image in enumerate(pictures(count, seed=5))
    )


@pytest.mark.model
class TestDegraded:
    def test_each_kind_is_held_against_the_crops_as_they_are(self) -> None:
        found = degrade_faces(crops(6), FaceClassifier(), kinds=("blurred", "mask"), resamples=20)
        clean, *worse = found.conditions
        assert [each.name for each in found.conditions] == ["clean", "blurred", "mask"]
        assert clean.accuracy_drop is None
        for each in worse:
            assert each.figures is not None
            assert clean.figures is not None
            assert each.accuracy_drop is not None
            lost = 100 * (clean.figures.accuracy - each.figures.accuracy)
            assert each.accuracy_drop.points == pytest.approx(lost)
            assert each.accuracy_drop.rows == 6
        assert json.loads(json.dumps(found.as_dict()))["conditions"][1]["accuracy_drop"]["rows"] == 6

    def test_a_face_meets_the_same_whatever_else_is_asked(self) -> None:
        both = degrade_faces(crops(3), FaceClassifier(), kinds=("hand", "noisy"), resamples=0)
        alone = degrade_faces(crops(3), FaceClassifier(), kinds=("noisy",), resamples=0)
        assert both.conditions[-1] == alone.conditions[-1]

    @pytest.mark.parametrize(("count", "strength"), [(0, 0.5), (2, 1.5), (2, -0.1)])
    def test_no_faces_and_no_strength_are_refused(self, count: int, strength: float) -> None:
        with pytest.raises(ValueError, match="a strength in"):
            degrade_faces(crops(count), FaceClassifier(), strength=strength)

    def test_in_an_evaluation_it_brings_a_table_and_a_picture(
        self, senses: Senses, ferplus: Path, tmp_path: Path
    ) -> None:
        found = evaluate(senses, ferplus, "ferplus", limit=4, degraded=0.8)
        assert found.degraded is not None
        assert [each.name for each in found.degraded.conditions] == ["clean", *KINDS]
        page = write_vision(found, tmp_path)
        assert (tmp_path / "degraded.png").is_file()
        assert "light from one side" in page.read_text(encoding="utf-8")
        assert found.as_dict()["degraded"]["strength"] == 0.8
        assert any(line.startswith("  side light") for line in summary_lines(found))

    def test_many_crops_at_once_are_read_as_one_by_one(self) -> None:
        classifier, images = FaceClassifier(), pictures(3, seed=8)
        many = classifier.read_many(images)
        for image, told in zip(images, many, strict=True):
            assert classifier.read(image).scores.values == pytest.approx(told, abs=1e-5)
        assert classifier.read_many(images[:0]).shape == (0, 7)
