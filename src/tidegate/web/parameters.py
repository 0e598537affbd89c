"""What a handler may take by name, of the request and of the application: `services: WithServices` and so on."""

from litestar.di import NamedDependency

from tidegate.domain.actor import Actor
from tidegate.ledger.feed import Feed
from tidegate.operations.door import Asking, Services
from tidegate.pipeline.content import ContentStore
from tidegate.web.limits import Limits

WithServices = NamedDependency[Services]
WithActor = NamedDependency[Actor]
WithAsking = NamedDependency[Asking]
WithFeed = NamedDependency[Feed]
WithStore = NamedDependency[ContentStore]
WithLimits = NamedDependency[Limits]
