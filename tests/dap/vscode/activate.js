'use strict';
// Activates editors/vscode in a stand-in for VS Code, and prints what it would start for a few settings, as JSON.

const Module = require('module');

const settings = {};
const registered = {};
let files = [];
const vscode = {
  DebugAdapterExecutable: class {
    constructor(command, args) { Object.assign(this, { command, args }); }
  },
  workspace: {
    getConfiguration: section => ({ get: name => settings[`${section}.${name}`] }),
    findFiles: async () => files.map(fsPath => ({ fsPath })),
  },
  window: { showQuickPick: async names => names[names.length - 1] },
  debug: {
    registerDebugAdapterDescriptorFactory: (type, factory) => { registered.factory = [type, factory]; },
    registerDebugConfigurationProvider: (type, provider) => { registered.provider = [type, provider]; },
  },
};
const load = Module._load;
Module._load = (name, ...rest) => name === 'vscode' ? vscode : load(name, ...rest);

async function main(folder) {
  const manifest = require(`${folder}/package.json`);
  for (const [name, { default: value }] of Object.entries(manifest.contributes.configuration.properties)) settings[name] = value;
  const context = { subscriptions: [] };
  require(`${folder}/${manifest.main}`).activate(context);
  const [[type, factory], [providedType, provider]] = [registered.factory, registered.provider];
  const workspaceFolder = { uri: { fsPath: '/src/project' } };
  const start = session => factory.createDebugAdapterDescriptor(session);
  const plain = start({ workspaceFolder });
  settings['v7m.path'] = '${workspaceFolder}/.venv/bin/v7m';
  settings['v7m.log'] = '${workspaceFolder}/dap.log';
  const own = start({ workspaceFolder });
  const resolve = configuration => provider.resolveDebugConfiguration(workspaceFolder, configuration);
  const none = await resolve({});
  files = ['/p/b.elf'];
  const one = await resolve({});
  files = ['/p/b.elf', '/p/a.elf'];
  const picked = await resolve({});
  const given = await resolve({ type: 'v7m', request: 'attach', name: 'x' });
  const disposables = context.subscriptions.length;
  console.log(JSON.stringify({ type, providedType, plain, own, none, one, picked, given, disposables }));
}

main(process.argv[2]);
