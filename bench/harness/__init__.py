"""What every section of the bench is made of: programs, loads, limits, goals, the report."""
