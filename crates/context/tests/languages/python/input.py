#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""The documentation of the module stays."""
from __future__ import annotations

import os, sys
try:
    import json as _json
except ImportError:  # an old interpreter
    _json = None

__all__ = ["Session", "refresh"]
LIMIT: int = 10  # a constant


@decorate(
    "over several lines",
)
class Session(Base, metaclass=Meta):
    """A class."""

    token: str = "secret"
    __slots__ = ("token",)

    def __init__(self, token, *, limit=LIMIT):
        # type: (str, int) -> None
        """Makes one."""
        self.token = token

    @property
    def value(self) -> str: return self.token

    @core_logic
    async def load(self) -> bytes:
        return await self.get("[HOT]")

    def hot(self):
        return self.token  # [HOT]

    class Inner[T]:
        def kept_by_name(self):
            def local():
                return 1
            return local()


if sys.platform == "win32":
    def platform(): """Only documentation."""
else:
    def platform():
        r"""Raw.""" ; return "\n"


type Pair[T] = tuple[T, T]


def refresh(
    session: Session,
    default=lambda x: (x, "[HOT]"),
) -> str:
    if session:
        return """
not a docstring
"""
    return default

# The end.
