"""An imitation of Filed made from its documentation, with faults that can be aimed. Knows no agent."""
