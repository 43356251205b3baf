"""Engines: who holds the dialogues of a run.

`alone` does it in this process, `local` in processes of this machine, `ray_core` on the machines of a Ray cluster. What
comes of a task is the same with any of them. `crew` keeps workers busy, and gives the tasks of a lost one to others.
"""
