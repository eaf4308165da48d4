"""Finds out which names of PyFlink the tests execute, for `penstock api`.

`table` knows the names, `tracer` hears of every call in a process, `inside/sitecustomize.py` starts it in the processes
of jobs, and `plugin` does so around tests. `executed.txt` names a test for each name; whenever that test runs, it has
to execute the name again. `make api` writes the file.
"""
