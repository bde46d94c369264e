'use strict';
// What editors do, done by Microsoft's own client. Each exported function is a test; Python names and runs them.
// Run by hand: node scenarios.js NAME, with the variables that test_dap_microsoft.py sets.

const assert = require('assert');
const fs = require('fs');
const net = require('net');
const { spawn } = require('child_process');
const path = require('path');
const { createRequire } = require('module');
const { DebugClient } = createRequire(process.env.CLIENT_FOLDER + '/')('@vscode/debugadapter-testsupport');

const { V7M, PROGRAM, SOURCE, ROOT } = process.env;
const LAUNCH = { program: PROGRAM };
const lines = fs.readFileSync(SOURCE, 'utf8').split('\n');
const line = mark => lines.findIndex(text => text.includes(`/* ${mark} */`)) + 1;
const PATIENCE = 20000;

async function withClient(test) {
  const client = new DebugClient(V7M, 'dap', 'v7m', { cwd: ROOT }, true);
  client.defaultTimeout = PATIENCE;
  await client.start();
  try {
    await test(client);
  } finally {
    await client.stop();
  }
}

const stopAt = (client, mark, launch = LAUNCH) =>
  client.hitBreakpoint(launch, { path: SOURCE, line: line(mark) }).then(results => results[2]);
const set = (client, ...breakpoints) =>
  client.setBreakpointsRequest({ source: { path: SOURCE }, breakpoints }).then(answer => answer.body.breakpoints);

/** Begin a session, let `configure` set breakpoints, and run. */
async function configured(client, configure, launch = LAUNCH) {
  const stopped = client.waitForEvent('stopped');
  stopped.catch(() => {});
  await Promise.all([client.waitForEvent('initialized'), client.launch(launch)]);
  await configure();
  await client.configurationDoneRequest();
  return { stopped };
}

/** Do a request that resumes the program, and return the body of the stop that follows. */
async function until(client, request) {
  const [event] = await Promise.all([client.waitForEvent('stopped'), request]);
  return event.body;
}

const go = (client, threadId) => until(client, client.continueRequest({ threadId }));
const top = async (client, threadId) => (await client.stackTraceRequest({ threadId })).body.stackFrames[0];
const scope = async (client, frame, name) =>
  (await client.scopesRequest({ frameId: frame.id })).body.scopes.find(found => found.name === name);
const children = async (client, holder) => {
  const found = (await client.variablesRequest({ variablesReference: holder.variablesReference })).body.variables;
  return Object.fromEntries(found.map(variable => [variable.name, variable]));
};
const running = async client =>
  (await client.threadsRequest()).body.threads.find(thread => thread.name.endsWith('(running)')).id;
const refused = request => request.then(() => assert.fail('it was not refused'), error => error.message);

