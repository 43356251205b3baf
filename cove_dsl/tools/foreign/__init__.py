"""Other people's tools: JSON documents that describe tools become a skeleton of a specification.

documents (text, places) → shapes, openapi (which tools there are) → schemas (types) → skeleton (text)
"""

from .documents import ForeignError
from .skeleton import Skeleton, import_tools

__all__ = ["ForeignError", "Skeleton", "import_tools"]
