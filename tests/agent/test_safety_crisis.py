"""Signs of danger are found in both languages, and everyday exaggeration is left alone."""

from __future__ import annotations

import time
from dataclasses import fields

import pytest

from agent.safety import CrisisSignal, check_crisis
from agent.safety.normalise import normalise

pytestmark = pytest.mark.unit

ACUTE = """
    I want to die
    I don't want to live anymore, I'm going to kill myself tonight
    i wanna die
    I’m going to end my life
    I have been thinking about suicide
    I took all my pills
    how many sleeping pills would kill me
    I keep cutting myself
    I can’t stop thinking about killing myself
    kill   MYSELF
    I just want to k i l l myself
    I feel suicidal
    I want to jump off a bridge
    My dog died and I want to die
    She left me and I want to end it all
    I keep thinking "I want to die"
    我想死
    我不想活了
    活着没意思，我想自杀
    她不要我了，我不想活了
    我想結束自己的生命
    我 想 死
    我准备跳楼
    怎么死不痛苦
    我想去死
    我又割腕了
    不如死了算了
    想死
    我想离开这个世界
    我想死很久了
    想死很久了
    我想死已经好几年了
    我想死很多次了
    想死好几次了
    我想死你会难过吗
    我真的想死我受不了了
    想死这件事我想了很久了
    我好想死妈妈，对不起
    我做梦都想死
    我梦里都想死
    玩游戏的时候也想死
    我忙得想死
    我无聊到想死
    我不是没想过死
    I've wanted to die for years
    I've been wanting to die for years
    I'm better off dead
    I'd be better off dead
    I should just die
    I deserve to die
    let me die
    I took 40 pills
    I just took thirty sleeping pills
    I took a whole bottle of Tylenol
    I overdosed
    I overdosed on my antidepressants
    I tried to kill myself last night
    Yesterday I tried to end my life
    I attempted suicide this morning
    让我死吧
    我恨不得去死
    我割了手腕
    我昨晚割了手腕
    我昨晚自杀过
    今天自杀未遂
    我刚才试图割腕
    我吃了四十片安眠药
    我吞了20颗止痛药
    我不想在这个世界上待了
    想从楼上跳下去
    被他抛弃了想死
    被我妈妈骂得想死
    和男朋友分手了想死
"""

CONCERN = """
    Everyone would be better off without me
    I don't want to be here anymore
    I wish I could go to sleep and never wake up
    There's no point in living
    I'm tired of living
    I'm not suicidal, just tired
    I tried to kill myself two years ago
    I won't be around much longer
    I've written goodbye letters
    life isn't worth living
    If I died nobody would care
    I have nothing to live for
    没有我大家会更好
    我是所有人的累赘
    真想一觉不醒
    活着好累
    我曾经想自杀
    我写好遗书了
    再见了，这个世界
    我真的撑不下去了
    I hope I don't wake up
    I don't see the point in living
    I can't live anymore
    I overdosed three years ago
    I tried to kill myself as a student, and today I teach
    我好想消失
    我以前割过手腕
"""

SIGNS = """
    I dont see a reason to go on living
    sometimes i think about ending it
    i'm thinking of ending everything
    I have a plan to kill myself
    can't do this anymore, I want out of life
    I wanna kill myself lol
    im gonna kms
    I hate myself and want to die
    I wish I had never been born
    my family would be happier without me
    I just want the pain to stop forever
    I want everything to end
    我真的好想死啊
    我想自我了断
    我现在站在楼顶，想跳下去
    我觉得活着没有意义
    我不想再醒来了
    我买了安眠药，想一次吃完
    我吃了一整瓶安眠药
    我想從這個世界上消失
    有時候我會想自殺
    我有轻生的念头
    太累了，想解脱
    如果我死了，会有人在乎吗
    我不想活了，但是我怕疼
    最近总想着死
    我想伤害自己
    nobody would notice if I was gone
    I'm going to hurt myself
    I have been cutting again
"""

SOMEONE_ELSE = """
    My friend says she wants to kill herself
    my brother is suicidal
    我朋友说她想自杀
    我妈说她不想活了
    他被她抛弃了想死
    My son is cutting himself
"""

