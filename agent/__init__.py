"""filed-agent: takes a tax firm's documents from its folders to Filed, and proves it."""

__version__ = "0.1.0"
