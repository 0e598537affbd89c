"""The client of the API, for programs of others: `Client` waits, `AsyncClient` awaits; both do the same from one source.

plans     what each method asks and makes of the answers, as generators that touch no network; `many_plans`, `audit_plans`,
          `people_plans` and `outward_plans` have those about many jobs, the audit log, people, and channels and other systems
effects   the few things that a plan may ask for
drivers   who does them: one waits, one awaits
calls     makes plans the methods of both clients
clients   the two clients
shapes    what comes back; with a module beside it for each of plans
errors    what is raised
"""

from tidegate.client.clients import AsyncClient, Client
from tidegate.client.errors import (
    ClientError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    NotSignedIn,
    Problem,
    ServerFailed,
    TooLarge,
    TooManyRequests,
    Unreachable,
    Unreadable,
)
from tidegate.client.shapes import Batch, Cancelled, Changed, Job, JobDetail, JobPage, Me, Retried, Submitted

__all__ = [
    "AsyncClient",
    "Batch",
    "Cancelled",
    "Changed",
    "Client",
    "ClientError",
    "Conflict",
    "Forbidden",
    "Invalid",
    "Job",
    "JobDetail",
    "JobPage",
    "Me",
    "NotFound",
    "NotSignedIn",
    "Problem",
    "Retried",
    "ServerFailed",
    "Submitted",
    "TooLarge",
    "TooManyRequests",
    "Unreachable",
    "Unreadable",
]
