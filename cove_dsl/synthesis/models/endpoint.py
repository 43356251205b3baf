"""One request to an endpoint that speaks the chat-completions protocol. Enters: a request's body as JSON text. Leaves:
the answer's body, or a `Fault` that says what went wrong and whether asking again may help.
"""

import json
import os
from math import isfinite
from typing import Any

from attrs import field, frozen

from ..extras import load_extra

PREFIX = "openai/"
HOME = "https://api.openai.com/v1"


@frozen
class Model:
    """A model by name, and where it is: `openai/NAME@BASE_URL`; without a place, that of `OPENAI_BASE_URL`.
    `args` go into every request: temperature, max_tokens and what else the endpoint knows."""

    name: str
    base_url: str | None = None
    args: dict[str, Any] = field(factory=dict)

    @classmethod
    def parse(cls, text: str, args: dict[str, Any] | None = None) -> "Model":
        """Raises ValueError for anything else."""
        if not text.startswith(PREFIX):
            raise ValueError(f"`{text}` is no model: write `{PREFIX}NAME@BASE_URL`")
        name, _, place = text.removeprefix(PREFIX).partition("@")
        if not name or (place and not place.startswith(("http://", "https://"))):
            raise ValueError(f"`{text}` is no model: write `{PREFIX}NAME@BASE_URL`, the place as an http address")
        return cls(name, place.rstrip("/") or None, dict(args or {}))

    def label(self) -> dict[str, Any]:
        """What of it decides an answer."""
        return {"model": self.name, "base_url": self.base_url, "args": self.args}

    def address(self) -> str:
        """Where requests go."""
        place = self.base_url or os.environ.get("OPENAI_BASE_URL") or HOME
        return f"{place.rstrip('/')}/chat/completions"


class Fault(Exception):
    """A request that gave no answer. `again`: whether the same request may be answered later; `wait`: for how many
    seconds the endpoint asks to be left alone; `hopeless`: no request of this run will be answered."""

    def __init__(
        self, cause: str, text: str, again: bool = True, wait: float | None = None, hopeless: bool = False
    ) -> None:
        super().__init__(text)
        self.cause, self.again, self.wait, self.hopeless = cause, again, wait, hopeless


class Endpoint:
    """Connections to where a model is. To be made inside an event loop; raises MissingExtra."""

    def __init__(self, model: Model, timeout: float) -> None:
        self.model, self.address = model, model.address()
        self.http = load_extra("aiohttp", "models")
        key = os.environ.get("OPENAI_API_KEY")
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self.session = self.http.ClientSession(
            connector=self.http.TCPConnector(limit=0), timeout=self.http.ClientTimeout(total=timeout), headers=headers
        )

    async def send(self, body: bytes) -> dict[str, Any]:
        """The answer's body. Raises Fault."""
        try:
            async with self.session.post(self.address, data=body) as response:
                text = await response.text()
                status, wait = response.status, response.headers.get("Retry-After")
        except TimeoutError:
            raise Fault("timeout", "the endpoint did not answer in time") from None
        except self.http.InvalidURL:
            raise Fault("denied", f"{self.address} is no address", again=False, hopeless=True) from None
        except (self.http.ClientError, OSError) as error:
            raise Fault("connection", f"{type(error).__name__}: {error}") from None
        except ValueError as error:
            raise Fault("unreadable", f"the answer is no text: {error}") from None
        if status != 200:
            raise _refused(status, _told(text), wait)
        return _completion(text)

    async def close(self) -> None:
        await self.session.close()


def _completion(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
        if isinstance(found["choices"][0], dict):
            return found  # type: ignore[no-any-return]
    except (ValueError, RecursionError, LookupError, TypeError):
        pass
    raise Fault("unreadable", "the answer is not that of a chat completion")


def _refused(status: int, text: str, wait: str | None) -> Fault:
    """What an error's status means for whoever asked."""
    text = f"status {status}: {text}"
    if status == 429:
        return Fault("rate_limited", text, wait=_seconds(wait))
    if status in (408, 409) or status >= 500:
        return Fault("server_error", text, wait=_seconds(wait))
    hopeless = status in (401, 403, 404)
    return Fault("denied" if hopeless else "rejected", text, again=False, hopeless=hopeless)


def _told(text: str) -> str:
    """What an error's body says, in short."""
    try:
        found = json.loads(text)
        said = found["error"]["message"] if isinstance(found["error"], dict) else found["error"]
    except (ValueError, RecursionError, LookupError, TypeError):
        said = text
    return str(said)[:500]


def _seconds(text: str | None) -> float | None:
    try:
        found = float(text or "nan")
    except ValueError:
        return None
    return max(found, 0.0) if isfinite(found) else None


__all__ = ["Endpoint", "Fault", "Model"]