exports.a_breakpoint_shows_frames_variables_and_threads = () => withClient(async client => {
  const { body: { stackFrames } } = await stopAt(client, 'moving');
  assert.deepStrictEqual(stackFrames.slice(0, 2).map(frame => frame.name), ['move', 'POSIX_Init']);
  assert.strictEqual(stackFrames[0].source.path, SOURCE);
  assert.strictEqual(stackFrames[1].line, line('call'));
  const locals = await children(client, await scope(client, stackFrames[0], 'Locals'));
  assert.deepStrictEqual(Object.keys(locals), ['body', 'by', 'before']);
  assert.strictEqual(locals.before.value, '1');
  const body = await children(client, locals.body);
  assert.strictEqual(body.mass.value, '5.9720000000000004');
  assert.match(body.name.value, /"earth"$/);
  const history = await children(client, body.history);
  assert.deepStrictEqual(Object.values(history).map(one => one.value), ['1', '2', '3', '4', '5']);
  assert.strictEqual(history['[2]'].evaluateName, '((body)->history)[2]');
  const part = (await client.variablesRequest({
    variablesReference: body.history.variablesReference, filter: 'indexed', start: 3, count: 1,
  })).body.variables;
  assert.deepStrictEqual(part.map(one => one.name), ['[3]']);
  const outer = await children(client, await scope(client, stackFrames[1], 'Locals'));
  assert.strictEqual(outer.sum.value, '0');
  const registers = await children(client, await scope(client, stackFrames[0], 'Registers'));
  assert.ok(['r0', 'sp', 'pc', 'xpsr', 'msp', 'control'].every(name => /^0x/.test(registers[name].value)));
  assert.strictEqual(Number(registers.pc.value), Number(stackFrames[0].instructionPointerReference));
  const floating = await children(client, await scope(client, stackFrames[0], 'Floating point'));
  assert.ok('s31' in floating && 'd15' in floating && 'fpscr' in floating);
  const { threads } = (await client.threadsRequest()).body;
  const waiter = threads.find(thread => /^wait \(waits for semaphore done/.test(thread.name));
  assert.ok(waiter, JSON.stringify(threads));
  const frames = (await client.stackTraceRequest({ threadId: waiter.id })).body.stackFrames;
  assert.ok(frames.some(frame => frame.name === 'waiter'), JSON.stringify(frames));
  const one = (await client.stackTraceRequest({ threadId: waiter.id, startFrame: 1, levels: 1 })).body;
  assert.deepStrictEqual(one.stackFrames.map(frame => frame.name), [frames[1].name]);
  assert.ok(one.totalFrames > 2 && one.totalFrames <= frames.length);
});

exports.values_can_be_changed_and_expressions_evaluated = () => withClient(async client => {
  const { body: { stackFrames } } = await stopAt(client, 'moving');
  const [{ id: frameId }, { id: outer }] = stackFrames;
  const evaluate = (expression, context = 'watch', frame = frameId) =>
    client.evaluateRequest({ expression, context, frameId: frame }).then(answer => answer.body);
  const scopes = await scope(client, stackFrames[0], 'Locals');
  const locals = await children(client, scopes);
  const at = await children(client, (await children(client, locals.body)).at);
  const { variablesReference } = (await children(client, locals.body)).at;
  assert.strictEqual(at.y.value, '2');
  await children(client, { variablesReference });
  assert.strictEqual((await client.setVariableRequest({ variablesReference, name: 'y', value: '40 + 2' })).body.value, '42');
  assert.strictEqual((await evaluate('world.at.y')).result, '42');
  await client.setVariableRequest({ ...scopes, name: 'by', value: 'body->at.y' });
  assert.strictEqual((await children(client, scopes)).by.value, '42');
  const registers = await scope(client, stackFrames[0], 'Registers');
  await children(client, registers);
  const changed = await client.setVariableRequest({ ...registers, name: 'r12', value: '0x1234' });
  assert.strictEqual(changed.body.value, '0x1234');
  assert.strictEqual((await evaluate('$r12')).result, '4660');
  await client.customRequest('setExpression', { expression: 'world.history[4]', value: '99', frameId });
  assert.strictEqual((await evaluate('world.history[4]', 'hover')).result, '99');
  assert.strictEqual((await evaluate('sum + 1', 'watch', outer)).result, '1');
  await set(client);
  assert.strictEqual((await evaluate('move(&world, 0)')).result, '1');
  const structure = await evaluate('*body');
  assert.strictEqual((await children(client, structure)).mass.value, '5.9720000000000004');
  assert.match((await evaluate('-exec info line', 'repl')).result, new RegExp(`^Line ${line('moving')} of`));
  assert.match((await evaluate('-exec info locals', 'repl', outer)).result, /sum = 0/);
  assert.match((await evaluate('monitor threads', 'repl')).result, / wait /);
  assert.match(await refused(evaluate('nowhere + 1')), /No symbol "nowhere"/);
  assert.match(await refused(evaluate('1 / 0')), /Division by zero/);
  assert.match(await refused(evaluate('*(int *) 0xb0000000')), /Cannot access memory at address 0xb0000000/);
  const nothing = await children(client, await evaluate('*(struct body *) 0xb0000000'));
  assert.deepStrictEqual([nothing.name.value, nothing.name.variablesReference], ['<not readable>', 0]);
  assert.match(await refused(client.setVariableRequest({ ...scopes, name: 'by', value: 'nowhere' })), /./);
  assert.match(await refused(evaluate('-exec frobnicate', 'repl')), /Undefined command/);
});

exports.steps_go_over_into_out_and_by_instruction = () => withClient(async client => {
  const { body: { stackFrames: [frame] } } = await stopAt(client, 'call');
  const threadId = await running(client);
  assert.strictEqual((await until(client, client.stepInRequest({ threadId }))).reason, 'step');
  assert.strictEqual((await top(client, threadId)).line, line('in move'));
  await until(client, client.nextRequest({ threadId }));
  assert.strictEqual((await top(client, threadId)).line, line('moving'));
  const before = Number((await top(client, threadId)).instructionPointerReference);
  await until(client, client.nextRequest({ threadId, granularity: 'instruction' }));
  const after = Number((await top(client, threadId)).instructionPointerReference);
  assert.ok(after === before + 2 || after === before + 4);
  await until(client, client.stepOutRequest({ threadId }));
  assert.strictEqual((await top(client, threadId)).name, frame.name);
  await set(client);
  await until(client, client.nextRequest({ threadId }));
  await until(client, client.nextRequest({ threadId }));
  assert.strictEqual((await top(client, threadId)).line, line('call'));
});

exports.breakpoints_of_every_kind_stop_where_they_should = () => withClient(async client => {
  const log = client.assertOutput('console', 'by 0 from 1\nby 4 from 7\n');
  const { stopped } = await configured(client, async () => {
    const found = await set(client,
      { line: line('moving'), condition: 'by == 3' },
      { line: line('moved'), hitCondition: '6' },
      { line: line('moving') + 1, logMessage: 'by {by} from {before}', hitCondition: '% 5' },
      { line: line('in move'), logMessage: 'by {by} from {body->at.x}', hitCondition: '1' },
      { line: 9999 });
    assert.deepStrictEqual(found.map(one => one.verified), [true, true, true, true, false]);
    assert.ok(found[4].message);
    const other = await client.setBreakpointsRequest({ source: { path: '/x/other.c' }, breakpoints: [{ line: 1 }] });
    assert.strictEqual(other.body.breakpoints[0].verified, false);
    const functions = await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'waiter' }, { name: 'nowhere' }] });
    assert.deepStrictEqual(functions.body.breakpoints.map(one => one.verified), [true, false]);
    await client.setExceptionBreakpointsRequest({ filters: ['faults'] });
  });
  let stop = (await stopped).body;
  assert.strictEqual(stop.reason, 'function breakpoint');
  const expected = async (mark, expression, value) => {
    stop = await go(client, stop.threadId);
    assert.strictEqual(stop.reason, 'breakpoint');
    const frame = await top(client, stop.threadId);
    assert.strictEqual(frame.line, line(mark));
    assert.strictEqual((await client.evaluateRequest({ expression, frameId: frame.id })).body.result, value);
  };
  await expected('moving', 'by', '3');
  await expected('moved', 'by', '5');
  await set(client);
  const { dataId, accessTypes } = (await client.dataBreakpointInfoRequest({ name: 'counter' })).body;
  assert.deepStrictEqual(accessTypes, ['read', 'write', 'readWrite']);
  const nothing = (await client.dataBreakpointInfoRequest({ name: '1 + 1' })).body;
  assert.strictEqual(nothing.dataId, null);
  await client.setDataBreakpointsRequest({ breakpoints: [{ dataId, accessType: 'write', condition: 'counter == 2' }] });
  const frame = await top(client, stop.threadId);
  await client.customRequest('setExpression', { expression: 'stay', value: '1', frameId: frame.id });
  stop = await go(client, stop.threadId);
  assert.strictEqual(stop.reason, 'data breakpoint');
  assert.strictEqual(stop.text, 'counter: 1 -> 2');
  await client.setDataBreakpointsRequest({ breakpoints: [{ dataId, accessType: 'read' }] });
  stop = await go(client, stop.threadId);
  assert.deepStrictEqual([stop.reason, stop.text], ['data breakpoint', 'counter: 2']);
  await client.setDataBreakpointsRequest({ breakpoints: [] });
  const { body: { result } } = await client.evaluateRequest({ expression: '-exec info address printf', context: 'repl' });
  const instructionReference = /0x[0-9a-f]+/.exec(result)[0];
  await client.customRequest('setInstructionBreakpoints', { breakpoints: [{ instructionReference }] });
  await client.customRequest('setExpression', { expression: 'stay', value: '0' });
  await log;
});

