module theatre

go 1.19
