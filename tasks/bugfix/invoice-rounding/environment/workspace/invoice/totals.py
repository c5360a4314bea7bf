from invoice.money import divide_cents
from invoice.settings import TAX_PERMILLE


def net(lines: list[tuple[int, int]]) -> int:
    return sum(count * cents for count, cents in lines)


def tax(lines: list[tuple[int, int]]) -> int:
    return divide_cents(net(lines) * TAX_PERMILLE, 1000)
