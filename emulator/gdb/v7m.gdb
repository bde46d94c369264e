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
