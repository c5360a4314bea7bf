from app.metrics import QUEUE_METRIC, count


def work(jobs: int) -> None:
    count(QUEUE_METRIC, jobs)