exports.memory_is_read_written_and_disassembled = () => withClient(async client => {
  const { body: { stackFrames: [frame] } } = await stopAt(client, 'moving');
  const evaluate = expression => client.evaluateRequest({ expression, frameId: frame.id }).then(answer => answer.body);
  const { memoryReference } = await evaluate('&world');
  const read = (offset, count, reference = memoryReference) =>
    client.customRequest('readMemory', { memoryReference: reference, offset, count }).then(answer => answer.body);
  assert.deepStrictEqual([...Buffer.from((await read(4, 4)).data, 'base64')], [2, 0, 0, 0]);
  assert.strictEqual((await read(0, 8, '0xa0000000')).unreadableBytes, 8);
  const written = await client.customRequest('writeMemory', { memoryReference, offset: 4, data: 'KgAAAA==' });
  assert.strictEqual(written.body.bytesWritten, 4);
  assert.strictEqual((await evaluate('world.at.y')).result, '42');
  const disassemble = (instructionOffset, instructionCount) => client.disassembleRequest({
    memoryReference: frame.instructionPointerReference, instructionOffset, instructionCount,
  }).then(answer => answer.body.instructions);
  const found = await disassemble(-6, 12);
  assert.strictEqual(found.length, 12);
  assert.strictEqual(Number(found[6].address), Number(frame.instructionPointerReference));
  assert.deepStrictEqual([found[6].line, found[6].location.path], [line('moving'), SOURCE]);
  for (let n = 1; n < found.length; n++) {
    const size = found[n - 1].instructionBytes.split(' ').length;
    assert.strictEqual(Number(found[n].address), Number(found[n - 1].address) + size);
  }
  assert.deepStrictEqual((await disassemble(2, 3)).map(one => one.address), found.slice(8, 11).map(one => one.address));
  const nowhere = (await client.disassembleRequest({ memoryReference: '0xa0000000', instructionCount: 3 })).body;
  assert.deepStrictEqual(nowhere.instructions.map(one => one.presentationHint), ['invalid', 'invalid', 'invalid']);
});

