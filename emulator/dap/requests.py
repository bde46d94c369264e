"""The table of requests: who does each, and what the session must be like."""

from __future__ import annotations

from emulator.dap import breakpoints, execution, lifecycle, memory, stack, stops, variables
from emulator.dap.session import INITIALIZED, NEW, Request

ANY = ""

REQUESTS = {
    "initialize": Request(lifecycle.initialize, NEW),
    "launch": Request(lifecycle.launch, INITIALIZED),
    "attach": Request(lifecycle.attach, INITIALIZED),
    "configurationDone": Request(lifecycle.configuration_done, stopped=True),
    "restart": Request(lifecycle.restart),
    "terminate": Request(lifecycle.terminate, ANY),
    "disconnect": Request(lifecycle.disconnect, ANY),
    "setBreakpoints": Request(breakpoints.set_breakpoints, may_interrupt=True),
    "setFunctionBreakpoints": Request(breakpoints.set_function_breakpoints, may_interrupt=True),
    "setInstructionBreakpoints": Request(breakpoints.set_instruction_breakpoints, may_interrupt=True),
    "setDataBreakpoints": Request(breakpoints.set_data_breakpoints, may_interrupt=True),
    "dataBreakpointInfo": Request(breakpoints.data_breakpoint_info, stopped=True),
    "setExceptionBreakpoints": Request(breakpoints.set_exception_breakpoints, may_interrupt=True),
    "exceptionInfo": Request(stops.exception_info, stopped=True),
    "continue": Request(execution.continue_, stopped=True),
    "reverseContinue": Request(execution.reverse_continue, stopped=True),
    "next": Request(execution.step, stopped=True),
    "stepIn": Request(execution.step, stopped=True),
    "stepOut": Request(execution.step_out, stopped=True),
    "stepBack": Request(execution.step_back, stopped=True),
    "pause": Request(execution.pause),
    "threads": Request(stack.threads),
    "stackTrace": Request(stack.stack_trace, stopped=True),
    "scopes": Request(stack.scopes, stopped=True),
    "variables": Request(variables.variables, stopped=True),
    "setVariable": Request(variables.set_variable, stopped=True),
    "setExpression": Request(variables.set_expression, stopped=True),
    "evaluate": Request(variables.evaluate),
    "readMemory": Request(memory.read_memory, stopped=True),
    "writeMemory": Request(memory.write_memory, stopped=True),
    "disassemble": Request(memory.disassemble, stopped=True),
}
