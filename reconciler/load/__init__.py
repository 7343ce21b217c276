"""Load a folder of YAML files: documents with positions first, then the desired state.

documents     a folder to documents, with the shared files of its fleet       (yaml lives here)
copied        a folder and the shared files of its fleet, at another place
own_documents the same without the shared files
parsed        named texts to documents
given         entries that stand in no file yet, as a document
tenant        only the `tenant:` block, at once
tenant_block  the document of it, where nothing is wrong with it
texts         the files of a folder as texts
tenants       every folder that has one
fleet         everything below a root at once: its tenants, shared files, and their documents
today         the day it is for that tenant
state         typed documents to desired state, as of a day
config_hash   what the documents mean, as a hash
config_ref    which commit the folder is of
at_revision   the documents of a folder at a git revision
dated         every day that the files state, with what it is about
of_agents     the documents with only some of the agents
relative      where a folder is below another one
dates         the days on which something in the files begins or has ended
checkout      the git repository whose root a folder is
committed_at  when a git revision was made
sources       where each value of an agent comes from
declared      what a desired state declares, as the proof of who was declared before
"""

from reconciler.load.calendar import dated
from reconciler.load.document import Document, document_of_entries
from reconciler.load.files import texts
from reconciler.load.fingerprint import config as config_hash
from reconciler.load.fleet import Fleet, FleetTenant
from reconciler.load.folder import Loaded, parsed, relative
from reconciler.load.folder import documents as own_documents
from reconciler.load.revision import at_revision, checkout, committed_at, config_ref
from reconciler.load.shared import copied, documents
from reconciler.load.sources import Source, sources
from reconciler.load.state import (
    dates,
    declared,
    of_agents,
    state,
    tenant,
    tenant_block,
    tenants,
    today,
)

__all__ = [
    "Document",
    "Fleet",
    "FleetTenant",
    "Loaded",
    "Source",
    "at_revision",
    "checkout",
    "committed_at",
    "config_hash",
    "config_ref",
    "copied",
    "dated",
    "dates",
    "declared",
    "document_of_entries",
    "documents",
    "of_agents",
    "own_documents",
    "parsed",
    "relative",
    "sources",
    "state",
    "tenant",
    "tenant_block",
    "tenants",
    "texts",
    "today",
]
