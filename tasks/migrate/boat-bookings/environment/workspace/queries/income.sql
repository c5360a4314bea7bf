SELECT lower(trim(boats.kind)) AS kind, count(*) AS bookings, sum(bookings.paid) AS euro
FROM bookings JOIN boats ON boats.id = bookings.boat
WHERE bookings.paid > 0
GROUP BY 1
ORDER BY 1;
