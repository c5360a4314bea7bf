from mailing.fields import quoted, tamed


def row(texts: list[str]) -> str:
    return ";".join(quoted(tamed(text)) for text in texts) + "\r\n"
