"""Why a plan is as it is: its question asked again with one thing changed."""
