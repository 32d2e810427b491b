"""What the terminal chat says by itself."""

from __future__ import annotations

import locale
from typing import Final

TEXTS: Final[dict[str, dict[str, str]]] = {
    "agree": {
        "en": "By writing on you agree. /senses turns a sense off, /help lists the commands, /quit leaves.",
        "zh": "继续输入即表示同意。/senses 可关闭某个感官，/help 查看命令，/quit 退出。",
    },
    "help": {
        "en": "/persona NAME   another persona ({personas})\n"
        "/custom TEXT    a persona in one sentence\n"
        "/image FILE     send a picture with the next message\n"
        "/audio FILE     send a recording with the next message, or by itself with an empty line\n"
        "/senses NAME on|off   vision, audio or text\n"
        "/correct [EMOTION] [share]   you read me wrong; share lets it be exported as labelled data\n"
        "/yes, /no       answer an offered change of persona\n"
        "/retry          try the last message again after an error\n"
        "/quit           leave (Ctrl-C stops a reply)",
        "zh": "/persona 名称   换一个角色（{personas}）\n"
        "/custom 描述    用一句话描述一个角色\n"
        "/image 文件     随下一条消息发送图片\n"
        "/audio 文件     随下一条消息发送录音，或按回车单独发送\n"
        "/senses 名称 on|off   vision、audio 或 text\n"
        "/correct [情绪] [共享]   刚才读错了；加“共享”表示可作为标注数据导出\n"
        "/yes、/no       回答是否换角色\n"
        "/retry          出错后重试上一条消息\n"
        "/quit           退出（Ctrl-C 停止回复）",
    },
    "unknown": {
        "en": "there is no command {command}; /help lists them",
        "zh": "没有命令 {command}；输入 /help 查看",
    },
    "attached": {"en": "goes with the next message: {file}", "zh": "将随下一条消息发送：{file}"},
    "left_out": {"en": "left out: {reason}", "zh": "未发送：{reason}"},
    "senses": {"en": "senses on: {on}", "zh": "已开启的感官：{on}"},
    "offered": {"en": "{text} (/yes or /no)", "zh": "{text}（/yes 或 /no）"},
    "handed_over": {"en": "{persona} answers from now on", "zh": "现在由 {persona} 回答"},
    "corrected": {"en": "noted: not {read} but {emotion}", "zh": "记下了：不是{read}，是{emotion}"},
    "corrected_not": {"en": "noted: not {read}", "zh": "记下了：不是{read}"},
    "corrected_kept": {
        "en": "; it holds in this conversation, /correct again undoes it",
        "zh": "；本次对话内有效，再用一次 /correct 可以撤回",
    },
    "corrected_shared": {
        "en": "; it holds in this conversation, and may be exported as labelled data",
        "zh": "；本次对话内有效，并可作为标注数据导出",
    },
    "corrected_once": {"en": ", just now", "zh": "，仅限刚才"},
    "corrected_once_shared": {
        "en": ", just now; it may be exported as labelled data",
        "zh": "，仅限刚才；可作为标注数据导出",
    },
    "not_known": {"en": "what I read", "zh": "我读到的那样"},
    "cut": {"en": "[the model broke off here]", "zh": "[模型在此中断]"},
    "stopped": {"en": "[stopped; Ctrl-C again leaves]", "zh": "[已停止；再按 Ctrl-C 退出]"},
    "retry": {"en": "/retry tries again", "zh": "输入 /retry 重试"},
    "again": {"en": "going on with session {session}", "zh": "继续会话 {session}"},
    "agree_server": {
        "en": "By writing on, or with Enter, you agree. /senses turns a sense off, /help lists the commands, "
        "/quit leaves.",
        "zh": "继续输入或按回车即表示同意。/senses 可关闭某个感官，/help 查看命令，/quit 退出。",
    },
    "broken": {"en": "[the connection broke; trying again]", "zh": "[连接已断开，正在重试]"},
    "whole": {"en": "[connected again]", "zh": "[已重新连接]"},
    "bye_server": {
        "en": "The server keeps the conversation as session {session}",
        "zh": "服务器以会话 {session} 保存本次对话",
    },
    "bye": {
        "en": "See what was felt: attune history {session} --plot --out mood.png",
        "zh": "查看情绪记录：attune history {session} --plot --out mood.png",
    },
}


def say(key: str, lang: str, **values: object) -> str:
    """A text in the language people see."""
    return TEXTS[key][lang].format(**values)


def terminal_language() -> str:
    """`zh` where the terminal is set to Chinese, else `en`."""
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
