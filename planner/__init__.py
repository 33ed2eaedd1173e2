"""Fleet Planner: which GPUs to rent or buy for serving language models, how many, run how, at what cost."""

__version__ = "0.1.0"
