"""Exhibits → pages that show many specs at once: one file per page."""
