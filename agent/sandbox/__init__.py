"""An imitation of Filed after its documentation, with faults that can be aimed; alone."""
