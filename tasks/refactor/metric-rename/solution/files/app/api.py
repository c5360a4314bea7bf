from app.metrics import QUEUE_METRIC, count


def accept() -> None:
    count(QUEUE_METRIC)
