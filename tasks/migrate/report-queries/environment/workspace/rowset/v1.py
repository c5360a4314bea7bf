"""rowset, first version. Immutable queries: every call returns a new one."""

import copy


class Query:
    def __init__(self, table):
        self._table, self._columns, self._joins = table, ("*",), []
        self._where, self._values, self._order, self._limit = [], [], [], ""

    def _with(self, **lists):
        new = copy.deepcopy(self)
        for name, item in lists.items():
            getattr(new, f"_{name}").extend(item)
        return new

    def select(self, *columns):
        new = copy.deepcopy(self)
        new._columns = columns
        return new

    def where(self, column, value):
        return self._with(where=[f"{column} = ?"], values=[value])

    def where_least(self, column, value):
        return self._with(where=[f"{column} >= ?"], values=[value])

    def where_between(self, column, first, last):
        return self._with(where=[f"{column} BETWEEN ? AND ?"], values=[first, last])

    def where_in(self, values, column):
        marks = ", ".join("?" * len(values))
        return self._with(where=[f"{column} IN ({marks})"], values=values)

    def join(self, table, left, right):
        return self._with(joins=[f"JOIN {table} ON {left} = {right}"])

    def order_up(self, column):
        return self._with(order=[f"{column} ASC"])

    def order_down(self, column):
        return self._with(order=[f"{column} DESC"])

    def limit(self, offset, count):
        new = copy.deepcopy(self)
        new._limit = f" LIMIT {int(count)} OFFSET {int(offset)}"
        return new

    def rows(self, connection):
        return connection.execute(self._sql(", ".join(self._columns)), self._values).fetchall()

    def one(self, connection):
        return next(iter(self.limit(0, 1).rows(connection)), None)

    def count(self, connection):
        return connection.execute(self._sql("COUNT(*)"), self._values).fetchone()[0]

    def _sql(self, columns):
        sql = " ".join([f"SELECT {columns} FROM {self._table}", *self._joins])
        sql += " WHERE " + " AND ".join(self._where) if self._where else ""
        return sql + (" ORDER BY " + ", ".join(self._order) if self._order else "") + self._limit
