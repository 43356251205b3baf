"""Parties that are language models behind an endpoint which speaks the chat-completions protocol.

`endpoint` carries one request; `asking` decides whether and when to send it again, and keeps the answers; `parties`
plays the desk or the person. The HTTP library is loaded only when a model is asked.
"""
