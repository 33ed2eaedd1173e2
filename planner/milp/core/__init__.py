"""Large fleets: commitments are decided once, and given them every block is a small problem with the same prices.

The value of a block in the commitments is convex, and one set of dual prices bounds it from below in every
block. `search` collects such prices until the commitments are proven, `whole` then runs each block in whole
nodes and replicas, and `dual` proves blocks with the tables of `replicas`. `applies` says for which questions this is
exact.
"""
