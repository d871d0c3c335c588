"""The parts of the simulation: its world, what happens in it, and the laws that must hold."""
