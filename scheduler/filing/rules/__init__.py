"""Rules of filing: one module a rule. `registry` lists them, `finding` and `picture` are what they speak in."""
