"""What every front end of a debugger does with a machine: run it, stop it, look at it. No protocol, no terminal."""
