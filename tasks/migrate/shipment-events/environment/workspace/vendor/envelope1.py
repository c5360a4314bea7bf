"""Message format 1."""


def pack(kind, body, sent):
    return {"v": 1, "type": kind, "sent": int(sent), "body": body}


def unpack(message):
    if message["v"] != 1:
        raise ValueError(f"format {message['v']}")
    return message["body"]
