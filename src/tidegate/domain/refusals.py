"""Why a request is refused, in words that are safe to show.

Refusal
├── Invalid        the request itself is wrong               400
├── Unauthenticated  nobody is signed in                     401
├── Forbidden      the actor lacks a permission              403  (recorded as a denied audit event)
├── NotFound       no such thing, or not for this reader     404
├── Conflict       the thing is not in the needed state      409
├── TooLarge       more bytes than the limit                 413
└── TooMany        more requests than the limit              429
"""

from tidegate.domain.actor import Permission, Role


class Refusal(Exception):
    """A request that is not carried out. `code` is stable; `message` is safe and readable; `facts` are typed extras."""

    status = 400

    def __init__(self, code: str, message: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.facts = facts


class Invalid(Refusal):
    """The request itself is wrong."""


class Unauthenticated(Refusal):
    """Nobody is signed in, or the credentials do not hold."""

    status = 401


class Forbidden(Refusal):
    """The actor lacks a permission; `needs` names the least role that holds it."""

    status = 403

    def __init__(self, permission: Permission, needs: Role | None) -> None:
        message = (
            f"This needs the role {needs.value.replace('_', ' ')}."
            if needs
            else "This needs a right given to you apart from your role."
        )
        super().__init__("forbidden", message, permission=permission.value, needs=needs.value if needs else permission.value)
        self.permission = permission


class NotFound(Refusal):
    """No such thing, or none that this reader may see."""

    status = 404


class Conflict(Refusal):
    """The thing is not in the state that the request needs."""

    status = 409


class TooLarge(Refusal):
    """More bytes than the limit allows."""

    status = 413


class TooMany(Refusal):
    """More requests than the limit allows; `facts['retry_after']` is in seconds."""

    status = 429
