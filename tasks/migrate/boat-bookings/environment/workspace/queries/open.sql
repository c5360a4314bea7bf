SELECT boats.name AS boat, bookings.customer AS customer, bookings.start AS start, bookings.hours AS hours
FROM bookings JOIN boats ON boats.id = bookings.boat
WHERE bookings.state IN (0, 1)
ORDER BY substr(start, 7, 4), substr(start, 4, 2), substr(start, 1, 2), substr(start, 12), bookings.id;
