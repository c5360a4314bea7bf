"""rowset, second version."""

from dataclasses import dataclass, replace

OPERATORS = ("=", "<>", "<", "<=", ">", ">=")


class NotFound(LookupError):
    pass


class EmptyFilter(ValueError):
    pass


@dataclass(frozen=True)
class Select:
    columns: tuple[str, ...] = ("*",)
    table: str = ""
    joins: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    values: tuple = ()
    order: tuple[str, ...] = ()
    window: str = ""

    def from_(self, table):
        return replace(self, table=table)

    def join(self, left, right, table):
        return replace(self, joins=(*self.joins, f"JOIN {table} ON {left} = {right}"))

    def filter(self, column, operator, value):
        if operator not in OPERATORS:
            raise ValueError(f"operator {operator!r}")
        return self._filtered(f"{column} {operator} ?", value)

    def filter_range(self, column, start, end):
        return self._filtered(f"{column} >= ? AND {column} < ?", start, end)

    def filter_in(self, column, values):
        if not values:
            raise EmptyFilter(column)
        return self._filtered(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def _filtered(self, condition, *values):
        return replace(self, conditions=(*self.conditions, condition), values=self.values + values)

    def order_by(self, *columns):
        names = (f"{name[1:]} DESC" if name.startswith("-") else name for name in columns)
        return replace(self, order=tuple(names))

    def limit(self, count, offset=0):
        return replace(self, window=f" LIMIT {int(count)} OFFSET {int(offset)}")

    def fetch(self, connection):
        cursor = connection.execute(self._sql(", ".join(self.columns)), self.values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    def first(self, connection):
        found = self.limit(1).fetch(connection)
        if not found:
            raise NotFound(self.table)
        return found[0]

    def count(self, connection):
        return connection.execute(self._sql("COUNT(*)", counted=True), self.values).fetchone()[0]

    def exists(self, connection):
        return bool(self.limit(1).fetch(connection))

    def _sql(self, columns, counted=False):
        sql = " ".join([f"SELECT {columns} FROM {self.table}", *self.joins])
        sql += " WHERE " + " AND ".join(self.conditions) if self.conditions else ""
        tail = " ORDER BY " + ", ".join(self.order) if self.order else ""
        return sql if counted else sql + tail + self.window
