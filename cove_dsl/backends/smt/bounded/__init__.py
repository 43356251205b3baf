"""Small worlds, said exactly: bounded tables, lists and trajectories, in which every scalar is left to the solver.

The shape of a world (how many rows, how many events) is fixed when a question is written; what stands in it is open.
So a model is a whole world with a whole conversation in it, which can be replayed by the reference evaluator.
"""
