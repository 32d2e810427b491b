"""Transcripts with times, whose fillers, markers, repairs and pauses were counted by hand. No speech is heard here."""

from __future__ import annotations

import pytest

from perception import Status
from perception.speech import Fluency, Transcript, Word, measure_fluency

pytestmark = pytest.mark.unit

WORD = 0.25


def spoken(marked: str, lang: str) -> Transcript:
    """Words of a quarter of a second without gaps; `|0.6` is a silence of so many seconds."""
    words, now = [], 0.5
    for part in marked.split():
        if part.startswith("|"):
            now += float(part[1:])
            continue
        words.append(Word(text=part, start=round(now, 3), end=round(now + WORD, 3), probability=0.9))
        now += WORD
    text = ("" if lang == "zh" else " ").join(word.text for word in words)
    return Transcript(
        status=Status.OK, model="m", text=text, lang=lang, words=tuple(words), seconds=now + 1, speech_seconds=now
    )


def measured(marked: str, lang: str) -> Fluency:
    transcript = spoken(marked, lang)
    return measure_fluency(transcript.text, lang=lang, transcript=transcript)


# sentence, filled pauses, discourse markers, repairs by kind, silent pauses in seconds
Counted = tuple[str, list[str], list[str], list[str], list[float]]
ENGLISH: list[Counted] = [
    ("Um, |0.5 I think we should, uh, |0.3 leave now.", ["Um", "uh"], [], [], [0.5, 0.3]),
    ("Well, |0.2 you know, it was, like, really cold.", [], ["Well", "you know", "like"], [], []),
    ("I I want to |0.7 go home.", [], [], ["repetition"], [0.7]),
    ("I want, um, |1.2 I want to see the the doctor.", ["um"], [], ["repetition", "repetition"], [1.2]),
    ("We can meet on Monday, |0.4 I mean Tuesday.", [], [], ["revision"], [0.4]),
    ("I mean, |0.25 nobody told me anything about it.", [], ["I mean"], [], [0.25]),
    ("She wa- |0.3 wanted to call you.", [], [], ["repetition"], [0.3]),
    ("I was going to-- |0.9 Let's just start again.", [], [], ["restart"], [0.9]),
    ("The umbrella erred, so we |0.24 hummed a song.", [], [], [], []),
    ("It was very, very good, and I like you.", [], [], [], []),
    ("He went to the, uh, |0.5 to a small shop.", ["uh"], [], ["revision"], [0.5]),
    ("Uh-huh, that is right. |1.5 Mm-hmm.", [], [], [], [1.5]),
    ("So, erm, |0.6 they actually had had enough.", ["erm"], ["So"], [], [0.6]),
    ("You know what I mean, I know you well.", [], [], [], []),
    ("I thought, er, we thought it was, you know, |0.4 over.", ["er"], ["you know"], [], [0.4]),
    ("Hmm, |0.8 let's see, we need five, sorry, six chairs.", ["Hmm"], ["let's see"], ["revision"], [0.8]),
    ("I th- I think the ER is, basically, full.", [], ["basically"], ["repetition"], []),
    ("Ah, my |0.3 my book, eh, |0.3 I guess it is lost.", ["Ah", "eh"], [], ["repetition"], [0.3, 0.3]),
]
CHINESE: list[Counted] = [
    ("嗯， |0.6 我 觉得， 呃， |0.4 这个 问题 有点 难。", ["嗯", "呃"], [], [], [0.6, 0.4]),
    ("那个， |0.5 那个， 我 想 问 一下。", ["那个", "那个"], [], [], [0.5]),
    ("那个 人 是 我 的 朋友， |0.3 这个 菜 很 好吃。", [], [], [], [0.3]),
    ("我， 我 想， 就是， |0.8 回家。", [], ["就是"], ["repetition"], [0.8]),
    ("然后呢， |0.3 我们 就 去 看看 电影。", [], ["然后呢"], [], [0.3]),
    ("其实 我 不太 知道， |1.1 怎么说呢， 有点 害怕。", [], ["其实", "怎么说呢"], [], [1.1]),
    ("周一， |0.4 不对， 周二 开会。", [], [], ["revision"], [0.4]),
    ("嗯， 好的。", [], [], [], []),
    ("我们 我们 |0.2 明天 再说 吧。", [], [], ["repetition"], []),
    ("对， 对， 对， 就是 这样。", [], [], [], []),
    ("我 本来 想—— |0.9 算了， 我们 走 吧。", [], [], ["restart"], [0.9]),
    ("他 的 金额， 额头 都 对， |0.5 额， 我 忘了。", ["额"], [], [], [0.5]),
    ("我 想 买 那个， 呃， |0.7 苹果。", ["那个", "呃"], [], [], [0.7]),
    ("那么， |0.25 我们 休息 休息， 慢慢 聊。", [], ["那么"], [], [0.25]),
    ("然後， 嗯， |0.4 這個， 我 也 說不清楚。", ["嗯", "這個"], ["然後"], [], [0.4]),
    ("我 觉得 他， |0.3 我 觉得 他 是 个 好人。", [], [], ["repetition"], [0.3]),
    ("他 说， 你知道吗， |0.4 他 要 走 了。", [], ["你知道吗"], [], [0.4]),
]


