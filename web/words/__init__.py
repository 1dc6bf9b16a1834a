"""Tables of words, {code: (Chinese, English)}, one module a kind of code. They hold texts and nothing else."""
