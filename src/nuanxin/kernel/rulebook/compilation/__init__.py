"""From the law of a place and day to one program: facts, members, steps, conditions, gross, settled."""