exports.the_program_prints_ends_and_hands_on_its_status = () => withClient(async client => {
  const output = client.assertOutput('stdout', 'the sum is ');
  const exited = client.waitForEvent('exited');
  const ended = client.waitForEvent('terminated');
  await configured(client, async () => {});
  await Promise.all([output, ended]);
  assert.strictEqual((await exited).body.exitCode, 0);
});

exports.a_fault_stops_at_its_instruction_and_is_explained = () => withClient(async client => {
  const ended = client.waitForEvent('terminated');
  const { stopped } = await configured(client, () => client.setExceptionBreakpointsRequest({ filters: ['faults'] }), {
    program: path.join(ROOT, 'firmware/prebuilt/stack_isolation.elf'),
  });
  const { body } = await stopped;
  assert.strictEqual(body.reason, 'exception');
  const frames = (await client.stackTraceRequest({ threadId: body.threadId })).body.stackFrames;
  assert.deepStrictEqual(frames.slice(0, 2).map(frame => frame.name), ['memset', 'POSIX_Init']);
  assert.strictEqual(frames[1].source.path, path.join(ROOT, 'firmware/stack_isolation/main.c'));
  const info = (await client.exceptionInfoRequest({ threadId: body.threadId })).body;
  assert.strictEqual(info.exceptionId, 'MemManage');
  assert.match(info.description, /^MemManage: Init \(POSIX_Init, main.c:39\), in memset, tried to write 4 bytes to the stack of 0x01/);
  assert.match(info.description, /to allow this: rtems_stack_release/);
  assert.strictEqual(body.text, info.details.message);
  const next = await go(client, body.threadId).catch(() => null);
  if (next) await client.continueRequest({ threadId: next.threadId });
  await ended;
});

exports.without_the_filter_a_fault_goes_to_its_handler = () => withClient(async client => {
  const { stopped } = await configured(client, () => client.setExceptionBreakpointsRequest({ filters: [] }), {
    program: path.join(ROOT, 'firmware/prebuilt/stack_isolation.elf'),
  });
  const { body } = await stopped;
  const frames = (await client.stackTraceRequest({ threadId: body.threadId, levels: 5 })).body.stackFrames;
  assert.ok(frames[0].name !== 'memset', frames[0].name);
});