@pytest.mark.parametrize(("lang", "counted"), [("en", each) for each in ENGLISH] + [("zh", each) for each in CHINESE])
def test_what_was_counted_by_hand(lang: str, counted: Counted) -> None:
    marked, filled, markers, repairs, pauses = counted
    fluency = measured(marked, lang)
    assert [filler.text for filler in fluency.filled_pauses] == filled
    assert fluency.fillers == len(filled)
    assert [marker.text for marker in fluency.discourse_markers] == markers
    assert [repair.kind for repair in fluency.repairs] == repairs
    assert fluency.delivery is not None
    assert [round(pause.seconds, 3) for pause in fluency.delivery.pauses] == pauses


def test_rates_of_a_sentence_counted_by_hand() -> None:
    """Ten words of 14 syllables in 2.5 s of words and 1.5 s of silent pauses."""
    fluency = measured("We walked |1.0 along the river until |0.5 it was dark again.", "en")
    delivery = fluency.delivery
    assert delivery is not None
    assert (fluency.words, fluency.syllables) == (10, 14)
    assert fluency.words_per_minute == 150.0
    assert fluency.pause_ratio == pytest.approx(1.5 / 4.0)
    assert delivery.seconds == pytest.approx(4.0)
    assert delivery.phonation_seconds == pytest.approx(2.5)
    assert delivery.speech_rate == pytest.approx(14 / 4.0)
    assert delivery.articulation_rate == pytest.approx(14 / 2.5)
    assert delivery.pauses_per_minute == pytest.approx(30.0)
    assert delivery.mean_pause_seconds == pytest.approx(0.75)
    assert delivery.mean_run_syllables == pytest.approx(14 / 3)


def test_in_chinese_a_character_is_a_syllable() -> None:
    fluency = measured("今天 天气 |0.5 很 好", "zh")
    assert (fluency.words, fluency.syllables) == (6, 6)
    assert fluency.words_per_minute == 240.0


def test_fillers_and_repairs_have_their_places() -> None:
    fluency = measured("I want, um, |1.2 I want to see the, uh, to see a doctor.", "en")
    um, uh = fluency.filled_pauses
    assert (um.word, um.seconds) == (2, 1.0)
    assert (uh.word, uh.seconds) == (8, 3.7)
    again, other = fluency.repairs
    assert (again.kind, again.reparandum, again.editing, again.correction) == ("repetition", "I want", "um", "I want")
    assert (again.word, again.seconds) == (0, 0.5)
    assert (other.kind, other.reparandum, other.editing, other.correction) == (
        "revision", "to see the", "uh", "to see a",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "lang", "parts"),
    [
        ("We meet on Monday, I mean Tuesday.", "en", ("revision", "Monday", "I mean", "Tuesday")),
        ("周一，不对，周二开会。", "zh", ("revision", "周一", "不对", "周二")),
        ("I was going to-- Let's start again.", "en", ("restart", "I was going to", "", "")),
        ("I I I know.", "en", ("repetition", "I I", "", "I")),
    ],
)
def test_a_repair_has_its_parts(words: str, lang: str, parts: tuple[str, ...]) -> None:
    (repair,) = measure_fluency(words, lang=lang, transcript=None).repairs
    assert (repair.kind, repair.reparandum, repair.editing, repair.correction) == parts


@pytest.mark.parametrize(
    "words",
    [
        "No, no, thank you, thank you.", "New York, New York is far, far away.", "It is 5 mm wide.", "What a day, eh?",
        "I said, no, he may not.", "All is well. She did so. I know so.", "two two four four", "blah blah blah",
        "好的，好的，没有，没有。",
        "这是这个，那是那个。", "常常慢慢看看。", "谢谢谢谢", "嗯嗯，我知道了。", "他打嗝，呃逆不停。",
    ],
)  # fmt: skip
def test_fluent_speech_is_not_counted(words: str) -> None:
    fluency = measure_fluency(words, lang="en", transcript=None)
    assert (fluency.fillers, fluency.discourse_markers, fluency.repairs) == (0, (), ())


def test_typed_words_have_counts_and_nothing_in_time() -> None:
    fluency = measure_fluency("um I I think, you know, that we should all of us leave", lang="en", transcript=None)
    assert (fluency.fillers, len(fluency.discourse_markers), len(fluency.repairs)) == (1, 1, 1)
    assert (fluency.delivery, fluency.heard, fluency.hesitation_score, fluency.words_per_minute) == (None,) * 4
    assert fluency.filled_pauses[0].seconds is None


def test_many_repairs_and_hesitation_are_told() -> None:
    fluency = measured("I I want |0.9 the the uh |0.9 red red one um |0.9 for for my |0.9 sister at home", "en")
    cues = {cue.code: cue.params for cue in fluency.cues}
    assert cues["many_repairs"] == {"count": 4}
    assert fluency.hesitation_score is not None
    assert cues["hesitant"] == {"score": round(fluency.hesitation_score, 2)}
    fluent = measured("I want the red one for my sister and for her friends at home", "en")
    assert fluent.hesitation_score == 0.0
    assert not {"many_repairs", "hesitant"} & {cue.code for cue in fluent.cues}


def test_a_few_words_say_nothing_of_hesitation() -> None:
    assert measured("um |0.9 yes I do", "en").hesitation_score is None
