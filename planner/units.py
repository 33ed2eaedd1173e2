"""The few conversions and calendar conventions the planner uses, each written once.

A month is one twelfth of a 365-day year (730 h), a week 168 h; a period has as many "typical
weeks" as fit its hours. Memory is GiB (2**30 bytes), bandwidth GB/s (10**9 bytes), money USD.
"""

from __future__ import annotations

BYTES_PER_GIB = 2**30
BYTES_PER_GB = 10**9
FLOPS_PER_TFLOPS = 10**12
SECONDS_PER_HOUR = 3600
MS_PER_S = 1000.0
MINUTES_PER_HOUR = 60
HOURS_PER_DAY = 24
HOURS_PER_WEEK = 168
HOURS_PER_YEAR = 8760
HOURS_PER_MONTH = HOURS_PER_YEAR / 12
MONTHS_PER_PERIOD = {"month": 1, "quarter": 3, "year": 12}
MONTHS_PER_TERM = {"reserved_1y": 12, "reserved_3y": 36}
TOKENS_PER_PRICE_UNIT = 1_000_000
