module outages

go 1.19
