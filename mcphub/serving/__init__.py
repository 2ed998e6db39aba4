"""The launchers: one file a server, each starts and stops `mcphub.runtime` with it."""
