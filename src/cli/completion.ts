import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { drillList } from '../drill/drills.js';
import { loadPlaybooks } from '../files/playbooks.js';
import { tools } from '../tools/index.js';

/** Adds `completion SHELL`, and the hidden command that its script asks; with the names there are. */
export async function addCompletion(program: Command): Promise<void> {
  const root = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((one) => one.name() === 'completion')
    ?.description('print the script that completes commands in zsh, bash, fish or PowerShell');
  // A project whose playbooks cannot be read still has commands and options.
  const playbooks = await loadPlaybooks(process.cwd()).catch(() => []);
  const named = playbooks.map(({ name, title }): [string, string] => [name, title]);
  const { drills } = drillList();
  const words: Readonly<Record<string, Readonly<Record<string, readonly [string, string][]>>>> = {
    plan: { playbook: named },
    playbooks: { name: named },
    drill: { name: drills.map(({ name, title }) => [name, title]) },
  };
  for (const [command, its] of Object.entries(words)) {
    for (const [argument, list] of Object.entries(its)) {
      const known = root.commands.get(command)?.arguments.get(argument);
      if (known !== undefined) known.handler = (add) => list.forEach((one) => add(...one));
    }
  }
  for (const { options } of [root, ...root.commands.values()]) {
    const tool = options.get('tool');
    if (tool) tool.handler = (add) => tools.forEach(({ name, title }) => add(name, title));
  }
}
