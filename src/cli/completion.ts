import { ShellCompDirective } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { drillList } from '../drill/drills.js';
import { loadPlaybooks } from '../files/playbooks.js';
import { tools } from '../tools/index.js';
import { bashCompletion } from './completion-bash.js';
import { print } from './output.js';

/** Adds `completion SHELL`, and the hidden command that its script asks; with the names there are. */
export async function addCompletion(program: Command): Promise<void> {
  const root = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((one) => one.name() === 'completion')
    ?.description('print the script that completes commands in zsh, bash, fish or PowerShell')
    .action((shell: string) => {
      if (shell === 'bash') print(bashCompletion);
      else root.setup('pgmedic', 'pgmedic', shell);
    });
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
  offerFiles(root);
  for (const { options } of [root, ...root.commands.values()]) {
    const tool = options.get('tool');
    if (tool) tool.handler = (add) => tools.forEach(({ name, title }) => add(name, title));
  }
}

/** Where a file or a folder is to be named, the shell completes it; @bomb.sh/tab by itself says that nothing fits. */
function offerFiles(root: ReturnType<typeof tab>): void {
  let asked = false;
  const ask = (): void => {
    asked = true;
  };
  for (const one of [root, ...root.commands.values()]) {
    for (const name of ['as-drill', 'dir', 'from', 'migrations', 'out', 'pg-dump']) {
      const option = one.options.get(name);
      if (option) option.handler = ask;
    }
    const plan = ['apply', 'verify-plan'].includes(one.value) ? one.arguments.get('plan') : null;
    if (plan) plan.handler = ask;
  }
  const { ShellCompDirectiveDefault, ShellCompDirectiveNoFileComp } = ShellCompDirective;
  Object.defineProperty(root, 'directive', {
    get: () => (asked ? ShellCompDirectiveDefault : ShellCompDirectiveNoFileComp),
    // It is set to the one value, and printed then.
    set: () => {},
  });
}
