"""The pages that office staff and bookkeepers work in: declarations, one module a noun.

An action is a permission, one call into a room, and a message.
"""
