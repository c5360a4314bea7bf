"""Valve relay of the old house: one line per pulse on the serial port."""

MS_PER_ML = 4


def pulse(bed: str, millilitres: int) -> str:
    return f"{bed}:{millilitres * MS_PER_ML}ms"
