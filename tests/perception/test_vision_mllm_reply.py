"""Labels are found in whatever a model writes, by named strategies, and never guessed."""

from __future__ import annotations

import pytest

from perception import Emotion
from perception.vision.mllm import read_reply
from perception.vision.mllm.labels import named_emotions, shown_emotions
from perception.vision.mllm.logprobs import Token, label_probability

pytestmark = pytest.mark.unit

CLEAR = [
    # closed tags
    ("<think>brows up</think><answer>happy</answer>", "happy", "answer_tag"),
    ("<think>a</think>\n<ANSWER> Joyful. </ANSWER>", "happy", "answer_tag"),
    ("<answer>**Furious**</answer>", "angry", "answer_tag"),
    ("<answer>\\boxed{Sorrow}</answer>", "sad", "answer_tag"),
    ("<answer>C) scared</answer>", "fear", "answer_tag"),
    ("<answer>惊讶</answer>", "surprise", "answer_tag"),
    ('<answer>{"emotion": "disgusted"}</answer>', "disgust", "answer_tag"),
    ("<answer>happy, not surprised</answer>", "happy", "answer_tag"),
    ("<answer>no particular emotion</answer>", "neutral", "answer_tag"),
    ("I must write <answer>x</answer></think><answer>sadness</answer>", "sad", "answer_tag"),
    ("<answer>sad</answer> No wait. <answer>fearful</answer>", "fear", "answer_tag"),
    ("<answer>unhappy</answer>", "sad", "answer_tag"),
    # half tags
    ("<think>wide eyes</think><answer>astonished", "surprise", "half_tag"),
    ("<think>wide eyes <answer>Astonishment.", "surprise", "half_tag"),
    ("wide eyes\nsurprise</answer>", "surprise", "half_tag"),
    ("<answer></answer><answer>calm", "neutral", "half_tag"),
    # JSON
    ('{"emotion": "Anger", "confidence": 0.9}', "angry", "json"),
    ('Here:\n```json\n{"reason": "looks sad? no", "label": "neutral"}\n```', "neutral", "json"),
    ('{"情绪": "厌恶"}', "disgust", "json"),
    ('{"emotion": "happy"} {"emotion": "sad"}', "sad", "json"),
    ('{broken {"emotion": "fear"}', "fear", "json"),
    # a line that announces it
    ("It smiles.\nFinal answer: **Happy**", "happy", "final_line"),
    ("The brows are low.\nEmotion - none of joy.\nLabel: anger", "angry", "final_line"),
    ("The emotion shown here is disgust... The answer is `fear`.", "fear", "final_line"),
    ("眉头紧锁。情绪：愤怒", "angry", "final_line"),
    ("最终答案是“平静”。", "neutral", "final_line"),
    ("**Expression:** Terrified", "fear", "final_line"),
    # sentences
    ("The eyes are wide. She is not scared, but surprised.", "surprise", "last_sentence"),
    ("She might be angry. On the whole she looks sad!", "sad", "last_sentence"),
    ("并不是悲伤，而是愤怒。", "angry", "last_sentence"),
    ("他看起来很害怕", "fear", "last_sentence"),
    ("Happy", "happy", "last_sentence"),
    ("The face shows furious energy. That is all one can say.", "angry", "only_emotion"),
]
ABSTAIN = [
    ("", "none", []),
    ("I cannot judge people by their faces.", "none", []),
    ("<answer>contempt</answer>", "answer_tag", []),
    ("The brows show anger. Final answer: contempt", "final_line", []),
    ("<answer>not happy</answer>", "answer_tag", []),
    ("<answer>neither happy nor sad</answer>", "answer_tag", []),
    ("<answer>isn’t angry</answer>", "answer_tag", []),
    ("<answer>不高兴</answer>", "answer_tag", []),
    ("她没有生气。", "none", []),
    ("<answer>happy or surprised</answer>", "answer_tag", ["happy", "surprise"]),
    ("<answer>fearfully surprised</answer>", "answer_tag", ["fear", "surprise"]),
    ("<answer>悲伤和愤怒</answer>", "answer_tag", ["sad", "angry"]),
    ("She is angry, perhaps disgusted.", "last_sentence", ["angry", "disgust"]),
    ('{"emotion": ["happy", "sad"]}', "json", ["happy", "sad"]),
    ("She looks happy. Or sad, who knows. It is a photograph.", "only_emotion", ["happy", "sad"]),
    ("not only happy but surprised", "last_sentence", ["happy", "surprise"]),
    ("<think>She is certainly happy, the mouth", "none", []),
]


@pytest.mark.parametrize(("reply", "emotion", "strategy"), CLEAR)
def test_a_clear_label(reply: str, emotion: str, strategy: str) -> None:
    reading = read_reply(reply)
    assert (reading.emotion, reading.strategy) == (emotion, strategy)
    assert reading.candidates == (Emotion(emotion),)
    assert reading.span is not None
    assert [named.emotion for named in named_emotions(reply[slice(*reading.span)])] == [emotion]


