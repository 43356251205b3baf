"""One side of the comparison with peers each: the same rules, stated in each one's own form.

Each side is a script of its own, run by the interpreter that has its library. It reads a job (JSON) from its standard
input and writes what it found to its standard output. See `peers.py`.
"""
