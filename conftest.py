"""Registers the plugin in a checkout, installed or not."""

pytest_plugins = ["agentbench.plugin"]
