"""The patterns of `agent.questions`, for folded text: lower case, straight apostrophes, simplified characters."""

# ruff: noqa: E501  (an alternative is easier to read, and to extend, on one line)

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """How one language asks."""

    unmarked: re.Pattern[str]
    """A question although its mark is missing."""
    rhetorical: re.Pattern[str]
    """Asks nothing: over the whole sentence."""
    tag: re.Pattern[str]
    """Asks for a nod: over the whole sentence."""
    invitation: re.Pattern[str]
    """Closed in form, open in sense ("can you tell me about ..."): over a clause, first."""
    closed: re.Pattern[str]
    """Yes or no, one of two, a number: over a clause, second."""
    open: re.Pattern[str]
    """Invites a story: over a clause, last."""
    no_questions: re.Pattern[str]
    """A wish not to be asked."""
    reported: re.Pattern[str]
    """Such a wish of somebody else, told."""
    goodbye: re.Pattern[str]
    """A last clause that takes leave."""
    leaving: re.Pattern[str]
    """One that takes leave only when nothing of weight stands before it ("I have to go")."""
    courtesy: re.Pattern[str]
    """What carries no weight before one takes leave: thanks, the hour."""
    general: tuple[str, ...]
    """Open questions for a persona that has none in this language."""
    unfinished: frozenset[str]
    """Words a sentence does not end with."""
    ellipsis: str
    """For a sentence that was cut."""
    stop: str
    """For one that lacks its full stop."""


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_AUX = r"(?:am|is|are|was|were|do|does|did|have|has|had|can|could|will|would|shall|should|may|might|must)"
_NOT = r"(?:n't|nt)?"
_WH = r"(?:what|how|why|who|whom|whose|which|where|when)"
# what may stand before the question itself
_LEAD = (
    r"^(?:(?:and|but|so|or|well|now|then|ok|okay|oh|ah|hmm|yes|no|also|still|just|first|tell me|"
    r"i wonder|i'm curious|i am curious|if so|in that case|what's more)\s+)*"
)
_PREP = r"(?:(?:in|at|on|to|for|with|from|by|about|of|under|during|through|towards?)\s+)?"

_UNFINISHED: Final = (
    "a an the and or but of to in on at for with by from as than that which who if because so very "
    "your my his her their our its is are was were be been am do does did have has had can could will would shall should may might must not i'm you're it's i we"
)

