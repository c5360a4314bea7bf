"""Single fields of the export."""


def quoted(text: str) -> str:
    if any(char in text for char in ';"\r\n'):
        text = text.replace('"', '""')
        return f'"{text}"'
    return text


def tamed(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
