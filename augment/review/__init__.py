"""What people are asked to look at, and what follows from what they say."""
