"""How fast agentbench is: ratios against floors and peers, measured side by side in one run."""
