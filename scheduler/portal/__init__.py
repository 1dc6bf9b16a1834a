"""The enterprise's side: codes that open its pages, what it may ask for, what becomes of that, and its ratings."""
