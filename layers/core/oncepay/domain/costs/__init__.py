"""What a month of payments costs on AWS: prices, workload, units of each call, bill, savings."""
