"""Programs of the world `dsprites`."""
