"""Runs every part once and prints what was counted."""

from app import api, metrics, public, worker

worker.work(5)
api.accept()
api.accept()
public.record(3)
for name, total in metrics.totals.items():
    print(name, total)
