ALTER TABLE boats RENAME TO old_boats;
ALTER TABLE bookings RENAME TO old_bookings;

CREATE TABLE classes (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE
);
INSERT INTO classes (code) SELECT DISTINCT lower(trim(kind)) FROM old_boats;

CREATE TABLE boats (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    class_id INTEGER NOT NULL REFERENCES classes (id),
    hourly_cents INTEGER NOT NULL
);
INSERT INTO boats
SELECT old.id, old.name, classes.id, CAST(round(old.hourly * 100) AS INTEGER)
FROM old_boats AS old JOIN classes ON classes.code = lower(trim(old.kind));

CREATE TEMP TABLE moved AS
SELECT
    id,
    boat,
    customer,
    nullif(replace(phone, ' ', ''), '') AS phone,
    substr(start, 7, 4) || '-' || substr(start, 4, 2) || '-' || substr(start, 1, 2) || substr(start, 11) AS starts_at,
    CAST(round(hours * 60) AS INTEGER) AS minutes,
    CASE state WHEN 0 THEN 'requested' WHEN 1 THEN 'confirmed' WHEN 2 THEN 'withdrawn' WHEN 3 THEN 'done'
        ELSE 'cancelled' END AS status,
    CAST(round(paid * 100) AS INTEGER) AS paid_cents
FROM old_bookings
WHERE state <> 4 OR round(paid * 100) > 0;

CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    phone TEXT UNIQUE
);
-- A customer has the id of their newest booking.
INSERT INTO customers
SELECT max(id), customer, phone FROM moved GROUP BY coalesce(phone, 'booking ' || id);

CREATE TEMP TABLE assigned AS
SELECT moved.*, customers.id AS customer_id
FROM moved JOIN customers ON customers.phone = moved.phone OR (moved.phone IS NULL AND customers.id = moved.id);

CREATE TABLE bookings (
    id INTEGER PRIMARY KEY,
    boat_id INTEGER NOT NULL REFERENCES boats (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    starts_at TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    status TEXT NOT NULL,
    paid_cents INTEGER NOT NULL,
    deposit_cents INTEGER NOT NULL
);
CREATE TABLE archive (
    id INTEGER PRIMARY KEY,
    boat_id INTEGER NOT NULL REFERENCES boats (id),
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    starts_at TEXT NOT NULL,
    minutes INTEGER NOT NULL,
    status TEXT NOT NULL,
    paid_cents INTEGER NOT NULL
);
INSERT INTO archive
SELECT id, boat, customer_id, starts_at, minutes, status, paid_cents
FROM assigned
WHERE starts_at < :archive_before AND status NOT IN ('requested', 'confirmed');
INSERT INTO bookings
SELECT id, boat, customer_id, starts_at, minutes, status, paid_cents,
    CASE WHEN status IN ('requested', 'confirmed') THEN :deposit_cents ELSE 0 END
FROM assigned
WHERE id NOT IN (SELECT id FROM archive);

CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
INSERT INTO settings VALUES
    ('licence', :licence), ('price_list', :price_list), ('grace_minutes', :grace_minutes);

DROP TABLE moved;
DROP TABLE assigned;
DROP TABLE old_bookings;
DROP TABLE old_boats;
