"""The embedded text perceiver, with the weights that ship."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perception import Emotion, ModelMissing, ModelRefused, Observation, Status, Utterance
from perception.models import shipped_weight
from perception.text import EmbeddedText
from perception.text.model import load_model
from perception.text.reading import READ

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def sense() -> EmbeddedText:
    made = EmbeddedText()
    made.warm_up()
    return made


def feel(sense: EmbeddedText, text: str, lang: str | None = None) -> Observation:
    return sense.perceive(Utterance(text=text, lang=lang))


@pytest.mark.parametrize(
    ("emotion", "text"),
    [
        (Emotion.HAPPY, "I am so happy to see you"),
        (Emotion.HAPPY, "Thank you so much, I love it!"),
        (Emotion.SAD, "I miss her so much, I feel so sad and lonely"),
        (Emotion.ANGRY, "I hate you, you are such an asshole"),
        (Emotion.FEAR, "I'm terrified, I'm so scared"),
        (Emotion.DISGUST, "That is disgusting"),
        (Emotion.SURPRISE, "Wow, I did not expect that!"),
        (Emotion.HAPPY, "太好了!我好开心"),
        (Emotion.SAD, "我今天很难过,一直在哭"),
        (Emotion.ANGRY, "气死我了,真不要脸"),
        (Emotion.FEAR, "我好害怕,吓死我了"),
    ],
)
def test_plain_sentences_are_felt(sense: EmbeddedText, emotion: Emotion, text: str) -> None:
    seen = feel(sense, text)
    assert seen.scores is not None
    assert (seen.scores.top, seen.status) == (emotion, Status.OK)
    assert seen.features is not None
    assert seen.features.shape == (7,)
    assert seen.features.dtype == np.float32
    assert 0 < seen.quality <= 1


@pytest.mark.parametrize("text", ["", "  \n\t ", "\u200b\ufe0f"])
def test_no_words_are_empty_and_not_neutral(sense: EmbeddedText, text: str) -> None:
    seen = feel(sense, text)
    assert (seen.status, seen.scores, seen.quality) == (Status.EMPTY, None, 0.0)


@pytest.mark.parametrize(
    ("text", "lang", "named"),
    [
        ("Je suis tellement content de te voir", None, "fr"),
        ("Estoy muy triste hoy", None, "es"),
        ("今日はとても悲しいです", None, "ja"),
        ("Мне очень грустно", None, "ru"),
        ("I am happy", "fr", "fr"),
        ("悲哀", "ja", "ja"),
        ("Мне очень грустно", "en", "ru"),
        ("今日はとても悲しいです", "zh", "ja"),
        ("我好唔開心", "yue", "yue"),
        ("Me siento fatal", None, "es"),
        ("Laat me met rust", None, "nl"),
        ("Le stress me tue", None, "fr"),
        ("Me muero", None, "es"),
    ],
)
def test_another_language_is_never_guessed_at(sense: EmbeddedText, text: str, lang: str | None, named: str) -> None:
    seen = feel(sense, text, lang)
    assert (seen.status, seen.scores) == (Status.UNSUPPORTED_LANGUAGE, None)
    assert [(cue.code, cue.params) for cue in seen.cues] == [("language_unsupported", {"language": named})]


@pytest.mark.parametrize(
    ("text", "lang", "model"),
    [
        ("I am so happy", "en-US", "text-en-minilm-2"),
        ("我很高兴", "zh_CN", "text-zh-e5-2"),
        ("I am so happy", "zh", "text-en-minilm-2"),
        ("我很高兴", "en", "text-zh-e5-2"),
        ("我的老板真的很 annoying, 气死我了", None, "text-zh-e5-2"),
        ("😭😭😭", None, "text-en-minilm-2"),
        ("好好笑😂の", "zh", "text-zh-e5-2"),
        ("他の我好喜欢", "zh", "text-zh-e5-2"),
        ("我很难过", "fr", "text-zh-e5-2"),
    ],
)
def test_the_script_outweighs_a_wrong_hint(sense: EmbeddedText, text: str, lang: str | None, model: str) -> None:
    assert feel(sense, text, lang).model == model


@pytest.mark.parametrize(
    ("text", "lang"), [("qwzrtplk", None), ("grmblfx zzyyx", "en"), ("龘靐齉", "zh"), ("...", "en")]
)
def test_words_nobody_knows_are_uncertain(sense: EmbeddedText, text: str, lang: str | None) -> None:
    seen = feel(sense, text, lang)
    assert seen.status is Status.UNCERTAIN
    assert seen.scores is not None
    assert seen.quality <= 0.5


@pytest.mark.parametrize("text", ["Me qwzrtplk", "So no grmblfx", "Me zzyyx da qwzrt", "In zzyyx"])
def test_a_word_that_many_languages_share_does_not_vouch_for_the_others(sense: EmbeddedText, text: str) -> None:
    assert feel(sense, text).status is not Status.OK


@pytest.mark.parametrize(
    "text", ["I lost my job", "so tired", "lol omg", "great!", "wtf dude", "me too", "so scared", "no clue", "kill me"]
)
def test_short_english_is_read(sense: EmbeddedText, text: str) -> None:
    assert feel(sense, text).scores is not None


@pytest.mark.parametrize("text", ["😭", "😂😂😂", "❤️", "👨‍👩‍👧‍👦", "🏳️‍🌈🇩🇪"])
@pytest.mark.parametrize("lang", [None, "en", "zh"])
def test_emoji_alone_are_read_or_doubted(sense: EmbeddedText, text: str, lang: str | None) -> None:
    assert feel(sense, text, lang).status in {Status.OK, Status.UNCERTAIN}


def test_emoji_tell(sense: EmbeddedText) -> None:
    seen = feel(sense, "😭😭")
    assert seen.scores is not None
    assert seen.scores.top is Emotion.SAD


def test_quality_grows_with_length_and_known_words(sense: EmbeddedText) -> None:
    short, long = feel(sense, "happy"), feel(sense, "I am so happy to see you again")
    strange = feel(sense, "I am zblorqt xqwpf gnrrk vwxzq plmkj")
    assert short.quality < long.quality
    assert strange.quality < long.quality


def test_a_megabyte_is_read_in_part_and_in_time(sense: EmbeddedText) -> None:
    for text in ("I am so happy to see you! " * 40_000, "我很高兴" * 250_000, "a" * 1_000_000, "\u0301" * 1_000_000):
        began = time.perf_counter()
        seen = feel(sense, text)
        assert time.perf_counter() - began < 1.0
        assert ("text_truncated", {"characters": READ}) in [(cue.code, cue.params) for cue in seen.cues]


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200), lang=st.sampled_from([None, "en", "zh", "de", "", "x-klingon"]))
def test_nothing_that_can_be_typed_raises(sense: EmbeddedText, text: str, lang: str | None) -> None:
    seen = feel(sense, text, lang)
    assert seen.scores is not None or seen.status in {Status.EMPTY, Status.UNSUPPORTED_LANGUAGE}


def test_a_lone_surrogate_does_not_raise(sense: EmbeddedText) -> None:
    assert feel(sense, "I am happy \ud83d").scores is not None


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    sense = EmbeddedText(weights=tmp_path)
    seen = feel(sense, "I am happy")
    assert seen.status is Status.MODEL_MISSING
    (cue,) = seen.cues
    assert cue.code == "model_missing"
    assert cue.params["model"] == "text-en-tfidf-3.npz"
    assert str(cue.params["command"]).startswith("attune train text")
    with pytest.raises(ModelMissing):
        sense.warm_up()


def test_weights_that_are_damaged_fail_and_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "text-en-tfidf-3.npz").write_bytes(b"damaged")
    seen = feel(EmbeddedText(weights=tmp_path), "I am happy")
    assert (seen.status, seen.scores) == (Status.FAILED, None)
    assert [cue.code for cue in seen.cues] == ["model_refused"]


@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_damage_within_a_stream_is_refused_and_not_raised(tmp_path: Path, at: float) -> None:
    data = bytearray(shipped_weight("text-en-tfidf-3.npz").read_bytes())
    start = int(at * len(data))
    data[start : start + 64] = bytes(byte ^ 0xFF for byte in data[start : start + 64])
    (tmp_path / "text-en-tfidf-3.npz").write_bytes(data)
    with pytest.raises(ModelRefused, match="reinstall attune-agent or train again"):
        load_model(tmp_path / "text-en-tfidf-3.npz")


def test_earlier_turns_are_read_where_the_model_has_learned_to(sense: EmbeddedText) -> None:
    for text, lang, changes in (("然后呢", "zh", True), ("And then?", "en", False)):
        alone = sense.perceive(Utterance(text=text, lang=lang))
        after = sense.perceive(Utterance(text=text, lang=lang, context=("我外公昨天去世了", "我一直在哭")))
        assert (alone.scores != after.scores) is changes


def test_embeddings_know_what_is_alike(sense: EmbeddedText) -> None:
    for texts in (
        ("How did that make you feel?", "What was that like for you?", "The train leaves at six."),
        ("你当时是什么感受?", "那时候你感觉怎么样?", "火车六点钟发车。"),
    ):
        vectors = sense.embed(texts)
        assert vectors.shape == (3, 384)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


def test_threads_share_a_sense() -> None:
    sense, seen = EmbeddedText(), list[Observation]()
    threads = [threading.Thread(target=lambda: seen.append(feel(sense, "I am so happy"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({observation.scores for observation in seen}) == 1