exports.a_running_program_takes_breakpoints_pauses_and_restarts = () => withClient(async client => {
  const { body: { stackFrames: [frame] } } = await stopAt(client, 'call');
  const threadId = await running(client);
  await client.customRequest('setExpression', { expression: 'stay', value: '1', frameId: frame.id });
  await set(client);
  await client.continueRequest({ threadId });
  assert.match(await refused(client.stackTraceRequest({ threadId })), /notStopped|running/);
  assert.ok((await client.threadsRequest()).body.threads.length > 0);
  const hit = client.waitForEvent('stopped');
  const [busy] = await set(client, { line: line('busy') });
  assert.ok(busy.verified);
  assert.deepStrictEqual((await hit).body.hitBreakpointIds, [busy.id]);
  await set(client);
  await client.continueRequest({ threadId });
  assert.strictEqual((await until(client, client.pauseRequest({ threadId }))).reason, 'pause');
  await set(client, { line: line('moving'), hitCondition: '2' });
  for (let round = 0; round < 2; round++) {
    const stop = await until(client, client.restartRequest({}));
    assert.strictEqual(stop.reason, 'breakpoint');
    const { id: frameId } = await top(client, stop.threadId);
    const evaluate = expression => client.evaluateRequest({ expression, frameId }).then(answer => answer.body.result);
    assert.deepStrictEqual([await evaluate('by'), await evaluate('stay')], ['1', '0']);
  }
});

exports.stop_on_entry_stops_before_the_first_instruction = () => withClient(async client => {
  const { stopped } = await configured(client, async () => {}, { ...LAUNCH, stopOnEntry: true });
  const { body } = await stopped;
  assert.strictEqual(body.reason, 'entry');
  assert.ok(await top(client, body.threadId));
});

exports.errors_are_one_line_each = () => withClient(async client => {
  await client.initializeRequest();
  assert.match(await refused(client.launchRequest({})), /'program' is missing/);
  assert.match(await refused(client.launchRequest({ program: '/no/such.elf' })), /no file '\/no\/such.elf'/);
  assert.match(await refused(client.launchRequest({ program: SOURCE })), /not in executable format|not an ELF/);
  assert.match(await refused(client.launchRequest({ ...LAUNCH, gdbPath: '/no/gdb' })), /no program '\/no\/gdb'/);
  assert.match(await refused(client.launchRequest({ ...LAUNCH, board: 'no-board' })), /no-board/);
  assert.match(await refused(client.launchRequest({ ...LAUNCH, options: ['--frobnicate'] })), /frobnicate/);
  assert.match(await refused(client.attachRequest({ target: '127.0.0.1:1' })), /127.0.0.1:1/);
  assert.match(await refused(client.customRequest('makeCoffee')), /makeCoffee/);
  await client.launchRequest(LAUNCH);
  assert.match(await refused(client.launchRequest(LAUNCH)), /already/);
});

