ALTER TABLE bookings ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
-- 0 requested, 1 confirmed, 2 cancelled by us, 3 done, 4 cancelled by the customer
