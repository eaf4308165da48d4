"""What `bench/run.py` is made of: processes, sizes, inputs, rows, results."""
