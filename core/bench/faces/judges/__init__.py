"""Networks that read faces for the benchmark alone: no handle was fitted with one, and the verifier never met one."""
