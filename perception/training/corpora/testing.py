"""Miniatures of corpora for tests: the layouts of their authors, with a few files each and nobody's data.

Recordings and pictures are empty files: a loader reads names and tables, never sound or light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

SPEECH: Final[Mapping[str, tuple[str, ...]]] = {
    "ravdess": (
        "Actor_01/03-01-05-01-01-01-01.wav",
        "Actor_01/03-02-02-02-02-01-01.wav",
        "Actor_02/03-01-06-01-02-02-02.wav",
    ),
    "crema-d": ("AudioWAV/1001_DFA_ANG_XX.wav", "AudioWAV/1001_IEO_HAP_HI.wav", "AudioWAV/1002_ITH_SAD_X.wav"),
    "emodb": ("wav/03a01Fa.wav", "wav/03b10Nc.wav", "wav/16a05Wb.wav"),
    "tess": ("OAF_angry/OAF_back_angry.wav", "YAF_pleasant_surprised/YAF_back_ps.wav"),
    "savee": ("AudioData/DC/a01.wav", "AudioData/DC/su02.wav", "AudioData/KL/sa01.wav"),
    "jl-corpus": ("female1_angry_10a_1.wav", "male2_excited_3b_2.wav", "male2_anxious_1_1.wav"),
    "nemo": ("samples/SB0_anger_12.wav", "samples/PC1_surprised_3.wav"),
    "esd": (
        "0001/Angry/0001_000351.wav",
        "0011/Surprise/evaluation/0011_001401.wav",
        "0011/Neutral/train/0011_000001.wav",
    ),
}
"""Files of each corpus of speech, as its authors name them."""

FACES: Final[Mapping[str, tuple[str, ...]]] = {
    "sfew": (
        "Train/Angry/Airheads_000519240_00000005.png",
        "Val/Happy/Harold_001150240_00000012.png",
        "Train/Neutral/Harold_001150299_00000001.png",
    ),
    "folder": ("train/happy/1.jpg", "train/愤怒/2.png", "test/Sadness/a/3.wav"),
}
"""Files of each corpus of faces whose folders are the labels."""

TEXTS: Final[Mapping[str, str]] = {
    "brighter": "brighter_semeval2025_t11_trackA",
    "clue-emotion": "zh_clue_emotion2020",
    "cped": "zh_cped",
    "emorynlp": "emorynlp",
    "smp2020-ewect": "zh_smp2020_ewect",
    "xdailydialog": "xdailydialog_en",
    "xed": "xed",
}
"""Tables of the packed text corpora."""


def miniature(name: str, root: Path) -> Path:
    """Write a corpus of a few rows into a folder, which is returned.

    Raises:
        KeyError: there is no miniature of that name.
    """
    if files := SPEECH.get(name) or FACES.get(name):
        touch(root, files)
    if name in TEXTS:
        write(root / f"{TEXTS[name]}.tsv", _PACKED)
    elif not files or name in _MADE:
        _MADE[name](root)
    return root


def touch(root: Path, files: Iterable[str]) -> None:
    """Make empty files, and the folders they are in."""
    for file in files:
        write(root / file, "")


def write(path: Path, text: str) -> Path:
    """Write a file, and make the folders it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


_PACKED: Final = (
    "split\tdialogue_id\tutterance_id\tspeaker\tlang\ttext\temotion\tlabel7\n"
    "train\t0\t0\tAnn\ten\tThe train was late.\tjoy\thappy\n"
    "train\t0\t1\tBob\ten\tWhich one?\tpuzzled\t\n"
    "train\t0\t2\tAnn\ten\tThe slow one.\tanger\tangry\n"
    "dev\t0\t0\tCid\ten\tIt rains again.\tsadness\tsad\n"
)


def _esd(root: Path) -> None:
    write(root / "0001/0001.txt", "0001_000351\t雨停了。\t生气\n")


def _meld(root: Path) -> None:
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
    rows = (
        '1,"The soup, it\u0092s cold.",Ann,anger,negative,0,0,1,2,"00:00:01,000","00:00:02,000"\n'
        '2,Then warm it.,Bob,neutral,neutral,0,1,1,2,"00:00:02,000","00:00:03,000"\n'
    )
    for split in ("train", "dev", "test"):
        write(root / f"{split}_sent_emo.csv", header + rows)
    touch(root, ("train_splits/dia0_utt0.mp4", "output_repeated_splits_test/dia0_utt1.mp4"))


