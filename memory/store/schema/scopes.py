"""What may be used where."""

from __future__ import annotations

# What may be used where: a source's memories have its scope, so have a chat's turns. A chat
# without ``scopes`` (a JSON list) may use all of them; a folder's is that of what it brings.
SQL = """
ALTER TABLE sources ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
CREATE INDEX sources_scope ON sources(scope);
ALTER TABLE folders ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
ALTER TABLE chats ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
ALTER TABLE chats ADD COLUMN scopes TEXT;
"""
