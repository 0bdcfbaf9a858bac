"""The SQL of the schema, a module for each step; ``memory.store.migrations`` runs them."""
