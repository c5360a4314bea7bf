"""What runs inside a container: standard library only, sent in as source, so that no image has to hold it.

Everything here must run on any Python from 3.7, under ``python3 -I -S``, with the capabilities SETUID, SETGID, KILL
and CHOWN and no others, and must outlive anything that the agent's processes do.
"""
