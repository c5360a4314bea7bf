# Says whether excursion.csv holds one complete row.
columns <- c("deviation", "logger", "certificate", "offset_mk", "limit_mc", "first", "minutes", "peak_at", "decided_by")
rows <- read.csv("excursion.csv", colClasses = "character", strip.white = TRUE)
if (!identical(names(rows), columns)) stop("the columns are not those of the README")
if (nrow(rows) != 1) stop("exactly one row was expected")
form <- c(
  deviation = "^[0-9]+$", certificate = "^[^/]+/[^/]+$", offset_mk = "^-?[0-9]+$", limit_mc = "^-?[0-9]+$",
  first = "^[0-9]{2}:[0-9]{2}$", minutes = "^[0-9]+$", peak_at = "^[0-9]{2}:[0-9]{2}$", decided_by = "^[a-z_]+$"
)
for (name in names(form)) {
  if (!grepl(form[[name]], rows[[name]])) stop(paste(name, "is missing or malformed"))
}
cat("complete\n")