BENIGN = """
    I'm dying of laughter
    I'm going to kill it at the interview
    笑死我了
    想死你了
    我想死你了
    想死妈妈做的饭了
    The news said a man killed himself yesterday
    新闻说有人跳楼自杀了
    He committed suicide in the movie
    my feet are killing me
    The song "I want to die" is stuck in my head
    电影里男主想自杀
    跳楼价大甩卖
    lethal dose of chocolate for dogs
    I don't want to die
    I cut myself shaving
    I hurt myself at the gym
    my phone died
    I would die for a coffee
    this deadline is killing me
    suicide squad was a fun movie
    《自杀小队》挺好看的
    累死了
    今天饿死我了
    尴尬得我想死
    I shot myself in the foot with that email
    I died laughing
    dying to see you
    I want to live here forever
    I don't want to live with my parents anymore
    I'm tired of living in this city
    I'm so done with this homework
    kill the process
    I don't want to wake up early tomorrow
    What a killer party
    爷爷离开了这个世界
    你是不是活腻了
    我要死了，太好笑了
    这关又跳楼死了
    I died three times in that boss fight
    I want diet coke
    她想死我了
    I could kill myself for forgetting your birthday
    The band is called Suicidal Tendencies
    I'm writing an essay about suicide prevention
    My plants are dying
    这个电影的台词“我不想活了”很经典
    他说这游戏的自杀机制很好玩
    昨晚做梦从楼上跳下来
    Goodbye, see you tomorrow
    what's the point of this meeting
    I need to end this conversation
    I can't go on vacation this year
    It's the end of my life as a student
    The character wants to kill himself in the book
    I'd rather die than eat that
    I almost died of embarrassment
    I wanted to die of embarrassment
    老板让我去死磕这个客户
    我想死磕到底
    我死党要结婚了
    Why do people commit suicide?
    有人想轻生被救下了
    医生说安乐死在那里合法
    How do I kill a zombie process
    我好想死你做的红烧肉了
    He is killing himself at work
    We are dying to know
    想死我妈了
    想死这口了
    想死你们啦
    想死家里的饭了
    想死小明了
    想死我奶奶包的饺子了
    想死那个味道了
    好想死你啊
    梦里我死了三次
    他在游戏里又自杀了
    困得想死
    尴尬得想消失
    让我死心吧
    我想消失几天去旅行
    我吃了两片安眠药
    我吃了二十颗草莓
    我不小心划破了手
    猫又想从窗台跳下去
    想从跳台上跳下去游泳
    I took 2 pills for my headache
    I took a bottle of water
    I took a bottle of aspirin with me on the trip
    I took ten photos
    I overdosed on chocolate
    I hope I don't wake up late tomorrow
    I can't live here anymore
    I can't live without coffee
    I don't see the point of living together
    I should die on this hill
    I've always wanted to die my hair red
    He deserves to die
    The game won't let me die
    The plan is better off dead
    I took 10 mg of aspirin
    今天看到新闻说有人自杀了
    今天听说有个明星自杀了
    that cake is to die for
"""


def lines(block: str) -> list[str]:
    return [line.strip() for line in block.split("\n") if line.strip()]


@pytest.mark.parametrize("text", lines(ACUTE))
def test_what_is_said_plainly_is_acute(text: str) -> None:
    signal = check_crisis(text, None)
    assert signal is not None
    assert (signal.level, signal.about) == ("acute", "self")


@pytest.mark.parametrize("text", lines(CONCERN))
def test_what_is_said_around_it_past_or_denied_is_a_concern(text: str) -> None:
    signal = check_crisis(text, None)
    assert signal is not None
    assert (signal.level, signal.about) == ("concern", "self")


@pytest.mark.parametrize("text", lines(SIGNS))
def test_signs_are_not_missed(text: str) -> None:
    signal = check_crisis(text, None)
    assert signal is not None
    assert signal.about == "self"


@pytest.mark.parametrize("text", lines(SOMEONE_ELSE))
def test_danger_to_somebody_close_is_about_them(text: str) -> None:
    signal = check_crisis(text, None)
    assert signal is not None
    assert (signal.level, signal.about) == ("concern", "other")


@pytest.mark.parametrize("text", lines(BENIGN))
def test_exaggeration_idiom_story_and_news_are_left_alone(text: str) -> None:
    assert check_crisis(text, None) is None


@pytest.mark.parametrize("text", ["", "   ", "?!", "ok", "嗯", "\x00\x01"])
def test_nothing_is_found_in_nothing(text: str) -> None:
    assert check_crisis(text) is None


@pytest.mark.parametrize("lang", ["en", "zh", "fr", None])
def test_every_language_is_looked_for_whatever_the_message_is_said_to_be_in(lang: str | None) -> None:
    assert check_crisis("hello, 我不想活了", lang) is not None
    assert check_crisis("唉, i want to die", lang) is not None


@pytest.mark.parametrize(
    "text",
    [
        "I don’t want to live anymore",
        "i dont  want\tto LIVE anymore",
        "I DON'T WANT TO LIVE ANYMORE",
        "Ｉ want to die",
        "k i l l myself",
        "k.i.l.l myself",
        "kill\u200b myself",
        "我 不 想 活 了",
        "我\u200b想死",
        "我想自殺",
    ],
)
def test_spelling_does_not_hide_a_sign(text: str) -> None:
    assert check_crisis(text) is not None


def test_a_plain_wish_outweighs_a_joke_and_the_worry_for_another() -> None:
    signal = check_crisis("My sister is suicidal, dying of laughter is over, and I want to die too.")
    assert signal is not None
    assert (signal.level, signal.about) == ("acute", "self")


def test_a_signal_holds_none_of_the_words() -> None:
    signal = check_crisis("I want to kill myself tonight at the old mill")
    assert signal is not None
    assert {field.name for field in fields(CrisisSignal)} == {"level", "about", "code"}
    assert "mill" not in repr(signal)


def test_a_long_message_is_read_to_its_end_in_little_time() -> None:
    assert check_crisis("I had a day like any other day, and then another. " * 400 + "I want to die.") is not None
    assert check_crisis("我今天过得还可以，" * 2000) is None


@pytest.mark.parametrize(
    "piece", ["想死", "想从", "被他", "梦", "i have ", "i took ", "today ", "i just just ", "吃了", "恨不得就", "i "]
)
def test_repetition_costs_no_more_than_length(piece: str) -> None:
    check_crisis("warm")
    start = time.process_time()
    check_crisis(piece * 8000)
    assert time.process_time() - start < 2.0


def test_normalising_leaves_ordinary_text_readable() -> None:
    assert normalise("I’m  FINE.\nReally") == "im fine.\nreally"
    assert normalise("這個 樓 很 高") == "这个楼很高"
