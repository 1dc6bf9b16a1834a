"""Filing: uploads of sheets, plans and their tasks, rounds, and the draws that turn tasks into requests."""
