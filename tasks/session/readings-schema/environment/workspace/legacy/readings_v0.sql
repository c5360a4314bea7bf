CREATE TABLE readings_v0 (
    id INTEGER PRIMARY KEY,
    station TEXT,
    value REAL
);
