SELECT
    boats.name AS boat,
    customers.name AS customer,
    strftime('%d.%m.%Y %H:%M', starts_at) AS start,
    minutes / 60.0 AS hours
FROM bookings JOIN boats ON boats.id = bookings.boat_id JOIN customers ON customers.id = bookings.customer_id
WHERE status IN ('requested', 'confirmed')
ORDER BY starts_at, bookings.id;
