# Commands of v7m for GDB: source this file, or put into .gdbinit what `v7m debug --gdb-init` prints after "source ".
# Each is a monitor command of the server; monitor help lists the others.

# A server that a busy machine starts late is waited for.
set remotetimeout 10

define-prefix v7m
document v7m
What v7m knows of the program: threads, memory protection, shares of stacks, and why it stopped.
end

define v7m threads
  monitor threads
end
document v7m threads
Threads, what they do or wait for, and their stacks.
end

define v7m mpu
  if $argc == 1
    eval "monitor mpu %#x", (unsigned) $arg0
  else
    monitor mpu
  end
end
document v7m mpu
The MPU's regions, highest first. v7m mpu ADDRESS says which of them decides there.
end

define v7m shares
  monitor shares
end
document v7m shares
Whose stack is where, and who may use the stack of another thread.
end

define v7m why
  monitor why
end
document v7m why
All that there is to say of the fault that the program stopped at, or whose handler runs.
end

define v7m goto
  monitor goto $arg0
  maintenance flush register-cache
  frame
end
document v7m goto
Go to a time of the run (instructions since reset), forward or back: v7m goto 88120, v7m goto start, v7m goto end.
end

define v7m last-write
  if $argc == 2
    eval "monitor last-write %#x %d", (unsigned) $arg0, (int) $arg1
  else
    eval "monitor last-write %#x", (unsigned) $arg0
  end
end
document v7m last-write
Who stored to an address last, before now: v7m last-write &variable [SIZE].
end

define v7m who-revoked
  eval "monitor who-revoked %#x", (unsigned) $arg0
end
document v7m who-revoked
Who took away the last share of the stack at an address.
end
