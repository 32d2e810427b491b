"""Open questions are told from the rest, and every reply that asks nothing gets exactly one."""

from __future__ import annotations

import time

import pytest

from agent.questions import (
    QuestionKind,
    classify_question,
    ends_with_open_question,
    is_goodbye,
    questions_in,
    repair,
    wants_no_questions,
)
from personas import LANGS, Persona, PersonaBook

pytestmark = pytest.mark.unit

KINDS = {
    ("en", QuestionKind.OPEN): """
        What happened?
        How did that make you feel?
        Why do you think she said it?
        What's on your mind?
        How are you?
        Where did it start?
        When do you feel most at peace?
        Who was there with you?
        Which part was the hardest?
        And how did it end?
        So what would you like to do?
        When you wake up, what is the first thing you feel?
        If you could change one thing, what would it be?
        What would you say to her, if she were here?
        I hear that it hurt, but what do you need now?
        Could you tell me more about that?
        Can you describe what it was like?
        Would you be willing to share how that felt?
        In what way did it change you?
        How about you?
        And you?
        You said what?
        Do you have a plan, and if so, what is it?
        What should we do to make it right?
        What does your mother think?
        Where in your body do you feel it?
        How come?
        what do you think about it
        Why don't you like him?
        """,
    ("en", QuestionKind.CLOSED): """
        Did you sleep well?
        Are you okay?
        Is it the money, or is it the time?
        Have you talked to her?
        Do you want to talk about it?
        Would you like to talk about it?
        When she left, did you cry?
        How many times did it happen?
        How old are you?
        What time is it?
        How long have you lived there?
        You went home?
        Can I ask you something?
        Do you know what you want?
        Do you feel sad, angry, or scared?
        Don't you like it?
        What's your name?
        """,
    ("en", QuestionKind.TAG): """
        That must have hurt, right?
        You miss him, don't you?
        It's cold today, isn't it?
        You're tired, huh?
        Let's try it, okay?
        You went there alone, no?
        """,
    ("en", QuestionKind.RHETORICAL): """
        Who knows?
        Who cares?
        Why not?
        What's the point?
        How hard can it be?
        How could anyone do that?
        Who wouldn't be angry?
        You know what?
        Isn't life strange?
        Why not ask him tomorrow?
        Why don't you try talking to him?
        """,
    ("en", QuestionKind.NONE): """
        I know how you feel.
        What a day!
        Tell me more.
        He asked, "What is wrong with you?" and left.
        Version 3.5 is out.
        See https://example.org/a?b=c for more.
        When you are ready.
        """,
    ("zh", QuestionKind.OPEN): """
        发生了什么？
        你今天过得怎么样？
        你为什么这么想？
        这件事对你意味着什么？
        你最担心的是哪一点？
        你什么时候会觉得最轻松？
        你呢？
        如果可以重来，你会怎么做？
        能多说说当时的感受吗？
        可以跟我讲讲发生了什么吗？
        愿意具体说说那时的情况吗？
        這件事讓你有什麼感覺？
        那你是怎么想的呢？
        谁陪在你身边？
        你今天怎么样
        你为什么不想谈谈这件事？
        你为什么不告诉妈妈？
        """,
    ("zh", QuestionKind.CLOSED): """
        你吃饭了吗？
        你还好吗？
        你是不是很累？
        你想不想去？
        有没有人陪你？
        你是想回家还是想留下？
        你今年几岁？
        现在几点？
        这件事持续了多久？
        你去了？
        你知道为什么吗？
        他後來回來了嗎？
        你去没去？
        """,
    ("zh", QuestionKind.TAG): """
        你很累，对吧？
        你想他了，是不是？
        我们慢慢来，好吗？
        你一定很难过吧？
        """,
    ("zh", QuestionKind.RHETORICAL): """
        难道你不累吗？
        何必呢？
        谁知道呢？
        怎么可能？
        这又有什么用呢？
        怎么不问问他呢？
        为什么不试试呢？
        何不一起去走走？
        为什么不跟她聊一聊？
        """,
    ("zh", QuestionKind.NONE): """
        我不知道为什么。
        今天天气很好。
        他问我“你怎么了？”，我没回答。
        多说一点。
        """,
}
LABELLED = [
    (lang, kind, line.strip()) for (lang, kind), lines in KINDS.items() for line in lines.split("\n") if line.strip()
]


