"""What changes in the pure rooms no test would notice."""
