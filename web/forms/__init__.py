"""Forms: what a person may type, field by field. They check shape and keep typed values; rules live in scheduler."""
