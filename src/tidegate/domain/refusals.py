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

from collections.abc import Mapping

from tidegate.domain.actor import Permission, Role
from tidegate.domain.sentences import Sentence


class Refusal(Exception):
    """A request that is not carried out. `code` is stable; `facts` are typed extras.

    `pattern` is safe and readable, a constant of the code; it may name facts: `At most {limit} items.`
    """

    status = 400

    def __init__(self, code: str, pattern: str, **facts: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = Sentence(pattern, facts)

    @property
    def facts(self) -> Mapping[str, str | int]:
        """Typed extras."""
        return self.sentence.values

    @property
    def message(self) -> str:
        """The reason in English."""
        return str(self.sentence)


class Invalid(Refusal):
    """The request itself is wrong."""


class Unauthenticated(Refusal):
    """Nobody is signed in, or the credentials do not hold."""

    status = 401


class Forbidden(Refusal):
    """The actor lacks a permission; `needs` names the least role that holds it."""

    status = 403

    def __init__(self, permission: Permission, needs: Role | None) -> None:
        super().__init__(
            "forbidden",
            "This needs the role {needs}." if needs else "This needs a right given to you apart from your role.",
            permission=permission,
            needs=needs or permission,
        )
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
