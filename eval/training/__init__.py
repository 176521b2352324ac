"""What derives tables and weights of the package from public data sets; none of it runs in the product."""
