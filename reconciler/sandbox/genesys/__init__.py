"""Genesys Cloud's platform API over the same database, as far as its SDK and documents tell it.

access      tokens for client credentials, and what a role may do
shapes      users, queues, skills, licenses and extensions as the platform writes them
listings    pages, with or without a total
people      users, their skills and licenses
endpoints   everything as one Flask blueprint

It was written from the documentation: no real tenant was compared with it.
"""
