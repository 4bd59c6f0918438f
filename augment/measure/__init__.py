"""What was gained, and whether to believe it: scores, arms, intervals; drift; agreement."""
