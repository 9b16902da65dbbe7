"""The same work on other engines: each in an environment of its own, on the same PostgreSQL, in the same run, in its best documented setting.

The scripts here run in those environments and print one line of JSON; nothing of Interlock is imported by them.
"""
