"""The row kinds of a plan, by theme. Read them through `planner.plan.plan`."""
