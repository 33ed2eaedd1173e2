"""Plans beside plans: what changed, whether one still holds, and what if."""
