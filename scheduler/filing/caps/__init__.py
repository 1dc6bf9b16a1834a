"""The cap ledger (R30 to R35): which caps hold for whom, and the balances that nobody can overdraw."""
