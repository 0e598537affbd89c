"""What a reader may do, right by right, in words."""

from dataclasses import dataclass

from tidegate.access.policy import permissions_of
from tidegate.console.language import gettext as _
from tidegate.domain.actor import Actor, Permission


@dataclass(frozen=True)
class Right:
    """A permission and its words."""

    name: str
    word: str


def rights_of(actor: Actor) -> list[Right]:
    """Return the rights that an actor holds, in the order of the vocabulary."""
    words = {
        Permission.JOB_READ: _("See jobs and failures"),
        Permission.JOB_SUBMIT: _("Submit documents"),
        Permission.JOB_RETRY: _("Retry jobs"),
        Permission.JOB_CANCEL: _("Cancel jobs"),
        Permission.JOB_ACKNOWLEDGE: _("Acknowledge failures"),
        Permission.JOB_RELEASE: _("Release jobs from quarantine"),
        Permission.CONTENT_READ: _("Read what documents say"),
        Permission.AUDIT_READ: _("Read and export the audit log"),
        Permission.DIAGNOSTIC_OPEN: _("Open diagnostics"),
        Permission.PERSON_MANAGE: _("Manage people"),
        Permission.CHANNEL_MANAGE: _("Manage channels that people are told by"),
        Permission.SOURCE_SCAN: _("Have sources looked through"),
        Permission.SOURCE_MANAGE: _("Manage sources"),
        Permission.TOKEN_MANAGE: _("List and end API tokens"),
        Permission.SESSION_MANAGE: _("List and end sessions"),
        Permission.LINEAGE_WRITE: _("Tell of runs of other systems"),
        Permission.LINEAGE_MANAGE: _("Set how other systems are asked"),
    }
    held = permissions_of(actor)
    return [Right(right.value, words[right]) for right in Permission if right in held]
