"""What patterns over Chinese need: its characters, and one script to write them in."""

from __future__ import annotations

import re
from typing import Final

HAN: Final = re.compile(r"[㐀-䶿一-鿿]")

# the characters the patterns of this package use, where traditional script writes them differently
_TRADITIONAL: Final = (
    "殺結輕樓藥殘離開這個們說沒還無燒遺書給讓覺為麼嗎會應過問話聽點幾時間難誰講談願樣對該見後歲號從來東裡煩壓嚇愛氣樂"
    "傷準備斷與靜罷別歡體長條靠幫須並決實際處將兩甚寫買繩鬧準飲彈臥軌燒炭義負擔嗎聊"
)
_SIMPLIFIED: Final = (
    "杀结轻楼药残离开这个们说没还无烧遗书给让觉为么吗会应过问话听点几时间难谁讲谈愿样对该见后岁号从来东里烦压吓爱气乐"
    "伤准备断与静罢别欢体长条靠帮须并决实际处将两什写买绳闹准饮弹卧轨烧炭义负担吗聊"
)
_TABLE: Final = str.maketrans(_TRADITIONAL, _SIMPLIFIED)


def simplified(text: str) -> str:
    """The same text, character by character, with the traditional characters that patterns need made simplified."""
    return text.translate(_TABLE)
