"""What `attune train corpora` says, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "known": "Corpora that can be read",
        "name": "name",
        "senses": "labels of",
        "languages": "languages",
        "licence": "licence",
        "commercial": "commercial",
        "yes": "yes",
        "no": "no",
        "hint": "attune train corpora NAME --root FOLDER reads one; without NAME it is recognised",
        "rows": "{title}: {rows:,} rows, {speakers:,} speakers, {dialogues:,} dialogues",
        "terms": "licence: {licence}; commercial use of weights: {commercial}",
        "cite": "cite: {citation}",
        "emotion": "emotion",
        "all": "all",
        "no split": "no split",
        "languages of rows": "languages: {counts}",
        "speakers of rows": "speakers: {counts}",
        "more": "and {count:,} more",
        "left out": "left out: {total:,}",
        "wrote": "wrote {rows:,} rows to {path}",
        "writing": "writing",
    },
    "zh": {
        "known": "可读取的语料库",
        "name": "名称",
        "senses": "标注对象",
        "languages": "语言",
        "licence": "许可",
        "commercial": "可商用",
        "yes": "是",
        "no": "否",
        "hint": "读取语料库：attune train corpora 名称 --root 文件夹；不写名称则自动识别",
        "rows": "{title}：{rows:,} 条，{speakers:,} 位说话人，{dialogues:,} 段对话",
        "terms": "许可：{licence}；训练出的权重可商用：{commercial}",
        "cite": "引用：{citation}",
        "emotion": "情绪",
        "all": "合计",
        "no split": "未划分",
        "languages of rows": "语言：{counts}",
        "speakers of rows": "说话人：{counts}",
        "more": "另有 {count:,} 位",
        "left out": "未采用：{total:,}",
        "wrote": "已写入 {rows:,} 条：{path}",
        "writing": "正在写入",
    },
}

EMOTIONS: Final[Mapping[str, str]] = {
    "happy": "高兴",
    "sad": "难过",
    "angry": "生气",
    "fear": "害怕",
    "surprise": "惊讶",
    "disgust": "厌恶",
    "neutral": "平静",
}
"""The emotions in Chinese."""

SENSES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {"text": "text", "audio": "audio", "vision": "vision"},
    "zh": {"text": "文字", "audio": "语音", "vision": "人脸"},
}

REASONS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "name": "the file name breaks the rule of the corpus",
        "label": "the label is none of the seven",
        "mixed": "labels or votes differ",
        "missing": "a file is named, but is not there",
        "unlabelled": "nobody says what it shows",
        "row": "the row cannot be read",
        "duplicate": "the same again",
        "twin": "a film whose recording is there",
        "silent": "a film without sound",
    },
    "zh": {
        "name": "文件名不符合该语料库的命名规则",
        "label": "标签不属于七种情绪",
        "mixed": "标签或投票不一致",
        "missing": "表中列出的文件不存在",
        "unlabelled": "没有标签",
        "row": "该行无法读取",
        "duplicate": "重复",
        "twin": "已有对应录音的视频",
        "silent": "无声视频",
    },
}


def reason(key: str, lang: str) -> str:
    """Why something was left out, from what it was counted under."""
    code, _, detail = key.partition(":")
    words = REASONS[lang].get(code, code)
    return (f"{words} ({detail})" if lang == "en" else f"{words}（{detail}）") if detail else words


def emotion(name: str, lang: str) -> str:
    """An emotion as people see it."""
    return EMOTIONS[name] if lang == "zh" else name
