"""Rules that work by themselves: when something happens, if it fits, then these steps."""
