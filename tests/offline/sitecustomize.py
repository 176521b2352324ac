"""Python imports this at its start in every command that a test runs, because tests put this folder on PYTHONPATH."""

import footnote_offline_guard

footnote_offline_guard.install()
