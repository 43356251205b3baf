"""One declarative language for service desks: world, tools, policy, goals, and everything derived from them."""