/** Start `v7m ...options`, and return the process and the port that its first line on stderr names. */
async function server(...options) {
  const child = spawn(V7M, options, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  const port = await new Promise((resolve, reject) => {
    let said = '';
    child.stderr.on('data', data => {
      said += data;
      const match = /127\.0\.0\.1:(\d+)/.exec(said);
      if (match) resolve(Number(match[1]));
    });
    child.on('exit', () => reject(new Error(`it ended: ${said}`)));
  });
  return { child, port };
}

exports.a_server_that_is_there_is_attached_to_left_and_attached_to_again = async () => {
  const { child, port } = await server('debug', PROGRAM, '--listen', '127.0.0.1:0');
  try {
    for (let round = 0; round < 2; round++) {
      await withClient(async client => {
        const stopped = client.waitForEvent('stopped');
        await client.initializeRequest();
        await Promise.all([
          client.waitForEvent('initialized'),
          client.attachRequest({ target: `127.0.0.1:${port}`, program: PROGRAM }),
        ]);
        const [found] = await set(client, { line: line('moving') });
        assert.ok(found.verified);
        await client.configurationDoneRequest();
        assert.strictEqual((await stopped).body.reason, 'breakpoint');
        const stop = await until(client, client.restartRequest({}));
        const { id: frameId } = await top(client, stop.threadId);
        assert.strictEqual((await client.evaluateRequest({ expression: 'by', frameId })).body.result, '0');
        await set(client);
      });
    }
  } finally {
    child.kill('SIGINT');
  }
};

exports.the_adapter_listens_for_one_client_after_another = async () => {
  const { child, port } = await server('dap', '--listen', '127.0.0.1:0');
  try {
    for (let round = 0; round < 2; round++) {
      const client = new DebugClient('', '', 'v7m');
      client.defaultTimeout = PATIENCE;
      await client.start(port);
      await stopAt(client, 'moving');
      const refusal = await new Promise(resolve => {
        let said = '';
        const other = net.connect(port, '127.0.0.1');
        other.on('data', data => { said += data; });
        other.on('close', () => resolve(said));
      });
      assert.match(refusal, /another client is being served/);
      await client.stop();
    }
  } finally {
    child.kill('SIGINT');
  }
};

exports.time_goes_backwards_to_breakpoints_to_writes_and_to_the_beginning = () => withClient(async client => {
  let canStepBack = false;
  client.on('capabilities', event => { canStepBack = event.body.capabilities.supportsStepBack; });
  const { body: { stackFrames: [frame] } } = await stopAt(client, 'print');
  let threadId = await running(client);
  assert.ok(canStepBack);
  const evaluate = async expression => {
    const { id: frameId } = await top(client, threadId);
    return (await client.evaluateRequest({ expression, frameId })).body.result;
  };
  const sum = await evaluate('sum');
  await set(client, { line: line('moved'), condition: 'by == 7' });
  let stop = await until(client, client.reverseContinueRequest({ threadId }));
  assert.strictEqual(stop.reason, 'breakpoint');
  assert.deepStrictEqual([(await top(client, threadId)).line, await evaluate('by')], [line('moved'), '7']);
  const back = [];
  for (let step = 0; step < 3; step++) { // the line before has two beginnings, says its debug information
    await until(client, client.stepBackRequest({ threadId }));
    back.push((await top(client, threadId)).line);
  }
  assert.deepStrictEqual(back, [line('moved') - 1, line('moved') - 1, line('moving')]);
  const before = Number((await top(client, threadId)).instructionPointerReference);
  await until(client, client.stepInRequest({ threadId, granularity: 'instruction' }));
  await until(client, client.customRequest('stepBack', { threadId, granularity: 'instruction' }));
  assert.strictEqual(Number((await top(client, threadId)).instructionPointerReference), before);
  await set(client);
  const { dataId } = (await client.dataBreakpointInfoRequest({ name: 'world.at.x' })).body;
  await client.setDataBreakpointsRequest({ breakpoints: [{ dataId, accessType: 'write' }] });
  stop = await until(client, client.reverseContinueRequest({ threadId }));
  assert.strictEqual(stop.reason, 'data breakpoint');
  assert.strictEqual(await evaluate('by'), '6');
  await client.setDataBreakpointsRequest({ breakpoints: [] });
  stop = await until(client, client.reverseContinueRequest({ threadId }));
  assert.strictEqual(stop.description, 'Paused at the beginning');
  const monitor = expression => client.evaluateRequest({ expression, context: 'repl' }).then(answer => answer.body.result);
  const [, time] = /time ([\d,]+)/.exec(await monitor('monitor when'));
  assert.strictEqual(time, '0');
  stop = await until(client, monitor('monitor goto 5000'));
  assert.strictEqual(stop.reason, 'goto');
  assert.match(await monitor('monitor when'), /^time 5,0/);
  await set(client, { line: line('print') });
  stop = await go(client, stop.threadId);
  threadId = stop.threadId; // it was not yet born, and has another number for GDB now
  assert.deepStrictEqual([(await top(client, threadId)).line, await evaluate('sum')], [frame.line, sum]);
});

if (require.main === module) {
  exports[process.argv[2]]().then(() => process.exit(0), error => {
    console.error(error);
    process.exit(1);
  });
}
