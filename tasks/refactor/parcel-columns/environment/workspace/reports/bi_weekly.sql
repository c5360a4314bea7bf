SELECT hub, count(*) AS parcels, sum(wt) AS wt
FROM bi_parcels
GROUP BY hub
ORDER BY hub;
