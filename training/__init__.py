"""How the demo family's model was tuned: on agentbench's own tasks, played by their solutions.

``python -m training`` makes the adapter for ``agentbench/serving/demo/adapter``; training/README.md says how.
"""
