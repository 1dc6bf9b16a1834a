"""The sample district: real places, departments, scenarios and items, and synthetic enterprises and officers."""