EN: Final = Rules(
    unmarked=_any(
        rf"^(?:what|how|why|who|where|when)(?:'s|'re|'d| {_AUX}{_NOT}) (?!ever)\w+(?: \w+)+$",
        r"^(?:how|what) about \w+$",
    ),
    rhetorical=_any(
        r"^(?:but |and |so |well )?(?:who knows|who cares|why not|so what|guess what|you know what|what gives|what the (?:hell|heck|fuck))(?: \w+)?$",
        r"^(?:but |and |so |well )?why (?:not (?:just |maybe )?\w+ |don't we\b|don't you (?:just|try|give|start)\b)",
        r"^(?:but |and |so |well )?what(?:'s| is) (?:the (?:point|use|harm)|not to (?:like|love))\b",
        r"^(?:but |and |so |well )?how (?:hard|difficult|bad) can (?:it|that) be",
        r"^(?:but |and |so |well )?(?:how|why) (?:could|would|can) (?:anyone|anybody|somebody|someone)\b",
        r"^(?:but |and |so |well )?who (?:wouldn't|doesn't|hasn't|isn't|needs|am i to|are you to|says)\b",
        r"^(?:but |and |so |well )?(?:is|are|was|were|does|do|did|has|have|could|would|should)n't (?:it|that|this|life|we all|everyone|everybody)\b",
        r"^what (?:could|can) possibly\b",
        r"^(?:am i right|you know|see|remember|really|seriously|right)$",
    ),
    tag=_any(
        rf"[,;—–-] ?(?:and |or )?{_AUX}(?:n't|nt| not)? (?:i|you|he|she|it|we|they|there|that)$",
        rf"\w (?:ai|wo|ca|{_AUX})n't (?:i|you|he|she|it|we|they|there)$",
        r"[,;—–-] ?(?:right|no|yes|yeah|okay|ok|eh|huh|hm+|correct|true|is that (?:right|so)|don't you think|wouldn't you say|you know|am i right|if you like)$",
        r"\w (?:huh|eh)$",
        r"^(?:you|he|she|it|that|this|they|we|i|so|and)\b(?!.*\b(?:what|how|why)\b)(?!.*(?:is|are|was|were|be|feel|feels|seems?|'s) (?:\w+ )?right$).* right$",
    ),
    invitation=_any(
        rf"{_LEAD}(?:can|could|would|will|won't) you (?:please |maybe |perhaps )?(?:be (?:willing|able) to |mind )?"
        r"(?:tell|telling|share|sharing|describe|describing|explain|explaining|say|walk|walking|talk|talking|help me understand|elaborate|expand|give me)\b"
        r".*\b(?:about|more|what|how|why|who|which|where|when|through|through it|example|bit|elaborate|expand|describe|describing|explain|explaining)\b",
        rf"{_LEAD}(?:can|could|would|will) you (?:please )?(?:elaborate|describe|explain)\b",
    ),
    closed=_any(
        rf"{_LEAD}(?:{_AUX}|ca|wo|ai){_NOT} ",
        rf"{_LEAD}{_PREP}how (?:many|much (?!do|does|did|would|of)|old|long|often|far|tall|big|late|early|soon)\b",
        rf"{_LEAD}{_PREP}what (?:time|day|date|year|age)\b",
        rf"{_LEAD}what(?:'s| is| was) (?:your|his|her|their|its) (?:name|age|address|number)\b",
        rf"{_LEAD}where do you (?:live|work)$",
        r"^or (?:not|maybe|rather|just|is|are|do|did|was|were)\b",
    ),
    open=_any(
        # a subordinate clause ("when you wake up, ...") has no verb before its subject
        rf"{_LEAD}{_PREP}(?:when|where)(?:'s|'re|'d|'ll|(?: (?:else|exactly|in \w+ \w+))? {_AUX}{_NOT})\b",
        rf"{_LEAD}{_PREP}(?:what|how|why|who|whom|whose|which)(?:'s|'re|'d|'ll|'ve)?\b",
        rf"\b(?:{_WH}|{_WH} else)$",
        rf"\b(?:and|but|so) {_PREP}{_WH}(?:'s|'re|'d| {_AUX}{_NOT}) ",
        rf" {_PREP}(?:what|how|why|who|which) (?:{_AUX}{_NOT}) (?:you|your|it|that|this|the|they|he|she|we|i)\b",
        r"^(?:and |but |so )?(?:you|yourself|such as|like|because|meaning)$",
    ),
    no_questions=_any(
        r"\b(?:stop|quit|enough with|enough of)(?: with)? (?:asking|questioning|interrogating|(?:all )?(?:the|your|these|those) (?:\w+ )?questions)\b",
        r"(?:^|[.!,;] ?|\bplease |\band |\bso )no (?:more )?questions(?: please| today| now| tonight| okay| ok)*(?:$|[.!,;])",
        r"\b(?:do not|don't|dont|without) (?:ask(?:ing)?|question(?:ing)?) (?:me )?(?:any(?:thing)?|more|so many|questions|stuff|again)\b",
        r"(?:^|[.!,;] ?|\bplease |\bjust )(?:do not|don't|dont) ask(?: me)?(?: please| now| today)?(?:$|[.!,;])",
        r"\bi (?:do not|don't|dont) (?:want|feel like|wanna) (?:to )?(?:be(?:ing)? asked|answer(?:ing)? (?:any |more |your )?questions|any (?:more )?questions)\b",
        r"\bi (?:just|only) (?:want|need) (?:you )?(?:to )?(?:vent|listen|be heard)\b",
        r"(?:^|[.!,;] ?|\bplease |\bcan you |\bcould you )just listen(?: to me| please| for once)*(?:$|[.!,;?])",
    ),
    reported=_any(
        r"\b(?:he|she|they|everyone|people|someone|my \w+|the \w+) (?:\w+ ){0,2}(?:said|says|say|told|tells|tell|yelled|asked|asks|wants|wanted|screamed|snapped)(?: (?:me|us|him|her|them|that|at))*"
        r"[ ,:\"“]+(?:to |just |please )*(?:stop|quit|enough|no more|no questions|don't|dont|do not|not to|listen)\b[^.!?\n]{0,30}",
    ),
    goodbye=_any(
        r"(?:(?:ok|okay|alright|all right|well|anyway|thanks|thank you|so|right|yeah|and|now|hey) )*"
        r"(?:bye+|bye[ -]?bye|goodbye|good bye|good ?night|nighty? night|farewell|cya|ttyl|so long|take care|cheers bye|"
        r"see (?:you|ya|u)|talk (?:to (?:you|ya) )?(?:soon|later|tomorrow)|catch you later|until next time|later|"
        r"have a (?:good|nice|great) (?:day|night|evening|one|weekend))"
        r"(?: (?:for )?(?:now|then|later|soon|tomorrow|again|next (?:time|week)|everyone|all|attune|my friend|friend|tonight|around|bye))*",
    ),
    leaving=_any(
        r"(?:(?:ok|okay|alright|all right|well|anyway|thanks|thank you|so|right|yeah|and|now|hey|sorry|but) )*"
        r"(?:(?:i(?:'ve| have)? ?(?:got to|gotta|have to|need to|must|should)|gotta|i'm going to|i'll|let me|time to|i'm) (?:go|leave|run|head (?:out|off)|sleep|log off|heading (?:out|off)|off)(?: to bed| now| to sleep)?)"
        r"(?: (?:for )?(?:now|then|later|soon|tomorrow|again|next (?:time|week)|everyone|all|attune|my friend|friend|tonight|around|bye))*",
    ),
    courtesy=_any(
        r"(?:ok|okay|alright|all right|well|anyway|so|right|yeah|hey|sorry|now|oh)",
        r"(?:thanks|thank you|thx|cheers)(?: (?:so much|a lot|again|for \w+(?: \w+){0,2}|attune))*",
        r"(?:that|this|it) (?:really |already )?helped(?: me)?(?: a (?:lot|bit))?|(?:it was )?(?:nice|good|great|lovely) (?:to talk|talking|chatting|talk|chat)(?: (?:to|with) you)?",
        r"it'?s (?:getting |so |really |very )?late(?: here| now)?|i (?:feel|am feeling) (?:much |a bit |a lot )?better(?: now)?",
    ),
    general=(
        "What's on your mind right now?",
        "What would you like to tell me more about?",
        "How has that been for you?",
        "What matters most to you in this?",
    ),
    unfinished=frozenset(_UNFINISHED.split()),
    ellipsis="…",
    stop=".",
)

