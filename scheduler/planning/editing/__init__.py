"""Editing the draft by hand: commands, what they change, how they are judged, and the log that undoes them."""
