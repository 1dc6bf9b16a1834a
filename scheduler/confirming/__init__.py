"""What departments say to their part of a draft before it is approved: asking, answering, settling, who is awaited."""
