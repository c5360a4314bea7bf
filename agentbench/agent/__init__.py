"""The agent: its tools, its loop, and the client of model servers."""

from agentbench.agent.client import CASE_HEADER, ChatClient
from agentbench.agent.counting import ServerCounter
from agentbench.agent.definition import ToolDefinition
from agentbench.agent.loop import AgentRun, TurnNote, run_agent
from agentbench.agent.messages import Conversation
from agentbench.agent.prompts import SYSTEM_PROMPT, system_prompt
from agentbench.agent.replies import RawReply
from agentbench.agent.tools import TOOLS, tool_schemas

__all__ = [
    "CASE_HEADER",
    "SYSTEM_PROMPT",
    "TOOLS",
    "AgentRun",
    "ChatClient",
    "Conversation",
    "RawReply",
    "ServerCounter",
    "ToolDefinition",
    "TurnNote",
    "run_agent",
    "system_prompt",
    "tool_schemas",
]