@pytest.mark.parametrize(("reply", "strategy", "candidates"), ABSTAIN)
def test_no_clear_label(reply: str, strategy: str, candidates: list[str]) -> None:
    reading = read_reply(reply)
    assert (reading.emotion, reading.span) == (None, None)
    assert (reading.strategy, [*reading.candidates]) == (strategy, candidates)


@pytest.mark.parametrize(
    ("word", "emotion"),
    [
        *((word, "happy") for word in ("高兴", "快乐", "開心", "Delighted", "joy")),
        *((word, "sad") for word in ("悲伤", "难过", "sorrowful", "grief")),
        *((word, "angry") for word in ("愤怒", "生气", "anger", "ENRAGED")),
        *((word, "fear") for word in ("恐惧", "害怕", "afraid", "terrified")),
        *((word, "surprise") for word in ("惊讶", "吃惊", "astonished", "shocked")),
        *((word, "disgust") for word in ("厌恶", "恶心", "revulsion")),
        *((word, "neutral") for word in ("中性", "平静", "面无表情", "没有表情", "expressionless", "no emotion")),
    ],
)
def test_synonyms(word: str, emotion: str) -> None:
    assert [named.emotion for named in shown_emotions(word)] == [emotion]
    assert read_reply(f"<answer>{word}</answer>").emotion == emotion


@pytest.mark.parametrize("word", ["contempt", "excited", "contents", "mothers", "glade", "轻蔑", "Angerland", ""])
def test_what_is_none_of_ours(word: str) -> None:
    assert named_emotions(word) == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("There is no sign of anger", []),
        ("happy rather than sad", ["happy"]),
        ("she does not look sad; she is happy", ["happy"]),
        ("no doubt happy", ["happy"]),
        ("it rules out fear", []),
        ("不仅高兴，还很惊讶", ["happy", "surprise"]),
        ("非常高兴", ["happy"]),
        ("没有明显的愤怒", []),
        ("İstanbul happy", ["happy"]),
    ],
)
def test_negations(text: str, shown: list[str]) -> None:
    assert [named.emotion for named in shown_emotions(text)] == shown


@pytest.mark.parametrize(
    ("reply", "apart", "expected"),
    [
        ("<think>brows up</think><answer>happy</answer>", "", "brows up"),
        ("<thinking>\nbrows up\n</thinking>happy", "", "brows up"),
        ("brows up</think>\n<answer>happy</answer>", "", "brows up"),
        ("brows up\n<answer>happy</answer>", "", "brows up"),
        ("brows up. Final answer: happy", "", "brows up."),
        ('brows up\n```json\n{"emotion": "happy"}\n```', "", "brows up"),
        ("<answer>happy</answer>", "brows up", "brows up"),
        ("<think>brows up", "", "brows up"),
        ("<answer>happy</answer>", "", ""),
    ],
)
def test_reasoning_is_kept_apart(reply: str, apart: str, expected: str) -> None:
    assert read_reply(reply, reasoning=apart).reasoning == expected


ODD = [
    *("<answer>" * 1000, "<think>" * 1100, "{" * 8000, " " * 8000, "a</answer" * 900, "不" * 8000, "*" * 8000),
    *("emotion " * 1000, "not " * 2000, '{"a":' * 1600, "." * 8000, "<" * 8000),
]


@pytest.mark.parametrize("reply", ODD, ids=lambda reply: reply[:8])
def test_odd_replies_hold_no_label(reply: str) -> None:
    assert read_reply(reply).emotion is None


class TestProbability:
    def test_of_the_tokens_that_spell_the_label(self) -> None:
        tokens = [
            Token(text=text.encode(), logprob=p) for text, p in [("<answer>", -3.0), ("hap", -0.5), ("py<", -0.2)]
        ]
        assert label_probability("<answer>happy<", (8, 13), tokens) == pytest.approx(2.718281828**-0.7)

    def test_of_characters_in_several_tokens(self) -> None:
        whole = "情绪：高兴".encode()
        tokens = [Token(text=whole[:10], logprob=-1.0), Token(text=whole[10:13], logprob=-0.1)]
        tokens.append(Token(text=whole[13:], logprob=-0.2))
        assert label_probability("情绪：高兴", (3, 5), tokens) == pytest.approx(2.718281828**-1.3)

    def test_behind_reasoning_that_came_apart(self) -> None:
        tokens = [Token(text=b"happy? ", logprob=-9.0), Token(text=b"happy", logprob=0.0)]
        assert label_probability("happy", (0, 5), tokens) == 1.0

    @pytest.mark.parametrize("tokens", [[], [Token(text=b"sad", logprob=0.0)]])
    def test_of_tokens_that_spell_something_else(self, tokens: list[Token]) -> None:
        assert label_probability("happy", (0, 5), tokens) is None