@pytest.mark.parametrize(("lang", "kind", "sentence"), LABELLED, ids=lambda value: str(value))
def test_kinds_of_questions(lang: str, kind: QuestionKind, sentence: str) -> None:
    assert classify_question(sentence, lang) is kind
    assert classify_question(sentence) is kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I see. What happened?", True),
        ("I see. What happened? 😊", True),
        ("What happened? *tilts head*", True),
        ('"I see. What happened?"', True),
        ("**What happened?**", True),
        ("What happened? I'm here.", False),
        ("I see. Are you okay?", False),
        ("I see.", False),
        ("", False),
        ("我明白了。发生了什么？", True),
        ("我明白了。发生了什么呢？～", True),
        ("发生了什么？我在听。", False),
        ("你还好吗？", False),
        ("Dr. Lee said 3.5 hours. How was that for you?", True),
    ],
)
def test_whether_a_reply_ends_with_an_open_question(text: str, expected: bool) -> None:
    assert ends_with_open_question(text) is expected


def test_questions_are_found_where_they_stand() -> None:
    text = "That hurt, didn't it? I see. Are you okay?\nWhat happened then?"
    found = questions_in(text)
    assert [question.kind for question in found] == [QuestionKind.TAG, QuestionKind.CLOSED, QuestionKind.OPEN]
    assert all(text[question.start : question.end] == question.text for question in found)
    assert [q.text for q in questions_in("你累了吧？睡得怎么样？")] == ["你累了吧？", "睡得怎么样？"]


QUESTIONS = ["What hurts the most?", "What do you miss?", "How do you carry it?"]


@pytest.mark.parametrize(
    ("reply", "lang", "appended"),
    [
        ("That sounds hard.", "en", " What hurts the most?"),
        ("That sounds hard.\n", "en", "What hurts the most?"),
        ("That sounds hard", "en", ". What hurts the most?"),
        ("That sounds hard, isn't it?", "en", " What hurts the most?"),
        ("Who knows?", "en", " What hurts the most?"),
        ("I think you might be", "en", "… What hurts the most?"),
        ("I hear you,", "en", "… What hurts the most?"),
        ("I hear you 💛", "en", " What hurts the most?"),
        ("", "en", "What hurts the most?"),
        ("What happened?", "en", ""),
        ("What happened? I'm here for you.", "en", " What hurts the most?"),
        ("Did you sleep?", "en", " What hurts the most?"),
        ("Did you sleep? I worry.", "en", " What hurts the most?"),
        ("听起来很难。", "zh", "What hurts the most?"),
        ("听起来很难", "zh", "。What hurts the most?"),
        ("我觉得你的", "zh", "……What hurts the most?"),
        ("你睡得怎么样？", "zh", ""),
    ],
)
def test_a_reply_that_does_not_end_with_an_open_question_is_given_one(reply: str, lang: str, appended: str) -> None:
    assert repair(reply, questions=QUESTIONS, lang=lang) == appended


def test_a_reply_cut_at_its_token_limit_trails_off() -> None:
    assert repair("You are carrying a heavy load", questions=QUESTIONS, lang="en", cut=True).startswith("… ")


def test_a_closed_question_may_be_followed_by_an_open_one_where_that_is_wanted() -> None:
    assert repair("Did you sleep?", questions=QUESTIONS, lang="en") == " What hurts the most?"


def test_nothing_is_asked_twice_while_something_else_remains() -> None:
    asked: list[str] = []
    for turn in range(12):
        question = repair("Mm.", questions=QUESTIONS, fallback=["What now?"], asked=asked, lang="en", turn=turn).strip()
        assert question not in asked[-7:]
        asked.append(question)
    assert set(asked[:3]) == set(QUESTIONS)
    assert asked[3] == "What now?"
    assert asked[8] == asked[0]  # after the general ones, the one asked longest ago


