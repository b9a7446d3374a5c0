"""Everything that is offered beside the tools, put on a server."""

from mcp.server import MCPServer

from smoke_pipeline.launcher.desk import Desk
from smoke_pipeline.launcher.talk.completion import Completing
from smoke_pipeline.launcher.talk.prompts import Prompts
from smoke_pipeline.launcher.talk.resources import Resources


def offer_talk(server: MCPServer[Desk], desk: Desk) -> None:
    """Offer prompts, resources and completion."""
    Prompts(server).offer()
    Resources(server, desk).offer()
    Completing(server, desk).offer()
