"""Tools of the documentation: the committed OpenAPI description, and pages derived from other files."""
