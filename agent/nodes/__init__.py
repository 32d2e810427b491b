"""The nodes of a turn: each takes the state and the runtime, and returns the fields it changed."""

from agent.nodes.answer import answer, answer_crisis
from agent.nodes.guard import guard_input, guard_words
from agent.nodes.recall import recall
from agent.nodes.remember import remember
from agent.nodes.reply import check_reply
from agent.nodes.route import next_after_input, next_after_route, next_after_words, route
from agent.nodes.sense import plan_fusion, plan_raw, plan_words, sensing

__all__ = [
    "answer",
    "answer_crisis",
    "check_reply",
    "guard_input",
    "guard_words",
    "next_after_input",
    "next_after_route",
    "next_after_words",
    "plan_fusion",
    "plan_raw",
    "plan_words",
    "recall",
    "remember",
    "route",
    "sensing",
]
