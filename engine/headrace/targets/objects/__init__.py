"""What targets on object stores share.

- `owner`: the lease by which one run at a time is at work.
- `control`: the journal, the uploads that are open, and the manifest, as objects.
- `staged`: the files of commits that are not visible yet.
- `uploads`: where a run's files go: uploads that nobody sees before the commit.
"""
