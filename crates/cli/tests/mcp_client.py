"""Goes through a memory served by `somnium mcp`, with the official Python SDK, and prints what it was told as JSON.

Run by the test `the_python_sdk_gets_along_with_it`, with the address of a server or the path of the binary.
"""

import json
import os
import sys

import anyio
from mcp import Client, StdioServerParameters


async def main(target: str) -> None:
    server = target
    if not target.startswith("http"):
        server = StdioServerParameters(command=target, args=["mcp", "--memory", "memory"], env=dict(os.environ))
    async with Client(server) as client:
        tools = await client.list_tools()
        resources = await client.list_resources()
        read = await client.call_tool("memory_read", {"what": "m-1"})
        resource = await client.read_resource(resources.resources[0].uri)
        cited = await client.call_tool("memory_cite", {"note": "m-1"})
        unknown = await client.call_tool("memory_cite", {"note": "m-9"})
        print(json.dumps({
            "tools": [tool.name for tool in tools.tools],
            "resources": [str(found.uri) for found in resources.resources],
            "read": read.content[0].text,
            "resource": resource.contents[0].text,
            "cited": bool(cited.is_error),
            "unknown": bool(unknown.is_error),
        }))


anyio.run(main, sys.argv[1])
