"""The operator's side of Oncepay: the console script `oncepay`. Nothing here runs in Lambda."""
