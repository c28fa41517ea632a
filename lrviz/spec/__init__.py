"""The language: what a person may write about a run, an optimizer and its schedules, and what it means.

Nothing here knows torch, a YAML library or an array: a Spec is an inert value.
"""
