"""`penstock run --watch`: a job whose script may be edited while it runs.

The job runs in a process of its own, and the process that was started looks after it (`supervisor.py`). When the
script changes, the new one is first looked at in another process (`check.py`): it has to build its graph, and find the
state of the job that runs (`compare.py`). Then the job is stopped with a savepoint and the new script starts from it.
Until the new script has completed its first checkpoint it is on trial: when it fails before, the old one goes on.

What happens is kept in a journal beside the checkpoints (`journal.py`), so that it is clear after a crash at any step
which script is the accepted one. Where the state is needs no journal: every start goes on from the newest there is, a
savepoint that a job was stopped with included.
"""
