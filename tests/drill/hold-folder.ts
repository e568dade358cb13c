// Run by run.test.ts as a process of its own: makes a drill's folder and waits to be killed.
import { makeDrillFolder } from '../../src/drill/folder.js';

const { dir } = await makeDrillFolder('held');
process.stdout.write(`${JSON.stringify({ dir })}\n`);
process.stdin.resume();
