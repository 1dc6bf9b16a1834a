"""The steps of the schema, in order; run through data/migration.py and never imported by the service."""
