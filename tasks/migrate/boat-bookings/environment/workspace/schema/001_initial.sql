CREATE TABLE boats (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,      -- 'Canoe', 'rowing', ...: typed by hand
    hourly REAL NOT NULL     -- euro
);

CREATE TABLE bookings (
    id INTEGER PRIMARY KEY,
    boat INTEGER NOT NULL REFERENCES boats (id),
    customer TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT '',
    start TEXT NOT NULL,     -- 'DD.MM.YYYY HH:MM'
    hours REAL NOT NULL,
    paid REAL NOT NULL DEFAULT 0
);