_ZH_WH = r"(?:什么|怎么|怎样|如何|为何|哪|谁|咋|啥|何时|何处|何种)"
_ZH_TELL = r"(?:说说|讲讲|聊聊|谈谈|分享|描述|展开|告诉我|说一说|讲一讲|聊一聊|谈一谈|多说|多讲|多聊|具体说|详细说|解释|举个例子|说得)"

ZH: Final = Rules(
    unmarked=_any(r"(?:吗|怎么样|怎样|如何|什么|为什么|咋样|怎么办|哪里|哪儿|是谁)$", r"^(?:那)?你呢$"),
    rhetorical=_any(
        r"难道|何必|何苦|何尝|岂不|岂能|谁知道呢?$|谁晓得|谁不(?:想|喜欢|知道|会)|谁又(?:能|会)|谁(?:在乎|管)",
        r"怎么(?:可能|能(?:不|这样|怪|说)|会不)|哪有(?:那么|这么|什么)|哪能(?:不|这)|有什么(?:用|意义|关系|大不了|了不起)呢?$",
        r"不(?:就)?是(?:很|更|也|最)?.{1,12}(?:嘛|么)$|^(?:是嘛|真的吗|真的假的|不会吧|你猜怎么着|开什么玩笑)$",
        # a suggestion: why not try
        r"(?:怎么|为什么|为何|干嘛|干吗|何)不(?![想愿敢能肯会喜爱让用])[^，。！？]{0,8}(?:试试|问问|看看|说说|聊聊|谈谈|想想|找找|听听|走走|歇歇|([试问看说聊谈想找听走歇])一\1|一下)",
    ),
    tag=_any(
        r"(?:^|[，,])那?(?:对吗|是吗|好吗|行吗|可以吗|好不好|行不行|可不可以|嗯)$|(?:对吧|是吧|对不对|是不是|不是吗)$",
        r"吧$",
    ),
    invitation=_any(
        rf"(?:能|可以|能不能|可不可以|能否|可否|愿意|愿不愿意|方便|不妨|麻烦你?).{{0,8}}{_ZH_TELL}.*(?:什么|怎么|怎样|如何|为何|哪|谁|更多|多一点|多一些|具体|详细|例子|感受|经过|经历|情况|故事|想法)",
        rf"(?:能|可以|能不能|可不可以|能否|愿意|愿不愿意).{{0,6}}(?:多说|多讲|多聊|具体说|详细说|说得|展开|描述|举个例子|说说|讲讲|聊聊|谈谈){_ZH_WH}?.*(?:吗|么)?$",
    ),
    closed=_any(
        r"吗$|(?:没有|了没|了么)$|有没有|是不是|要不要|能不能|会不会|想不想|可不可以|愿不愿意|好不好|需不需要|喜不喜欢|是否",
        r"(\w)不\1",
        r"(?:多少|多大|多久|多长|多远|多高|(?<![这那好前后近])几(?:点|个|岁|次|天|年|号|月|分|小时|种|位)|叫什么(?:名字)?$|什么名字)",
        rf"^(?!.*{_ZH_WH}).*还是",
    ),
    open=_any(_ZH_WH, r"呢$"),
    no_questions=_any(
        r"(?:别|不要|不许|甭|停止|少)(?:再|老|总|一直)?(?:是)?(?:提问|发问|追问|盘问|问(?!候|好|世|题[是在]))(?:我)?(?:问题|这么多|那么多|东西|什么)?(?:了|啦|吧|好吗)?(?=$|[，。！,.!\s])",
        # "no need to ask, he ..." is a way to begin a sentence
        r"不用(?:再|老|总|一直)?(?:提问|发问|追问|盘问|问)(?:我(?:问题|这么多|那么多|东西|什么)?(?:了|啦|吧|好吗)?(?=$|[，。！,.!\s])|(?:了|啦|吧)?[。！.!~～\s]*$)",
        r"不想(?:再)?(?:被(?:问|追问|盘问)|回答(?:任何)?(?:问题)?)",
        r"(?:只想|只是想|就想|只需要)(?:倾诉|吐槽|发泄|有人听|你听|说一说|说出来|被听见)",
        r"(?:你)?(?:听我说|听着|听)就(?:好|行|可以)",
    ),
    reported=_any(
        r"(?:他们?|她们?|老师|老板|领导|上司|妈妈?|爸爸?|父母|家人|婆婆|老公|老婆|男友|女友|男朋友|女朋友|朋友|同学|同事|别人|人家|大家|医生)(?:(?:对|冲|跟|朝|向)我)?[^，。！？\s我]{0,6}"
        r"(?:说|叫|让|骂|吼|喊|告诉|要|劝|警告)(?:过|了|着)?(?:我们?|你|他|她|大家)?[，,：:“\"「『\s]{0,2}(?:别|不要|不用|不许|甭|停止|少)[^，。！？\n]{0,10}",
    ),
    goodbye=_any(
        r"(?:好的?|好吧|嗯|那|谢谢你?|行|ok|今天|我们|咱们|就|先)*"
        r"(?:再见|拜+|拜拜|掰掰|晚安|回见|回聊|明天见|下次见|回头见|改天见|下次(?:再)?聊|回头(?:再)?聊|改天(?:再)?聊|明天(?:再)?聊|"
        r"(?:就)?(?:先)?(?:聊|说|到)(?:到)?(?:这里|这儿|这)|88|886)"
        r"(?:了|啦|吧|哦|喽|咯|呀|你|attune)*",
    ),
    leaving=_any(
        r"(?:好的?|好吧|嗯|那|谢谢你?|行|ok|今天|我们|咱们|就)*(?:我?(?:要|先|得|该)+(?:走|撤|下|睡|睡觉|去睡|去睡觉|休息|去休息|去忙|忙|下线)(?:了|啦)|我(?:走|撤|下|睡|去睡|去忙|下线)(?:了|啦))"
        r"(?:了|啦|吧|哦|喽|咯|呀|你|attune)*",
    ),
    courtesy=_any(
        r"(?:好的?|好吧|嗯+|那|行|ok|对了|不好意思|抱歉)(?:吧|啦|了)?",
        r"(?:今天|真的?|太|很|也|非常)*(?:谢谢|感谢|多谢)(?:你|您|啦|了|今天|陪我|听我说|聊天|的)*",
        r"(?:时间|已经|太|很|有点|挺|不早)*(?:晚|不早|早)了?|(?:和|跟)你聊(?:天)?(?:得)?(?:很|真|挺)?(?:开心|愉快|舒服)|(?:我)?(?:感觉|心里)?(?:好多|舒服多|轻松多)了",
    ),
    general=(
        "此刻你心里在想什么？",
        "哪一点你最想多说说？",
        "这件事对你来说是什么样的？",
        "这里面对你最重要的是什么？",
    ),
    unfinished=frozenset("的和与或但而把被在是让给对从向为因如就也还更最很都"),
    ellipsis="……",
    stop="。",
)
