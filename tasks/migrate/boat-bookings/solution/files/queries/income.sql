SELECT classes.code AS kind, count(*) AS bookings, sum(paid.paid_cents) / 100.0 AS euro
FROM (
    SELECT boat_id, paid_cents FROM bookings UNION ALL SELECT boat_id, paid_cents FROM archive
) AS paid
JOIN boats ON boats.id = paid.boat_id
JOIN classes ON classes.id = boats.class_id
WHERE paid.paid_cents > 0
GROUP BY 1
ORDER BY 1;
