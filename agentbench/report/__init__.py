"""Results for people: live progress, the first screen, Markdown."""

from agentbench.report.markdown import markdown_summary
from agentbench.report.observer import RunObserver
from agentbench.report.pairwise import print_pair
from agentbench.report.progress import Progress
from agentbench.report.summary import print_summary
from agentbench.report.wording import wrong_detail_line

__all__ = ["Progress", "RunObserver", "markdown_summary", "print_pair", "print_summary", "wrong_detail_line"]
