"""Papers of released visits: notices, approval forms, rosters, checklists, briefs. Written from sealed rows alone."""
