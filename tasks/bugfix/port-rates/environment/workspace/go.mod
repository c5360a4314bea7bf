module portrates

go 1.19
