"""Prompts: the agent's policy, and what a party playing the user is told."""

from .render import PromptBackend, emit, render_agent
from .user import Visit, describe, placeholder, placeholders, render_user, render_visits

__all__ = [
    "PromptBackend", "Visit", "describe", "emit", "placeholder", "placeholders", "render_agent", "render_user",
    "render_visits",
]  # fmt: skip