def test_earlier_questions_count_however_they_were_written() -> None:
    asked = questions_in("So... what HURTS, the  most??")
    assert repair("Mm.", questions=QUESTIONS[:2], asked=asked, lang="en", turn=0) == " What do you miss?"


@pytest.mark.parametrize("name", ["chat", "counseling", "interview", "debate"])
@pytest.mark.parametrize("lang", LANGS)
def test_shipped_personas_keep_the_constraint_they_are_held_to(name: str, lang: str) -> None:
    persona: Persona = PersonaBook.load().get(name)
    replies = [persona.greeting_in(lang), *(example.assistant for example in persona.examples[lang])]  # type: ignore[index]
    for reply in replies:
        assert ends_with_open_question(reply, lang)
        assert len(questions_in(reply, lang)) == 1
    every = [question for by_lang in persona.questions.values() for question in by_lang[lang]]  # type: ignore[index]
    assert len(set(every)) == len(every) >= 40
    for question in every:
        assert [found.kind for found in questions_in(question, lang)] == [QuestionKind.OPEN], question


@pytest.mark.parametrize(
    "text",
    [
        "Please stop asking me questions.",
        "No more questions, please",
        "Don’t ask me anything today",
        "I don't want to answer questions",
        "I just need to vent",
        "can you just listen?",
        "别问了",
        "不要再问我问题了",
        "我不想回答问题",
        "我只想倾诉",
        "你听我说就好",
        "別問了",
        "不用问了",
        "不用再问我了，我想静静",
        "他说我傻，别问了",
        "She said I talk too much. Please stop asking me questions",
    ],
)
def test_a_wish_for_no_questions_is_heard(text: str) -> None:
    assert wants_no_questions(text)


@pytest.mark.parametrize(
    "text",
    [
        "Why don't you ask me a question?",
        "I have no questions about that",
        "Don't ask me why, but I love it",
        "He kept asking me questions",
        "别问题太大就行",
        "你有什么问题要问我吗",
        "I listen to music",
        "不用问，他肯定不爱我了",
        "老师说别再问了，我好委屈",
        "我妈妈对我吼：“别问了！”",
        "My boss told me to stop asking questions and I felt small",
        'She said, "no more questions"',
    ],
)
def test_talk_about_questions_is_no_such_wish(text: str) -> None:
    assert not wants_no_questions(text)


@pytest.mark.parametrize(
    "text",
    [
        "bye",
        "Goodbye!",
        "Okay, good night",
        "Thanks, see you tomorrow",
        "I have to go now",
        "gotta go",
        "ttyl",
        "That helped. Talk to you later!",
        "再见",
        "好的，晚安",
        "拜拜～",
        "谢谢你，我先走了",
        "那就先聊到这里吧",
        "我去睡了",
        "再見",
        "Thanks, that helped a lot. I have to go",
        "It's late, I should sleep",
        "He hits me every night. I have to leave. Bye",
        "很晚了，我先睡了",
        "今天谢谢你陪我，我要去睡觉了",
    ],
)
def test_a_goodbye_is_heard(text: str) -> None:
    assert is_goodbye(text)


@pytest.mark.parametrize(
    "text",
    [
        "I never said goodbye to her",
        "She left without a goodbye, and it hurt",
        "I hate goodbyes",
        "Good night's sleep matters",
        "I have to go to work tomorrow and I dread it",
        "他走了",
        "我还没跟她说再见",
        "晚安吻很重要",
        "",
        "I should leave my job",
        "He hits me every night. I have to leave",
        "I can't take this. I need to sleep",
        "I'm so tired. I should go",
        "他每天打我，我要走了",
        "我受不了了。我走了",
    ],
)
def test_a_word_about_goodbyes_is_none(text: str) -> None:
    assert not is_goodbye(text)


@pytest.mark.parametrize("piece", ["先", "今天", "好", "ok ", "我要", "bye ", "谢谢", "他说", "he said ", "怎么不"])
def test_repetition_costs_no_more_than_length(piece: str) -> None:
    start = time.process_time()
    for heard in (is_goodbye, wants_no_questions, classify_question):
        heard(piece * 10_000)
    assert time.process_time() - start < 1.0
