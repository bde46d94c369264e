'use strict';
// All that VS Code needs to know: how the debug adapter is started. Everything else is `v7m dap`.

const vscode = require('vscode');

/** Fill in what a setting may say of the folder that it is about. */
function settled(text, folder) {
  return folder ? text.replaceAll('${workspaceFolder}', folder.uri.fsPath) : text;
}

/** Return how to start `v7m dap` for a session. */
function createDebugAdapterDescriptor(session) {
  const folder = session.workspaceFolder;
  const settings = vscode.workspace.getConfiguration('v7m', folder);
  const log = settled(settings.get('log'), folder);
  return new vscode.DebugAdapterExecutable(settled(settings.get('path'), folder), log ? ['dap', '--log', log] : ['dap']);
}

/** Give a launch without launch.json a configuration: the ELF that the user picks. */
async function resolveDebugConfiguration(folder, configuration) {
  if (configuration.type || configuration.request || configuration.name) return configuration;
  const found = await vscode.workspace.findFiles('**/*.elf', '**/node_modules/**', 100);
  const names = found.map(uri => uri.fsPath).sort();
  const program = names.length > 1 ? await vscode.window.showQuickPick(names, { title: 'Program' }) : names[0];
  if (!program) return names.length ? undefined : null; // stop, or open launch.json
  return { type: 'v7m', request: 'launch', name: 'Debug on v7m', program };
}

exports.activate = context => {
  context.subscriptions.push(
    vscode.debug.registerDebugAdapterDescriptorFactory('v7m', { createDebugAdapterDescriptor }),
    vscode.debug.registerDebugConfigurationProvider('v7m', { resolveDebugConfiguration }),
  );
};