def _iemocap(root: Path) -> None:
    session = root / "Session1"
    evaluation = (
        "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"
        "[6.2901 - 8.2357]\tSes01F_impro01_F000\texc\t[2.5000, 2.5000, 2.5000]\n"
        "C-E2:\tNeutral;\t()\n\n"
        "[10.0100 - 11.3925]\tSes01F_impro01_M000\tfru\t[2.0000, 3.5000, 3.5000]\n\n"
        "[12.0000 - 13.5000]\tSes01F_impro01_F001\tneu\t[2.5000, 2.0000, 2.5000]\n\n"
        "[14.0000 - 15.5000]\tSes01F_impro01_M001\txxx\t[2.5000, 2.0000, 2.5000]\n"
    )
    spoken = (
        "Ses01F_impro01_F000 [006.2901-008.2357]: The bus came early.\n"
        "Ses01F_impro01_M000 [010.0100-011.3925]: Mine did not.\n"
        "Ses01F_impro01_F001 [012.0000-013.5000]: It will.\n"
        "Ses01F_impro01_M001 [014.0000-015.5000]: Perhaps.\n"
    )
    write(session / "dialog/EmoEvaluation/Ses01F_impro01.txt", evaluation)
    write(session / "dialog/transcriptions/Ses01F_impro01.txt", spoken)
    touch(session / "sentences/wav/Ses01F_impro01", ("Ses01F_impro01_F000.wav", "Ses01F_impro01_F001.wav"))


def _goemotions(root: Path) -> None:
    write(root / "train.tsv", "The kettle sings.\t17\te1\nWho took it?\t7,6\te2\nIt is gone, hooray.\t17,25\te3\n")
    write(root / "dev.tsv", "A plain day.\t27\te4\n")


def _fer2013(root: Path) -> None:
    faces = "".join(f"{label},{'7 ' * 2303}{label},{usage}\n" for label, usage in _USAGES)
    write(root / "fer2013.csv", f"emotion,pixels,Usage\n{faces}")


_USAGES: Final = ((3, "Training"), (0, "PublicTest"), (6, "PrivateTest"))


def _ferplus(root: Path) -> None:
    votes = ("0,8,1,1,0,0,0,0,0,0", "1,0,0,0,9,0,0,0,0,0", "4,0,0,4,0,0,0,0,1,1")
    header = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
    rows = [f"{usage},fer{row:07}.png,{votes[row]}\n" for row, (_, usage) in enumerate(_USAGES)]
    write(root / "fer2013new.csv", header + "".join(rows))
    touch(root / "images", (f"fer{row:07}.png" for row in range(len(rows))))


def _rafdb(root: Path) -> None:
    write(root / "EmoLabel/list_patition_label.txt", "train_00001.jpg 5\ntrain_00002.jpg 4\ntest_0001.jpg 1\n")
    touch(root / "Image/aligned", ("train_00001_aligned.jpg", "train_00002_aligned.jpg", "test_0001_aligned.jpg"))


def _affectnet(root: Path) -> None:
    header = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal\n"
    write(root / "training.csv", header + "1/a.jpg,0,0,9,9,1;2,1,0.8,0.2\n1/b.jpg,0,0,9,9,1;2,7,-0.5,0.5\n")
    write(root / "validation.csv", header + "1/c.jpg,0,0,9,9,1;2,6,-0.4,0.6\n")
    touch(root / "Manually_Annotated_Images/1", ("a.jpg", "b.jpg", "c.jpg"))


def _table(root: Path) -> None:
    write(root / "mine.csv", "id,text,emotion,speaker\n1,The door is open.,joy,Ann\n2,门关上了。,生气,Bob\n")


_MADE: Final[Mapping[str, Callable[[Path], None]]] = {
    "affectnet": _affectnet,
    "esd": _esd,
    "fer2013": _fer2013,
    "ferplus": _ferplus,
    "goemotions": _goemotions,
    "iemocap": _iemocap,
    "meld": _meld,
    "raf-db": _rafdb,
    "table": _table,
}
