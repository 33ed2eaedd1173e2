"""A plan handed over: files that other tools read, and the list of what to sign and order."""
