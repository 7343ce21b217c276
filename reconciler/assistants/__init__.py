"""A server of the model context protocol for coding assistants, which can only read.

server      the protocol over stdio: lists tools, calls one at a time, bounds time and size
tools       what each tool does: the stages of `pipeline`, and a rendering
folders     the paths that may be read, as the command line named them
redaction   names and e-mails out of every text

No tool opens a tenant but through a transport that refuses to write, and none edits a file.
"""

from reconciler.assistants.folders import Folders
from reconciler.assistants.server import serve
from reconciler.assistants.tools import Setup, allowed_hosts

__all__ = ["Folders", "Setup", "allowed_hosts", "serve"]
