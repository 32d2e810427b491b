"""Plain sentences people type to a chat agent, composed here because no corpus has them.

GoEmotions maps curiosity to surprise, so a model that saw only Reddit takes "What time is it?" for amazement; neither
it nor Weibo has small talk, stated feelings with a negation, or the rarer emoji. A line is an emotion and a template;
each placeholder runs through its fillers. Rows made of these are never held out, so no figure is better for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product
from typing import Final

_PLACE: Final = re.compile(r"\{(\w+)\}")
_MOST: Final = 60

_EMOJI: Final = {
    "happy": "🙂 😉 😀 😄 😊 🥰 😍 🎉 👍 ❤ 😂 🤣 😁 🥳 😘 💕 🙏 😎",
    "sad": "😢 😭 😔 😞 💔 🥺 😥 ☹ 🙁 😿",
    "angry": "😡 🤬 😠 💢 👿",
    "fear": "😱 😨 😰 😧",
    "surprise": "😮 😲 😯 🤯 😳",
    "disgust": "🤢 🤮",
    "neutral": "😐 👋 👌",
}

_FILLERS: Final = {
    "very": ("", "so ", "really ", "very ", "pretty ", "a bit "),
    "glad": ("happy", "glad", "excited", "thrilled", "proud", "grateful", "relieved", "delighted", "cheerful"),
    "down": ("sad", "lonely", "down", "depressed", "heartbroken", "miserable", "hopeless", "empty", "alone", "blue"),
    "mad": ("angry", "furious", "mad", "annoyed", "pissed off", "frustrated", "outraged", "irritated", "fed up"),
    "afraid": ("scared", "afraid", "nervous", "anxious", "worried", "terrified", "stressed", "frightened", "panicking"),
    "amazed": ("surprised", "shocked", "astonished", "amazed", "stunned", "speechless"),
    "sick": ("disgusted", "grossed out", "repulsed", "revolted", "nauseated"),
    "topic": ("work", "my job", "the exam", "tomorrow", "my family", "the news", "my interview", "the move", "money"),
    "person": (
        "my boss",
        "my friend",
        "my brother",
        "my girlfriend",
        "my husband",
        "my mom",
        "my neighbor",
        "he",
        "she",
    ),
    "loved": ("dog", "cat", "grandmother", "dad", "best friend", "uncle"),
    "thing": ("python", "the app", "my phone", "this recipe", "a bank account", "the train station", "the library"),
    "task": ("write an email", "plan a trip", "learn english", "cook rice", "reset my password", "find a hotel"),
    "when": ("today", "tomorrow", "at three o'clock", "on monday", "next week", "this evening"),
    "city": ("berlin", "london", "tokyo", "paris", "shanghai", "new york"),
    "role": ("an engineer", "a teacher", "a nurse", "a student", "a designer"),
    "noun": ("capital", "population", "price", "size", "colour", "address", "name", "number", "meaning", "cause"),
    "of": (
        "australia",
        "this city",
        "the hotel",
        "the product",
        "the book",
        "that word",
        "the company",
        "the building",
    ),
    "way": ("bus", "train", "road", "flight", "line"),
    "goal": ("the airport", "the city centre", "the museum", "the hospital", "the beach"),
    "open": ("the museum", "the shop", "the bank", "the film", "the lesson", "the game"),
    "do": ("translate", "summarise", "explain", "check", "read", "rewrite", "shorten", "find"),
    "text": ("this sentence", "this article", "this paragraph", "the letter", "the report", "this word", "the file"),
    "many": ("pages", "people", "days", "rooms", "questions", "countries"),
    "food": ("soup", "food", "sandwich", "coffee", "salad"),
    "很": ("", "很", "好", "特别", "非常", "有点", "真的很"),
    "乐": ("开心", "高兴", "快乐", "幸福", "兴奋", "激动", "感动"),
    "悲": ("难过", "伤心", "失落", "孤独", "沮丧", "绝望", "委屈", "心痛"),
    "怒": ("生气", "愤怒", "恼火", "气愤", "火大", "不爽"),
    "惧": ("害怕", "紧张", "担心", "焦虑", "恐惧", "不安", "慌"),
    "惊": ("惊讶", "吃惊", "意外", "震惊"),
    "厌": ("恶心", "反胃", "厌恶"),
    "事": ("工作", "考试", "面试", "手术", "家里的事", "明天的事", "比赛"),
    "人": ("老板", "同事", "朋友", "妈妈", "男朋友", "女朋友", "室友", "他"),
    "亲": ("奶奶", "爷爷", "我的狗", "我的猫", "外婆"),
    "时": ("今天", "明天", "周一", "下周", "晚上", "下午三点"),
    "地": ("北京", "上海", "广州", "成都", "杭州"),
    "物": ("牛奶", "面包", "苹果", "水", "书"),
    "动": ("翻译", "总结", "解释", "检查", "修改", "读", "查"),
    "文": ("这句话", "这篇文章", "这段话", "这封信", "这份报告", "这个词"),
    "项": ("首都", "人口", "价格", "地址", "名字", "意思"),
    "的": ("澳大利亚", "这个城市", "那家酒店", "这个产品", "这本书", "那个词"),
    "去": ("机场", "火车站", "医院", "博物馆", "邮局"),
    "做": ("写邮件", "做饭", "学英语", "订酒店", "安装软件", "重置密码"),
}

_ENGLISH: Final = """
happy i'm {very}{glad} | i feel {very}{glad} today | i'm {very}{glad} about {topic} | i am {glad} to see you
happy i got the job! | i passed! | i passed the exam | we won! | my daughter was born | it worked! | i did it!
happy today was a great day | that's great news | this made my day | i got promoted | she said yes! | best day ever
sad i'm {very}{down} | i feel {very}{down} today | i've been feeling {very}{down} lately | {topic} makes me {down}
sad i'm not {glad} | i am not {very}{glad} today | i don't feel {glad} | i'm not feeling good | i don't feel well
sad my {loved} died | my {loved} passed away last night | i miss my {loved} | {person} left me | i broke up with her
sad nobody calls me | nobody cares about me | nobody understands me | i have no friends | i feel so alone
sad i lost my job
sad i failed again | i failed my exam | i just want to cry | i can't stop crying | i'm fine, i guess
sad i lost everything
angry i'm {very}{mad} | i feel {very}{mad} today | i'm {very}{mad} about {topic} | {person} makes me {mad}
angry {person} lied to me | {person} yelled at me in front of everyone | {person} never listens to me | how dare you
angry i can't believe you did that! | how could you do this to me! | this is so unfair | that's not fair
angry leave me alone!
angry i'm sick of this | i'm sick of {topic} | i've had enough | stop it! | stop lying to me | shut up
angry get out of here
fear i'm {very}{afraid} | i feel {very}{afraid} | i'm {very}{afraid} about {topic} | {topic} makes me {afraid}
fear what if they find out? | what if i fail? | what if something goes wrong? | i keep worrying about {topic}
fear i can't sleep, i keep worrying | something bad is going to happen | i'm having a panic attack
fear my heart is racing
surprise i'm {very}{amazed} | i never expected that | i didn't see that coming | i had no idea! | no way! | really?!
surprise wait, what?! | are you serious?! | you're kidding! | oh my god, what?! | i was not expecting this
surprise wow, seriously?
disgust i'm {very}{sick} | that's gross | that's so gross | this is disgusting | ew, gross | yuck | that's nasty
disgust there was hair in my {food} | there was a bug in my {food} | the {food} smelled rotten
disgust it makes me want to vomit
neutral i'm not {mad} | i'm not {down} | i'm not {afraid} | i'm not {very}{mad} | i am not {very}{down}
neutral what time is it? | what day is it? | what's the weather like {when}? | will it rain {when}?
neutral where is {thing}?
neutral how do i {task}? | can you help me {task}? | can you tell me about {thing}? | could you explain {thing}?
neutral how does {thing} work? | what is {thing}? | how do i install {thing}? | where can i find {thing}?
neutral how far is {city}?
neutral can you tell me the weather {when}? | what do you know about {city}? | do you know {city}? | what can you do?
neutral who are you? | how old are you? | where are you from? | what's your name? | how are you? | what's up?
neutral what is the {noun} of {of}? | what's the {noun} of {of}? | can you tell me the {noun} of {of}?
neutral which {way} goes to {goal}?
neutral how do i get to {goal}? | when does {open} open? | what time does {open} start?
neutral how many {many} are there? | how much is it?
neutral could you {do} {text} for me? | can you {do} {text}? | please {do} {text} | would you {do} {text}, please?
neutral the {noun} of {of} is on the page | the {way} to {goal} leaves {when} | {open} opens {when}
neutral it has twelve {many}
neutral what do you mean? | what does it mean? | why? | who is that? | where are you? | what are you doing?
neutral which one? | when?
neutral are you there? | is it open {when}? | do you have time {when}? | what should i wear {when}?
neutral what should i eat {when}?
neutral hello | hi | hi there | hey | good morning | good evening | ok | okay | yes | no | maybe | i see | sure
neutral alright | bye
neutral i work as {role} | i work as {role} in {city} | i live in {city} | i'm {role} | my name is tom
neutral i'm from {city}
neutral i went to the store | i'm going to {city} {when} | the meeting is {when} | i have a meeting {when}
neutral i had {food}
neutral let's talk about {topic} | i want to talk about {topic} | i want to {task} | tell me about {city}
neutral i don't know
"""

_CHINESE: Final = """
happy 我{很}{乐} | 今天{很}{乐} | 见到你{很}{乐} | 我升职了 | 我考上了 | 我通过了! | 我们赢了 | 我找到工作了
happy 太好了 | 太棒了
happy 谢谢你 | 今天过得很好 | 这真是个好消息 | 我成功了 | 她答应我了 | 终于放假了 | 我爱你
sad 我{很}{悲} | 今天{很}{悲} | 最近{很}{悲} | 想到{事}就{很}{悲} | 我不{乐} | 我一点也不{乐} | 最近心情不好
sad 心情很差
sad {亲}去世了 | {亲}走了 | 我好想{亲} | 我和{人}分手了 | {人}离开我了 | 没有人理解我 | 没人关心我 | 我没有朋友
sad 我失业了
sad 我好想哭 | 我一直在哭 | 我又失败了 | 考试没考好 | 我什么都没有了 | 我好累 | 活着没意思
angry 我{很}{怒} | {人}让我{很}{怒} | 想到{事}就{很}{怒} | {人}骗了我 | {人}当着大家的面骂我 | {人}从来不听我说话
angry 气死我了 | 你怎么能这样! | 你怎么可以这样对我 | 太过分了 | 凭什么 | 太不公平了 | 滚 | 滚开 | 闭嘴
angry 我受够了 | 别烦我
fear 我{很}{惧} | {事}让我{很}{惧} | 我{惧}{事} | {时}要去{事},我{很}{惧} | 我怕{事} | 吓死我了 | 万一出事怎么办
fear 我担心会出事
fear 我{很}{惧},睡不着 | 万一失败了怎么办 | 总觉得要出事 | 我心跳得好快
surprise 我{很}{惊} | 没想到会这样 | 真没想到 | 完全没想到{人}会来 | 天哪,真的吗? | 真的假的?! | 不会吧
surprise 居然是你 | 怎么可能!
surprise 什么?! | 我的天 | 太意外了 | 竟然是这样
disgust {很}{厌} | 我觉得{很}{厌} | 看着就{厌} | 真恶心 | 太恶心了 | 饭里有头发,好恶心 | 太脏了,想吐 | 臭死了
disgust 令人作呕
neutral 我没{怒} | 我没有{怒} | 我不{怒} | 我没有{悲} | 我不{悲} | 我不{惧} | 我没有{惧}
neutral 现在几点了? | 今天星期几? | {时}天气怎么样? | {时}会下雨吗 | 你能告诉我{时}的天气吗 | 怎么{做}?
neutral 你能教我{做}吗
neutral 你能帮我{做}吗 | {地}在哪里? | {地}有多远? | 你知道{地}吗 | 你是谁? | 你叫什么名字? | 你会做什么? | 你多大了
neutral {的}的{项}是什么? | 你知道{的}的{项}吗 | 去{去}坐几路车? | {去}怎么走? | {去}几点开门? | 请帮我{动}{文}
neutral 你能{动}{文}吗
neutral 帮我{动}一下{文} | 他住在{去}旁边 | {去}在前面 | 什么意思? | 为什么? | 哪一个? | 多少钱? | 继续 | 继续说
neutral 你在干什么
neutral 你好 | 您好 | 早上好 | 晚上好 | 好的 | 好 | 嗯 | 哦 | 行 | 可以 | 是的 | 不是 | 知道了 | 再见 | 随便 | 不知道
neutral 我在{地}工作 | 我住在{地} | 我叫小明 | 我是学生 | 我是老师 | 我是工程师 | 我来自{地} | 我买了{物}
neutral 我去超市买了{物}
neutral {时}有个会 | 会议在{时} | 我{时}去{地} | 我想聊聊{事} | 我们聊聊{事}吧 | 我想{做} | 说说{地}吧 | 我吃过饭了
"""


def phrases(lang: str) -> Iterator[dict[str, str]]:
    """Rows with `text` and `label7` for `en` or `zh`; always the same."""
    for line in (_ENGLISH if lang == "en" else _CHINESE).strip().splitlines():
        emotion, _, templates = line.partition(" ")
        for template in templates.split(" | "):
            yield from ({"text": text, "label7": emotion} for text in _filled(template, _FILLERS))
    for emotion, emoji in _EMOJI.items():
        for one in emoji.split():
            yield from ({"text": one * times, "label7": emotion} for times in (1, 2, 3))


def _filled(template: str, fillers: Mapping[str, Sequence[str]]) -> list[str]:
    """The template with every filler, or a fixed choice of them where there are very many."""
    names = _PLACE.findall(template)
    texts = [
        template.format_map(dict(zip(names, choice, strict=True))) for choice in product(*(fillers[n] for n in names))
    ]
    return sorted(texts, key=lambda text: sha256(text.encode()).digest())[:_MOST]
