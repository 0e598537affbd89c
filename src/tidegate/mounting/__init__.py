"""Tidegate inside of another ASGI application: under any prefix, with the host's own sign-in."""

from tidegate.domain.actor import Role
from tidegate.mounting.application import Application, asgi
from tidegate.operations.hosted import Guest, SignIn

__all__ = ["Application", "Guest", "Role", "SignIn", "asgi"]
