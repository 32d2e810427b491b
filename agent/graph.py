"""The turn as a graph: nodes, edges, routing, and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from langgraph.graph import END, START, StateGraph

from agent import nodes
from agent.casting import node_of
from agent.nodes.route import CRISIS
from agent.nodes.timing import timed, watched
from agent.safety import DeploymentContext, check_gate
from agent.state import TurnContext, TurnState
from agent.tools import FUSION_TOOLS, RAW_TOOLS, WORD_TOOLS, perceive_audio, perceive_text, perceive_vision
from perception import Modality
from personas import CUSTOM


def build_graph(
    personas: Collection[str],
    *,
    modalities: Collection[Modality] = tuple(Modality),
    deployment: DeploymentContext = DeploymentContext.PERSONAL,
) -> StateGraph[TurnState, TurnContext, TurnState, TurnState]:
    """The graph of a turn, with one node for each persona.

    Raises:
        GateClosed: the deployment context forbids one of the modalities; the message cites the rule.
    """
    check_gate(deployment, modalities)
    tools = {Modality.VISION: perceive_vision, Modality.AUDIO: perceive_audio, Modality.TEXT: perceive_text}
    left_out = [tool for modality, tool in tools.items() if modality not in modalities]
    graph = StateGraph(TurnState, context_schema=TurnContext)

    def add(name: str, node: Any) -> None:
        graph.add_node(name, timed(name, node))

    add("guard_input", nodes.guard_input)
    add("sense_raw", nodes.sensing([tool for tool in RAW_TOOLS if tool not in left_out], nodes.plan_raw))
    add("guard_words", nodes.guard_words)
    add("sense_words", nodes.sensing([tool for tool in WORD_TOOLS if tool not in left_out], nodes.plan_words))
    add("fuse", nodes.sensing(FUSION_TOOLS, nodes.plan_fusion))
    add("recall", nodes.recall)
    add("route", nodes.route)
    add("check_reply", nodes.check_reply)
    # it writes the trace, so it cannot be in it
    graph.add_node("remember", watched("remember", nodes.remember))

    graph.add_edge(START, "guard_input")
    graph.add_conditional_edges("guard_input", nodes.next_after_input, {"go_on": "sense_raw", "recall": "recall"})
    graph.add_edge("sense_raw", "guard_words")
    graph.add_conditional_edges("guard_words", nodes.next_after_words, {"go_on": "sense_words", "recall": "recall"})
    graph.add_edge("sense_words", "fuse")
    graph.add_edge("fuse", "recall")
    graph.add_edge("recall", "route")

    speakers = {node_of(name): nodes.answer for name in (*personas, CUSTOM)} | {CRISIS: nodes.answer_crisis}
    for name, node in speakers.items():
        add(name, node)
        graph.add_edge(name, "check_reply")
    graph.add_conditional_edges("route", nodes.next_after_route, list(speakers))
    graph.add_edge("check_reply", "remember")
    graph.add_edge("remember", END)
    return graph
