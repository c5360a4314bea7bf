"""The queries behind the reports."""

from sqlite3 import Connection

from rowset.v1 import Query


def large_orders(connection: Connection, floor_cents: int, first_day: str, last_day: str) -> list[tuple[int, int]]:
    """Orders of at least so much, placed between two days (both count), dearest first: id and amount."""
    query = Query("orders").select("id", "cents").where_least("cents", floor_cents)
    query = query.where_between("day", first_day, last_day)
    return query.order_down("cents").order_up("id").rows(connection)


def order_lines(connection: Connection, skip: int, count: int) -> list[tuple[str, int]]:
    """A stretch of all order lines by id: customer and quantity."""
    query = Query("lines").select("orders.customer", "lines.quantity").join("orders", "lines.order_id", "orders.id")
    return query.order_up("lines.id").limit(skip, count).rows(connection)


def customers_in(connection: Connection, cities: list[str]) -> list[tuple[str]]:
    """Customers that live in any of the cities, by name."""
    return Query("customers").select("name").where_in(cities, "city").order_up("name").rows(connection)


def newest_order(connection: Connection, customer: str) -> tuple[int, str] | None:
    """A customer's newest order: id and day."""
    query = Query("orders").select("id", "day").where("customer", customer)
    return query.order_down("day").order_down("id").one(connection)


def orders_of(connection: Connection, customer: str) -> int:
    """How many orders a customer has placed."""
    return Query("orders").where("customer", customer).count(connection)
