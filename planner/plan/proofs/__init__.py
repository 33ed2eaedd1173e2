"""Independent checks of a plan, by theme. They read the plan alone and believe none of its sums."""
