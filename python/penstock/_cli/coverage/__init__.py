"""Compares this package with PyFlink, name by name.

`facts` are the names of PyFlink, written down by `scripts/pyflink_api.py`; `compare` says what is different here;
`excluded` lists what is left out on purpose; `executed.txt` names for each name a test that executes it, as `make api`
has found out; `report` puts all of it together.
"""
