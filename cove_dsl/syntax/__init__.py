"""Text to surface tree. The only floor that imports Lark, and only when something has to be parsed."""

from ..source.files import cache_folder
from . import ast
from .parser import grammar_path, parse_expr, parse_piece
from .pieces import DECLARATIONS, LIMIT_BYTES, decode, split, whole_file

__all__ = [
    "DECLARATIONS",
    "LIMIT_BYTES",
    "ast",
    "cache_folder",
    "decode",
    "grammar_path",
    "parse_expr",
    "parse_piece",
    "split",
    "whole_file",
]
